#pragma once
// Sets B_r in the last phase: who came in, who left, and how rare an exit is at most where none was seen ([probe] monitor).
#include <optional>
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Nothing where [probe] does not ask for it. Exits are counted per replica-step between successive probes of which the first
// was inside, with the exact Poisson interval; a set that a replica leaves and comes back to between two probes was not left.
std::optional<MonitorEstimate> estimate_monitor(const Cell& cell, const EstimateSpec& spec, const ReplicaResults& results);

// One-sided upper bound of the rate of exits, at the experiment's confidence: -ln(1 - confidence) / exposure where none was
// seen, 3.0 / exposure at 95 %.
double bound_of_exits(const Rate& exits, const EstimateSpec& spec);

// Columns of summary.csv; none where nothing asks for them.
std::vector<std::string> monitor_columns(const Experiment& experiment);
std::vector<std::optional<double>> monitor_fields(const Experiment& experiment, const CellEstimate& estimate);

// A line for each set that was entered, of the first cells; empty where nothing asks for it.
std::string absorption_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

}  // namespace rankfall
