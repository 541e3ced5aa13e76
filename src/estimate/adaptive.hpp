#pragma once
// How many replicas a cell needs.
#include <cstdint>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// The probability that the rule watches.
Proportion watched(const AdaptiveRule& rule, const EstimateSpec& spec, const CellEstimate& estimate);

// Whether enough events were seen and the interval is narrow enough: half its width at most relative_half_width of the
// estimate. The count of events keeps a lucky early narrow interval from ending the sampling, which would bias the
// estimate.
bool is_met(const AdaptiveRule& rule, const Proportion& watched);

// Replicas that a cell of `have` should get; `have` if that is enough. Half-widths shrink like the inverse square root of
// replicas: as many as that asks for, yet at most twice as many at once, for the estimate that says so is itself
// uncertain. The answer depends on this cell's first `have` replicas only, so on no other cell, order or machine.
std::int64_t wanted_replicas(const AdaptiveRule& rule, const Proportion& watched, std::int64_t have);

}  // namespace rankfall
