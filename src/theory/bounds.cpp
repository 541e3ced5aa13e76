#include "theory/bounds.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "kernels/spectrum.hpp"

namespace rankfall {

namespace {

constexpr double unit = 0x1p-53;  // of rounding

// A matrix after Jacobi's rotations: columns nearly orthogonal. Whether they are is not relied upon.
struct Rotated {
  int length = 0, count = 0;    // count columns of length entries each, count <= length
  std::vector<double> entries;  // column c at c * length
  std::vector<double> norm;     // of the columns
  double frobenius = 0.0;
  double error = 0.0;  // bounds ||rotated - matrix * (some orthogonal matrix)||_F
};

// A rotation of two columns errs by at most 8 units of their norm; the pairs of an antidiagonal are disjoint, so that a
// sweep errs by 2 count antidiagonals of that, relative to the Frobenius norm; there are at most 60 sweeps.
Rotated rotate(int rows, int columns, const std::vector<double>& matrix) {
  Rotated r{std::max(rows, columns), std::min(rows, columns), matrix, {}, 0.0, 0.0};
  if (rows >= columns)
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j)
        r.entries[static_cast<std::size_t>(j) * rows + i] = matrix[static_cast<std::size_t>(i) * columns + j];
  std::vector<double> sorted(static_cast<std::size_t>(r.count));
  kernels::singular_values<double>(kernels::SerialTeam{}, r.length, r.count, r.entries.data(), sorted.data());
  double squares = 0.0;
  for (int c = 0; c < r.count; ++c) {
    const double* column = r.entries.data() + static_cast<std::size_t>(c) * r.length;
    const double square = std::inner_product(column, column + r.length, column, 0.0);
    r.norm.push_back(std::sqrt(square));
    squares += square;
  }
  r.frobenius = std::sqrt(squares);
  r.error = 8.0 * 60.0 * 2.0 * unit * r.count * r.frobenius * 1.01;
  return r;
}

}  // namespace

double spectral_norm_bound(int rows, int columns, const std::vector<double>& matrix) {
  const Rotated r = rotate(rows, columns, matrix);
  const double all = std::accumulate(r.norm.begin(), r.norm.end(), 0.0);
  double largest = 0.0;  // row sum of the Gram matrix, rounding of its products included
  for (int c = 0; c < r.count; ++c) {
    const double* column = r.entries.data() + static_cast<std::size_t>(c) * r.length;
    double sum = (2.0 * r.length + r.count) * unit * r.norm[static_cast<std::size_t>(c)] * all;
    for (int d = 0; d < r.count; ++d)
      sum += std::abs(std::inner_product(column, column + r.length,
                                         r.entries.data() + static_cast<std::size_t>(d) * r.length, 0.0));
    largest = std::max(largest, sum);
  }
  return std::sqrt(largest) * (1.0 + 8.0 * unit) + r.error;
}

NuclearNormBound nuclear_norm_bound(int rows, int columns, const std::vector<double>& matrix) {
  Rotated r = rotate(rows, columns, matrix);
  // The norms of any columns add up to at least the nuclear norm: a sum of matrices of rank one.
  const double sum = std::accumulate(r.norm.begin(), r.norm.end(), 0.0);
  std::sort(r.norm.begin(), r.norm.end(), std::greater<>());
  return {sum * (1.0 + (r.length + r.count + 8.0) * unit) + std::sqrt(static_cast<double>(r.count)) * r.error, r.norm};
}

double dual_bound(const CompletionProblem& problem, const std::vector<double>& dual) {
  std::vector<double> matrix(static_cast<std::size_t>(problem.rows) * problem.columns, 0.0);
  double sum = 0.0, magnitude = 0.0;
  for (std::size_t e = 0; e < dual.size(); ++e) {
    matrix[static_cast<std::size_t>(problem.entries[e].row) * problem.columns + problem.entries[e].column] = dual[e];
    sum += dual[e] * problem.values[e];
    magnitude += std::abs(dual[e] * problem.values[e]);
  }
  const double low = sum - (static_cast<double>(dual.size()) + 2.0) * unit * magnitude * 1.01;
  const double norm = spectral_norm_bound(problem.rows, problem.columns, matrix);
  return low > 0.0 && norm > 0.0 ? low / norm * (1.0 - 4.0 * unit) : 0.0;
}

}  // namespace rankfall
