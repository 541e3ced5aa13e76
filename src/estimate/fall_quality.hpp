#pragma once
// Whether the minima that replicas fall to are better on what was not observed.
#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Of the first falls of the last phase (rank below that of its start), as their events tell; one per replica, so that they
// are independent. `at_risk`: replicas whose rank could fall (CellEstimate::jump).
FallQuality estimate_fall_quality(const Cell& cell, const EstimateSpec& spec, const ReplicaResults& results, std::int64_t at_risk);

}  // namespace rankfall
