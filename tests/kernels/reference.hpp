#pragma once
// The objective and its gradient in long double, from their definitions; nothing of the kernels is used.
#include <cmath>
#include <vector>

#include "tests/kernels/replica.hpp"

namespace rankfall {

using Exact = std::vector<long double>;

// A mode of a logistic equation, s' = rate * s * (target - s): s at the time at which target * rate * time is `exponent`.
inline double logistic(double target, double start, double exponent) {
  return target / (1.0 + (target / start - 1.0) * std::exp(-exponent));
}

inline Exact exact(const std::vector<double>& values) { return Exact(values.begin(), values.end()); }

// W, rows x columns.
inline Exact reference_product(const kernels::Shape& shape, const Exact& factors) {
  const int rows = shape.rows(), columns = shape.columns();
  if (shape.model == kernels::Model::symmetric) {
    const int width = shape.width[0];
    Exact w(static_cast<std::size_t>(rows) * columns, 0.0L);
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j)
        for (int k = 0; k < width; ++k) w[i * columns + j] += factors[i * width + k] * factors[j * width + k];
    return w;
  }
  Exact product(factors.begin(), factors.begin() + factor_size(shape, 0));
  for (int l = 1; l < shape.factors; ++l) {
    const int m = shape.width[l + 1], inner = shape.width[l];
    const long double* factor = factors.data() + factor_offset(shape, l);
    Exact next(static_cast<std::size_t>(m) * columns, 0.0L);
    for (int i = 0; i < m; ++i)
      for (int j = 0; j < columns; ++j)
        for (int k = 0; k < inner; ++k) next[i * columns + j] += factor[i * inner + k] * product[k * columns + j];
    product = next;
  }
  return product;
}

// c sum weight (W - T)^2 + ridge sum ||W_l||^2; of measurements c sum (<A_k, W> - y_k)^2.
inline long double reference_objective(const Replica& replica, const Exact& factors) {
  const Exact w = reference_product(replica.shape, factors);
  long double loss = 0.0L, norm = 0.0L;
  for (std::size_t e = 0; e < w.size(); ++e) {
    const long double error = w[e] - replica.target[e];
    if (replica.measured.empty()) loss += replica.weight[e] * error * error;
  }
  for (std::size_t k = 0; k < replica.measured.size(); ++k) {
    long double error = -static_cast<long double>(replica.measured[k]);
    for (std::size_t e = 0; e < w.size(); ++e) error += replica.measurement[k * w.size() + e] * w[e];
    loss += error * error;
  }
  for (long double x : factors) norm += x * x;
  return replica.loss_scale * loss + replica.ridge * norm;
}

// Central differences with h and h/2, extrapolated. In one entry of a factor the objective is a polynomial of degree 2
// (4 for U U^T), for which this is exact: what remains is the rounding of long double.
inline Exact reference_gradient(const Replica& replica, const Exact& at) {
  const auto central = [&](std::size_t k, long double h) {
    Exact above = at, below = at;
    above[k] += h;
    below[k] -= h;
    return (reference_objective(replica, above) - reference_objective(replica, below)) / (2.0L * h);
  };
  Exact gradient;
  for (std::size_t k = 0; k < at.size(); ++k) gradient.push_back((4.0L * central(k, 0.25L) - central(k, 0.5L)) / 3.0L);
  return gradient;
}

}  // namespace rankfall
