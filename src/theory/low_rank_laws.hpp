#pragma once
// Laws of connected observations: low rank.
#include <vector>

#include "theory/laws.hpp"

namespace rankfall {

// low_rank: one flow of depth 2 without a ridge, a shared problem without noise, whose observed entries join all rows and columns
// (Bai, Zhao & Zhang 2024): as the start vanishes W comes to the least rank that fits, provided that on each rank before it the
// flow finds the least loss. That rank is predicted where least_rank proves it, beside the replicas' own. low_rank_completion:
// where the target is the only completion of that rank, its nuclear norm beside that of W. Of replicas that fit what is
// observed to a thousandth.
void add_low_rank(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates);

}  // namespace rankfall
