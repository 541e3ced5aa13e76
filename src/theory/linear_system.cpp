#include "theory/linear_system.hpp"

#include <cmath>
#include <cstddef>
#include <utility>

#include "kernels/scalar.hpp"

namespace rankfall {

std::optional<std::vector<double>> solve_linear(std::vector<double> matrix, std::vector<double> right) {
  const std::size_t n = right.size();
  const auto row = [&](std::size_t i) { return matrix.data() + i * n; };
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t best = k;
    for (std::size_t i = k + 1; i < n; ++i)
      if (std::fabs(row(i)[k]) > std::fabs(row(best)[k])) best = i;
    if (!(std::fabs(row(best)[k]) > 0.0)) return std::nullopt;
    if (best != k) {
      for (std::size_t j = k; j < n; ++j) std::swap(row(best)[j], row(k)[j]);
      std::swap(right[best], right[k]);
    }
    for (std::size_t i = k + 1; i < n; ++i) {
      const double share = -(row(i)[k] / row(k)[k]);
      if (share == 0.0) continue;
      for (std::size_t j = k + 1; j < n; ++j) row(i)[j] = kernels::mul_add(share, row(k)[j], row(i)[j]);
      right[i] = kernels::mul_add(share, right[k], right[i]);
    }
  }
  for (std::size_t k = n; k-- > 0;) {
    for (std::size_t j = k + 1; j < n; ++j) right[k] = kernels::mul_add(-row(k)[j], right[j], right[k]);
    right[k] = right[k] / row(k)[k];
    if (!std::isfinite(right[k])) return std::nullopt;
  }
  return right;
}

}  // namespace rankfall
