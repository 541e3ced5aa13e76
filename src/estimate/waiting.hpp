#pragma once
// Rates of first falls: whether waiting times are exponential, after which dead time, and at which rate.
#include <optional>
#include <vector>

#include "estimate/survival.hpp"
#include "rankfall/estimate.hpp"

namespace rankfall {

// Events over exposure with the exact interval of a Poisson mean (Garwood 1936): chi-squared quantiles; without events the
// upper end is that of none. Without exposure: [0, infinity].
Rate poisson_rate(std::int64_t events, double exposure, double confidence);

// Of first passages that are known to a probe interval: an event counts at the middle of its own.
// SGD leaves the state it begins in before its rate of falling settles (a dead time). The rate is taken as a step function
// of time; its steps are found one after another by the largest likelihood, upward only, as long as twice the log
// likelihood ratio exceeds 9.84, which a constant rate does with a probability of 5 % at most for a step anywhere in the
// inner 90 % of the exposure, up or down (Andrews, Econometrica 61, 1993, table I), and at least a quarter of
// all events, ten or more, lie behind it. What follows the last step is `settled`. Choosing the step from the same events makes
// the interval of the settled rate a little too narrow.
// p_value: chi-squared test of equal rates in up to ten windows of about equal exposure, at least five events each.
// Nothing without replicas at risk.
std::optional<WaitingEstimate> estimate_waiting(const std::vector<PassageTime>& passages, double confidence);

// Whether there are events enough for a dead time to be found: twice as many as must lie behind it.
bool resolves_dead_time(const WaitingEstimate& waiting);

// Of events and exposure behind the time `from`.
Rate rate_behind(const std::vector<PassageTime>& passages, double from, double confidence);

}  // namespace rankfall
