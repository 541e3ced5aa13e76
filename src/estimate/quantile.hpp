#pragma once
// Sample quantiles.
#include <vector>

namespace rankfall {

// The sample quantile at `probability` in [0, 1], linear between order statistics (type 7 of Hyndman & Fan 1996, the
// default of R and NumPy). NaN entries, which stand for replicas without a value, do not count; NaN if none is left.
double quantile(std::vector<double> values, double probability);

}  // namespace rankfall
