#pragma once
// Estimates of every cell from the results of its replicas.
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"
#include "estimate/survival.hpp"

namespace rankfall {

// The step of the last phase at which each replica's rank first fell below its rank at that phase's start (end of the
// probe interval), or its censoring; only replicas whose rank could fall: start_rank > rank_at_most of the last phase's
// stop rule, or > 0 without one. A replica labelled lower by the final quench counts as falling at its last step.
std::vector<PassageTime> first_passages(const Cell& cell, const ReplicaResults& results);

CellEstimate estimate_cell(const Cell& cell, const EstimateSpec& spec, const ReplicaResults& results);

std::vector<CellEstimate> estimate(const Experiment& experiment, const RunResults& results);

}  // namespace rankfall
