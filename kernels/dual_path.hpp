#pragma once
// Completion of minimum nuclear norm: minimise ||X||_* over X with X_ij = T_ij on the observed entries. One problem per
// lane.
//
// Its dual is: maximise <Y, T> over Y that is zero off the observed entries and has ||Y||_2 <= 1. The path of
// maximisers of <Y, T> + mu log det(I - Y^T Y) leads to its solution as mu -> 0. On the path X = 2 mu Y (I - Y^T Y)^-1
// completes T, and
//   ||X||_* - <Y, T> = 2 mu sum_i s_i / (1 + s_i) <= mu * columns,   s_i the singular values of Y,
// so that the path ends where mu is small. One iteration is one Newton step: with A = I - Y Y^T, B = I - Y^T Y, Z = Y
// B^-1, the Hessian of -log det B along D is 2 (A^-1 D B^-1 + Z D^T Z), and 2 mu (Z + A^-1 D B^-1 + Z D^T Z) completes
// T where D is a whole Newton step, on the path or not. (Dual scaling: Benson, Ye & Zhang, SIAM J. Optim. 10, 2000;
// Nesterov & Nemirovskii 1994.)
#include "kernels/cholesky.hpp"
#include "kernels/spectrum.hpp"

namespace rankfall::kernels {

// How a lane's path ended. stalled: rounding left no step that stays inside ||Y||_2 < 1.
enum class PathEnd : int { none, reached, stalled, exhausted };

// One lane group's problems, of equal shape, rows >= columns. Matrices are dense row-major unless said otherwise;
// memory is the caller's.
template <class V>
struct DualPath {
  int rows, columns, entries;
  const WordsOf<V>* row;     // [entries] row of entry e, times the number of lanes
  const WordsOf<V>* column;  // [entries] likewise
  const V* observed;         // [entries] T, of order one
  double tolerance;          // of the gap, relative to <Y, T>
  int most_iterations;

  V* dual;        // [entries] Y, zero at the start
  V* completion;  // [rows * columns] X of the lanes that have ended
  V barrier;      // mu; at the start of the order of ||T||
  V shrink;       // what the next leap along the path multiplies mu by
  V leapt;        // 1 where the last step was a leap
  V end;          // PathEnd
  V iterations;   // steps taken

  V *dense, *left, *right, *singular;         // Y, its U and Y^T U by columns, s
  V *row_inverse, *column_inverse, *mixed;    // A^-1, B^-1, Z
  V *hessian, *newton, *tangent, *candidate;  // [entries * entries], [entries] each
  V* square;                                  // scratch, rows * rows

  // How many V all arrays from `dual` on take.
  static std::int64_t values_needed(int rows, int columns, int entries) {
    const std::int64_t m = rows, n = columns, e = entries;
    return e * e + 4 * e + 4 * m * n + 2 * m * m + 2 * n * n + n;
  }
  // Lays the arrays out over `memory`.
  RANKFALL_HD void lay_out(V* memory) {
    const auto take = [&](std::int64_t count) {
      V* begin = memory;
      memory += count;
      return begin;
    };
    const std::int64_t m = rows, n = columns, e = entries;
    dual = take(e), completion = take(m * n), dense = take(m * n), left = take(m * n), right = take(n * n);
    singular = take(n), row_inverse = take(m * m), column_inverse = take(n * n), mixed = take(m * n);
    hessian = take(e * e), newton = take(e), tangent = take(e), candidate = take(e), square = take(m * m);
  }
};

// Element `element` (times the number of lanes, plus the lane) of each lane's matrix.
template <class V>
RANKFALL_HD V pick(const V* matrix, WordsOf<V> element) {
  V value;
  gather(reinterpret_cast<const RealOf<V>*>(matrix), element, value);
  return value;
}

// The rows x columns matrix with the given observed entries and zeros elsewhere.
template <class V>
RANKFALL_FN void fill_observed(const DualPath<V>& p, const V* values, V* matrix) {
  WordsOf<V> lane;
  lane_numbers(lane);
  for (int e = 0; e < p.rows * p.columns; ++e) matrix[e] = V(0.0);
  const WordsOf<V> pitch(static_cast<Word>(p.columns));
  for (int e = 0; e < p.entries; ++e)
    scatter(reinterpret_cast<RealOf<V>*>(matrix), p.row[e] * pitch + p.column[e] + lane, values[e]);
}

// out (m x n) += a (m x inner) b (inner x n), entry (i, k) of a at i * step + k * across: a transposed matrix has them
// swapped.
template <class V>
RANKFALL_FN void add_product(int m, int inner, int n, const V* a, int step, int across, const V* b, V* out) {
  for (int i = 0; i < m; ++i)
    for (int k = 0; k < inner; ++k) {
      const V factor = a[i * step + k * across];
      for (int j = 0; j < n; ++j) out[i * n + j] = mul_add(factor, b[k * n + j], out[i * n + j]);
    }
}

template <class V>
RANKFALL_HD void set_identity(int n, V* matrix) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) matrix[i * n + j] = V(i == j ? 1.0 : 0.0);
}

