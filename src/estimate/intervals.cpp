#include "estimate/intervals.hpp"

#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/erf.hpp>
#include <cassert>
#include <cmath>
#include <numbers>

namespace rankfall {
namespace {

// The quantile of Beta(a, b) with probability `tail` below it, and the one with `tail` above it. The second is not
// taken as the quantile of 1 - tail, which would lose the digits of a small tail.
double lower_beta_quantile(double a, double b, double tail) { return boost::math::ibeta_inv(a, b, tail); }
double upper_beta_quantile(double a, double b, double tail) { return boost::math::ibetac_inv(a, b, tail); }

// At zero and at all events the beta quantiles have closed forms, exact for any number of trials.
Interval clopper_pearson(double events, double trials, double tail) {
  if (events == 0.0) return {0.0, -std::expm1(std::log(tail) / trials)};
  if (events == trials) return {std::exp(std::log(tail) / trials), 1.0};
  return {lower_beta_quantile(events, trials - events + 1.0, tail),
          upper_beta_quantile(events + 1.0, trials - events, tail)};
}

Interval jeffreys(double events, double trials, double tail) {
  const double a = events + 0.5;
  const double b = trials - events + 0.5;
  return {events == 0.0 ? 0.0 : lower_beta_quantile(a, b, tail),
          events == trials ? 1.0 : upper_beta_quantile(a, b, tail)};
}

// At the edges one end is exactly 0 or 1, which rounding would miss by an ulp.
Interval wilson(double events, double trials, double z) {
  const double share = events / trials;
  const double weight = z * z / trials;
  const double centre = (share + weight / 2.0) / (1.0 + weight);
  const double half_width = z * std::sqrt((share * (1.0 - share) + weight / 4.0) / trials) / (1.0 + weight);
  return {events == 0.0 ? 0.0 : centre - half_width, events == trials ? 1.0 : centre + half_width};
}

}  // namespace

double two_sided_normal_quantile(double confidence) {
  assert(confidence > 0.0 && confidence < 1.0);
  return std::numbers::sqrt2 * boost::math::erf_inv(confidence);
}

Interval binomial_interval(std::int64_t events, std::int64_t trials, double confidence, IntervalKind kind) {
  assert(events >= 0 && events <= trials);
  assert(confidence > 0.0 && confidence < 1.0);
  if (trials == 0) return {};
  const auto k = static_cast<double>(events);
  const auto n = static_cast<double>(trials);
  const double tail = (1.0 - confidence) / 2.0;
  switch (kind) {
    case IntervalKind::clopper_pearson: return clopper_pearson(k, n, tail);
    case IntervalKind::wilson: return wilson(k, n, two_sided_normal_quantile(confidence));
    case IntervalKind::jeffreys: return jeffreys(k, n, tail);
  }
  return {};
}

Proportion proportion(std::int64_t events, std::int64_t trials, const EstimateSpec& spec) {
  return {events, trials, binomial_interval(events, trials, spec.confidence, spec.interval)};
}

}  // namespace rankfall
