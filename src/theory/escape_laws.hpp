#pragma once
// Laws of flows that escape from a small start, in cells that are compared with the path of greedy low-rank learning.
#include <optional>
#include <vector>

#include "theory/laws.hpp"

namespace rankfall {

// When a deep flow from W_l = s I leaves the plateau of its start (theory/limits.hpp), beside the time at which sigma_1 passes
// half of what it is at the first solution; of replicas whose probes are kept.
bool escapes_from_identity(const Experiment& experiment, const Cell& cell);
std::optional<LawReading> read_escape_time(const LawSubject& subject, const ReplicaResults& results, std::size_t replica);

// The exponent of a flow's distance from the last greedy solution, between cells that differ in the scale of their start
// alone: d log(distance) / d log(W(0)), medians over replicas. Stands in the cell of the smaller scale.
void add_distance_exponents(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates);

// The cell that differs from another in the scale of its start alone, the next larger one; null if there is none.
const Cell* next_larger_scale(const Experiment& experiment, const Cell& cell);

}  // namespace rankfall
