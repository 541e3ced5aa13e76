#pragma once
// How often replicas rest on a plateau of which rank, and for how long.
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Fills `plateaus` and `plateaus_seen`; nothing where [probe] does not ask for them.
void estimate_plateaus(const Cell& cell, const EstimateSpec& spec, const ReplicaResults& results, CellEstimate& estimate);

// Whether some cell asks for them.
bool has_plateaus(const Experiment& experiment);

// The plateaus of the first cells, a line per rank; empty where nothing asks for them.
std::string plateau_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

// Columns of summary.csv for ranks 0 .. highest_plateau_rank, beside the proportions p_plateau_rank_R. Durations are
// missing where there is no plateau of the kind: steps outside of gradient flows, time in them.
int highest_plateau_rank(const std::vector<CellEstimate>& estimates);
std::vector<std::string> duration_columns(int rank);
std::vector<std::optional<double>> duration_fields(const CellEstimate& estimate, int rank);
// A rank that no replica rested at counts as zero events.
Proportion share_at_rest(const CellEstimate& estimate, int rank, const EstimateSpec& spec);

}  // namespace rankfall
