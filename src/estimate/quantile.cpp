#include "estimate/quantile.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>

namespace rankfall {

double quantile(std::vector<double> values, double probability) {
  assert(probability >= 0.0 && probability <= 1.0);
  std::erase_if(values, [](double value) { return std::isnan(value); });
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double place = probability * static_cast<double>(values.size() - 1);
  const auto below = values.begin() + static_cast<std::ptrdiff_t>(place);
  std::nth_element(values.begin(), below, values.end());
  const double weight = place - std::floor(place);
  if (weight == 0.0) return *below;
  const double above = *std::min_element(below + 1, values.end());
  return *below + weight * (above - *below);
}

}  // namespace rankfall
