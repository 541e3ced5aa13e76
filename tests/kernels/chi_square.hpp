#pragma once
// Whether counts are compatible with equal probabilities.
#include <boost/math/distributions/chi_squared.hpp>
#include <vector>

namespace rankfall {

// Probability that equally likely cells give counts at least this uneven.
inline double probability_of_unevenness(const std::vector<int>& counts) {
  double total = 0.0, statistic = 0.0;
  for (int count : counts) total += count;
  const double expected = total / static_cast<double>(counts.size());
  for (int count : counts) statistic += (count - expected) * (count - expected) / expected;
  const boost::math::chi_squared distribution(static_cast<double>(counts.size()) - 1.0);
  return boost::math::cdf(boost::math::complement(distribution, statistic));
}

// Seeds are fixed, so a test below this bound is a defect and not chance.
inline constexpr double too_uneven = 1e-5;

}  // namespace rankfall
