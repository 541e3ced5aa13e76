#pragma once
// Whether the observed entries of a cell's replicas learn together at the end (backend/tangent_kernel.hpp).
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Fills `coupled` and `median_coupling_index`; nothing where [probe] does not ask for them.
void estimate_coupling(const EstimateSpec& spec, const ReplicaResults& results, CellEstimate& estimate);

// Whether some cell asks for it.
bool has_coupling(const Experiment& experiment);

// A line for each of the first cells; empty where nothing asks for it.
std::string coupling_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

}  // namespace rankfall
