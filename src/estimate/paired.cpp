#include "estimate/paired.hpp"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cassert>
#include <cmath>

#include "estimate/intervals.hpp"

namespace rankfall {
namespace {

// P(X < k), X ~ Binomial(n, 1/2), 1 <= k <= n.
double binomial_below(std::int64_t k, std::int64_t n) {
  return boost::math::ibeta(static_cast<double>(n - k + 1), static_cast<double>(k), 0.5);
}

struct Discordant {
  double first, second, pairs;  // counts
};

// Probability of a pair in which the second alone has the event: most likely one, if p1 - p2 = difference.
double second_only_given(const Discordant& seen, double difference) {
  const double a = 2.0 * seen.pairs;
  const double b = (a - seen.first + seen.second) * difference - seen.first - seen.second;
  const double c = -seen.second * difference * (1.0 - difference);
  return (std::sqrt(std::max(b * b - 4.0 * a * c, 0.0)) - b) / (2.0 * a);
}

// The lower end: where the score statistic is z. It falls with the difference, from -1 to the estimate.
double lower_end(const Discordant& seen, double z) {
  const auto beyond = [&](double difference) {
    const double variance = 2.0 * second_only_given(seen, difference) + difference * (1.0 - difference);
    return seen.first - seen.second - seen.pairs * difference - z * std::sqrt(seen.pairs * std::max(variance, 0.0)) > 0.0;
  };
  double low = -1.0, high = (seen.first - seen.second) / seen.pairs;
  for (;;) {
    const double middle = low + (high - low) / 2.0;
    if (!(low < middle && middle < high)) return low;
    (beyond(middle) ? low : high) = middle;
  }
}

}  // namespace

Interval paired_difference_interval(std::int64_t first_only, std::int64_t second_only, std::int64_t pairs, double confidence) {
  assert(first_only >= 0 && second_only >= 0 && first_only + second_only <= pairs);
  if (pairs == 0) return {-1.0, 1.0};
  const double z = two_sided_normal_quantile(confidence);
  const auto first = static_cast<double>(first_only), second = static_cast<double>(second_only), n = static_cast<double>(pairs);
  return {lower_end({first, second, n}, z), -lower_end({second, first, n}, z)};
}

double mcnemar_p_value(std::int64_t first_only, std::int64_t second_only) {
  const std::int64_t discordant = first_only + second_only, fewer = std::min(first_only, second_only);
  if (2 * fewer == discordant) return 1.0;
  return std::min(1.0, 2.0 * binomial_below(fewer + 1, discordant));
}

std::optional<Interval> median_interval(std::vector<double> values, double confidence) {
  std::sort(values.begin(), values.end());
  const auto n = static_cast<std::int64_t>(values.size());
  const double tail = (1.0 - confidence) / 2.0;
  std::int64_t k = 0, beyond = n / 2 + 1;  // k holds, beyond does not
  while (beyond - k > 1) {
    const std::int64_t middle = k + (beyond - k) / 2;
    (binomial_below(middle, n) <= tail ? k : beyond) = middle;
  }
  if (k == 0) return {};
  return Interval{values[static_cast<std::size_t>(k - 1)], values[static_cast<std::size_t>(n - k)]};
}

}  // namespace rankfall
