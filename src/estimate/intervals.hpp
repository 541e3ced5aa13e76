#pragma once
// Confidence intervals of a probability.
#include <cstdint>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Two-sided interval for a binomial probability. Clopper-Pearson: exact (Clopper & Pearson 1934), the default; Wilson
// (1927) score; Jeffreys: Beta(k + 1/2, n - k + 1/2) quantiles, with 0 and 1 as the end at zero and all events (Brown,
// Cai, DasGupta 2001). Without trials: [0, 1].
Interval binomial_interval(std::int64_t events, std::int64_t trials, double confidence, IntervalKind kind);

// z with P(|Z| <= z) = confidence for a standard normal Z: 1.96 for 0.95.
double two_sided_normal_quantile(double confidence);

Proportion proportion(std::int64_t events, std::int64_t trials, const EstimateSpec& spec);

}  // namespace rankfall