// A^-1, B^-1 and Z from the singular vectors of Y. All three from the same ones: inverses found apart differ by
// rounding times 1 / (1 - s), and the Hessian made of them would not be positive definite.
template <class V>
RANKFALL_FN void invert_slacks(DualPath<V>& p) {
  const int m = p.rows, n = p.columns;
  fill_observed(p, p.dual, p.dense);
  for (int i = 0; i < m; ++i)
    for (int j = 0; j < n; ++j) p.left[j * m + i] = p.dense[i * n + j];
  singular_values<V>(SerialTeam{}, m, n, p.left, p.singular);
  set_identity(m, p.row_inverse);
  set_identity(n, p.column_inverse);
  for (int e = 0; e < m * n; ++e) p.mixed[e] = V(0.0);
  for (int c = 0; c < n; ++c) {
    V *u = p.left + c * m, *w = p.right + c * n;  // columns are not in the order of p.singular
    V norm(0.0);
    for (int i = 0; i < m; ++i) norm = mul_add(u[i], u[i], norm);
    const auto present = V(1e-200) < norm;
    const V inverse = select(present, V(1.0) / square_root(select(present, norm, V(1.0))), V(0.0));
    for (int i = 0; i < m; ++i) u[i] = u[i] * inverse;
    for (int j = 0; j < n; ++j) w[j] = V(0.0);
    add_product(1, m, n, u, 0, 1, p.dense, w);
    const V slack = V(1.0) - norm, weight = V(1.0) / select(V(1e-15) < slack, slack, V(1e-15));
    for (int i = 0; i < m; ++i) {
      const V weighted = weight * u[i], square = norm * weighted;
      for (int k = 0; k < m; ++k) p.row_inverse[i * m + k] = mul_add(square, u[k], p.row_inverse[i * m + k]);
      for (int j = 0; j < n; ++j) p.mixed[i * n + j] = mul_add(weighted, w[j], p.mixed[i * n + j]);
    }
    for (int i = 0; i < n; ++i) {
      const V weighted = weight * w[i];
      for (int j = 0; j < n; ++j) p.column_inverse[i * n + j] = mul_add(weighted, w[j], p.column_inverse[i * n + j]);
    }
  }
}

// The factored Hessian, half of it, on the observed entries. Directions whose curvature rounding has lost are held
// still.
template <class V>
RANKFALL_FN void factor_hessian(DualPath<V>& p) {
  WordsOf<V> lane;
  lane_numbers(lane);
  const WordsOf<V> m(static_cast<Word>(p.rows)), n(static_cast<Word>(p.columns));
  V largest(0.0);
  for (int e = 0; e < p.entries; ++e) {
    const WordsOf<V> row_row = p.row[e] * m + lane, column_column = p.column[e] * n + lane,
                     row_column = p.row[e] * n + lane, column_row = p.column[e] + lane;
    V* out = p.hessian + static_cast<std::int64_t>(e) * p.entries;
    for (int f = e; f < p.entries; ++f)
      out[f] = mul_add(pick(p.row_inverse, row_row + p.row[f]), pick(p.column_inverse, column_column + p.column[f]),
                       pick(p.mixed, row_column + p.column[f]) * pick(p.mixed, column_row + p.row[f] * n));
    largest = select(largest < out[e], out[e], largest);
  }
  for (int e = 0; e < p.entries; ++e) {
    V& diagonal = p.hessian[static_cast<std::int64_t>(e) * p.entries + e];
    diagonal = mul_add(V(1e-15), largest, diagonal);
  }
  cholesky(p.entries, p.hessian);
}

// Newton's step for the present mu, the path's direction (dY = tangent * -dmu / mu), and the squared length of the
// former in the metric of the whole Hessian: a step shorter than one stays inside ||Y||_2 < 1.
template <class V>
RANKFALL_FN V find_directions(DualPath<V>& p) {
  WordsOf<V> lane;
  lane_numbers(lane);
  const WordsOf<V> n(static_cast<Word>(p.columns));
  const V half = V(0.5) / p.barrier;
  for (int e = 0; e < p.entries; ++e) {
    p.tangent[e] = p.observed[e] * half;
    p.newton[e] = p.tangent[e] - pick(p.mixed, p.row[e] * n + p.column[e] + lane);
    p.candidate[e] = p.newton[e];
  }
  solve_cholesky(p.entries, p.hessian, p.tangent);
  solve_cholesky(p.entries, p.hessian, p.newton);
  V squared(0.0);
  for (int e = 0; e < p.entries; ++e) squared = mul_add(p.newton[e], p.candidate[e], squared);
  return squared + squared;
}

}  // namespace rankfall::kernels
