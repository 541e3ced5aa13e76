#pragma once
// Plain loops over doubles that say what training is, for small given problems; nothing of the program is used.
#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace rankfall::test {

struct DenseMatrix {
  int rows = 0, columns = 0;
  std::vector<double> entries;
  double& at(int i, int j) { return entries[static_cast<std::size_t>(i) * columns + j]; }
  double at(int i, int j) const { return entries[static_cast<std::size_t>(i) * columns + j]; }
};

inline DenseMatrix zeros(int rows, int columns) {
  return {rows, columns, std::vector<double>(static_cast<std::size_t>(rows) * columns, 0.0)};
}

inline DenseMatrix times(const DenseMatrix& a, const DenseMatrix& b) {
  DenseMatrix c = zeros(a.rows, b.columns);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < b.columns; ++j)
      for (int k = 0; k < a.columns; ++k) c.at(i, j) += a.at(i, k) * b.at(k, j);
  return c;
}

inline DenseMatrix transposed(const DenseMatrix& a) {
  DenseMatrix t = zeros(a.columns, a.rows);
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < a.columns; ++j) t.at(j, i) = a.at(i, j);
  return t;
}

inline double squares(const DenseMatrix& a) {
  double sum = 0.0;
  for (double x : a.entries) sum += x * x;
  return sum;
}

inline DenseMatrix difference(DenseMatrix a, const DenseMatrix& b) {
  for (std::size_t e = 0; e < a.entries.size(); ++e) a.entries[e] -= b.entries[e];
  return a;
}

// Descending.
inline std::vector<double> lapack_singular_values(const DenseMatrix& a) {
  std::vector<double> copy = a.entries, s(static_cast<std::size_t>(std::min(a.rows, a.columns)));
  std::vector<double> rest(s.size());
  LAPACKE_dgesvd(LAPACK_ROW_MAJOR, 'N', 'N', a.rows, a.columns, copy.data(), a.columns, s.data(), nullptr, 1, nullptr,
                 1, rest.data());
  return s;
}

inline double lapack_determinant(DenseMatrix a) {
  std::vector<lapack_int> pivot(static_cast<std::size_t>(a.rows));
  LAPACKE_dgetrf(LAPACK_ROW_MAJOR, a.rows, a.rows, a.entries.data(), a.rows, pivot.data());
  double determinant = 1.0;
  for (int i = 0; i < a.rows; ++i)
    determinant *= pivot[static_cast<std::size_t>(i)] == i + 1 ? a.at(i, i) : -a.at(i, i);
  return determinant;
}

using Factors = std::vector<DenseMatrix>;  // W_1 .. W_L

inline DenseMatrix product(const Factors& factors) {
  DenseMatrix w = factors.front();
  for (std::size_t l = 1; l < factors.size(); ++l) w = times(factors[l], w);
  return w;
}

// c * sum weight (W - T)^2 + ridge * sum ||W_l||^2.
struct Objective {
  DenseMatrix target, weight;
  double c = 0.5, ridge = 0.0;
};

// Gradient in every factor from its definition: W_{L:l+1}^T G W_{l-1:1}^T with G = dC/dW.
inline Factors gradient(const Objective& objective, const Factors& factors) {
  DenseMatrix g = difference(product(factors), objective.target);
  for (std::size_t e = 0; e < g.entries.size(); ++e) g.entries[e] *= 2.0 * objective.c * objective.weight.entries[e];
  Factors gradients;
  for (std::size_t l = 0; l < factors.size(); ++l) {
    DenseMatrix d = g;
    if (l + 1 < factors.size())
      d = times(transposed(product({factors.begin() + static_cast<long>(l) + 1, factors.end()})), d);
    if (l > 0) d = times(d, transposed(product({factors.begin(), factors.begin() + static_cast<long>(l)})));
    for (std::size_t e = 0; e < d.entries.size(); ++e) d.entries[e] += 2.0 * objective.ridge * factors[l].entries[e];
    gradients.push_back(d);
  }
  return gradients;
}

inline void descend(const Objective& objective, Factors& factors, double rate) {
  const Factors step = gradient(objective, factors);
  for (std::size_t l = 0; l < factors.size(); ++l)
    for (std::size_t e = 0; e < step[l].entries.size(); ++e) factors[l].entries[e] -= rate * step[l].entries[e];
}

}  // namespace rankfall::test
