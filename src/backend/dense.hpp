#pragma once
// Small dense matrices on the host, row-major float64, one at a time; the arithmetic is that of the contract
// (kernels/scalar.hpp).
#include <cmath>
#include <cstddef>
#include <vector>

#include "kernels/scalar.hpp"
#include "rankfall/factorization.hpp"

namespace rankfall::dense {

using Numbers = std::vector<double>;

struct Dense {
  int rows, columns;
  Numbers entries;
  double operator()(int i, int j) const { return entries[static_cast<std::size_t>(i) * columns + j]; }
};

inline Dense transposed(const Dense& a) {
  Dense t{a.columns, a.rows, Numbers(a.entries.size())};
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < a.columns; ++j) t.entries[static_cast<std::size_t>(j) * a.rows + i] = a(i, j);
  return t;
}

inline Dense product(const Dense& a, const Dense& b) {
  Dense c{a.rows, b.columns, Numbers(static_cast<std::size_t>(a.rows) * b.columns, 0.0)};
  for (int i = 0; i < a.rows; ++i)
    for (int k = 0; k < a.columns; ++k) {
      const double left = a(i, k);
      for (int j = 0; j < b.columns; ++j) {
        double& sum = c.entries[static_cast<std::size_t>(i) * c.columns + j];
        sum = kernels::mul_add(left, b(k, j), sum);
      }
    }
  return c;
}

inline double dot(const Numbers& a, const Numbers& b) {
  double sum = 0.0;
  for (std::size_t k = 0; k < a.size(); ++k) sum = kernels::mul_add(a[k], b[k], sum);
  return sum;
}

// Zero stays zero.
inline void normalise(Numbers& a) {
  const double norm = std::sqrt(dot(a, a));
  if (norm > 0.0)
    for (double& x : a) x = x / norm;
}

// Run c of runs of `length` numbers, one after another.
inline Numbers run_of(const Numbers& runs, std::size_t c, int length) {
  const auto from = runs.begin() + static_cast<std::ptrdiff_t>(c) * length;
  return Numbers(from, from + length);
}

// Factor l, from 0, of factors W_1 .. W_L one after another.
inline Dense factor_of(const Factorization& model, const Numbers& factors, int l) {
  std::size_t begin = 0;
  for (int k = 0; k < l; ++k) begin += static_cast<std::size_t>(model.factor_rows(k)) * model.factor_columns(k);
  Dense factor{model.factor_rows(l), model.factor_columns(l), {}};
  const auto from = factors.begin() + static_cast<std::ptrdiff_t>(begin);
  factor.entries.assign(from, from + static_cast<std::ptrdiff_t>(factor.rows) * factor.columns);
  return factor;
}

}  // namespace rankfall::dense
