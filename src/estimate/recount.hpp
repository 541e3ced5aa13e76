#pragma once
// Ranks and jumps counted again at another tolerance, from the singular values at the end.
#include <map>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

// The singular value that a cell's ranks are counted above: one for all its replicas, or one for each; empty: unknown.
using RankThresholds = std::vector<double>;

struct Recount {
  double factor = 1.0;                   // of the tolerance
  Proportion jump;                       // as CellEstimate::jump
  std::map<int, Proportion> final_rank;  // as CellEstimate::final_rank
};

// Counts again with `factor` times the thresholds, which must not be empty. Only what the last singular values decide
// can change: a quench's label stays, and so does a jump that had come back before the end. A replica stopped by a rank
// rule that would not hold at the new tolerance would have gone on; it keeps its rank.
Recount recount(const Cell& cell, const ReplicaResults& results, const EstimateSpec& spec,
                const RankThresholds& thresholds, double factor);

}  // namespace rankfall
