#pragma once
// First falls by where they lead, as competing risks.
#include <map>
#include <utility>
#include <vector>

#include "estimate/survival.hpp"
#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Aalen & Johansen (1978): the probability of having fallen to each rank by the end of the observation, as the first fall.
// Falls to other ranks, and divergence, compete; other ends censor. Variance of Greenwood's type (Marubini & Valsecchi
// 1995, 10.2; the multinomial one without censoring), interval on the log(-log) scale; where nobody was censored before the
// last fall, or all fell alike, the estimate is a share of replicas and has the exact binomial interval of `spec`.
std::map<int, FallEstimate> cumulative_incidence(std::vector<PassageTime> passages, const EstimateSpec& spec);

// (start rank, final rank) of all that began the last phase and did not diverge: the share among those of a start rank.
std::map<std::pair<int, int>, Proportion> destinations(const ReplicaResults& results, const EstimateSpec& spec);

}  // namespace rankfall
