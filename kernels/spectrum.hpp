#pragma once
// Singular values by one-sided Jacobi rotations (Hestenes 1958), in float64 or finer: each to high relative accuracy, where
// the eigenvalues of W^T W would lose everything below 1e-8 of the largest.
#include "kernels/scalar.hpp"
#include "kernels/view.hpp"

namespace rankfall::kernels {

// Makes columns x and y of `rows` entries orthogonal. A lane rotates only if its pair is not orthogonal to rounding, so
// what a lane gets does not depend on its neighbours. True if a lane rotated.
template <class V, class View>
RANKFALL_HD bool rotate_pair(int rows, View x, View y, V tolerance) {
  const V zero(0.0), one(1.0);
  V xx = zero, yy = zero, xy = zero;
  for (int k = 0; k < rows; ++k) {
    xx = mul_add(x[k], x[k], xx);
    yy = mul_add(y[k], y[k], yy);
    xy = mul_add(x[k], y[k], xy);
  }
  const auto needed = tolerance * xx * yy < xy * xy;
  if (!any(needed)) return false;
  const V cotangent = (yy - xx) / (xy + xy);
  const V t = select(cotangent < zero, -one, one) /
              (absolute(cotangent) + square_root(mul_add(cotangent, cotangent, one)));
  const V cosine = one / square_root(mul_add(t, t, one)), sine = cosine * t;
  for (int k = 0; k < rows; ++k) {  // not a rotation by zero: 0 * inf would spoil a lane that must stay as it is
    const V left = x[k], right = y[k];
    x[k] = select(needed, mul_add(-sine, right, cosine * left), left);
    y[k] = select(needed, mul_add(sine, left, cosine * right), right);
  }
  return true;
}

// One sweep over all pairs of columns, row by row of the triangle p < q. A team goes by antidiagonals p + q = t: pairs of
// one antidiagonal have no column in common, and those that share a column with (p, q) and precede it row by row lie on
// earlier antidiagonals, so the numbers are the same. `mark` (columns entries) tells all members who rotated.
template <class V, Team T, class View>
RANKFALL_HD bool sweep_pairs(const T& team, int rows, int columns, View a, V tolerance, View mark) {
  bool rotated = false;
  if constexpr (std::is_same_v<T, SerialTeam>) {
    for (int p = 0; p + 1 < columns; ++p)
      for (int q = p + 1; q < columns; ++q)
        rotated |= rotate_pair<V>(rows, a + p * rows, a + q * rows, tolerance);
  } else {
    for_each_index(team, columns, [&](int c) { mark[c] = V(0.0); });
    for (int t = 1; t <= 2 * columns - 3; ++t) {
      const int first = t < columns ? 0 : t - columns + 1;
      for_each_index(team, (t + 1) / 2 - first, [&](int k) {
        const int p = first + k;
        if (rotate_pair<V>(rows, a + p * rows, a + (t - p) * rows, tolerance)) mark[p] = V(1.0);
      });
    }
    for (int c = 0; c < columns; ++c) rotated = rotated || any(V(0.5) < mark[c]);
    team.sync();
  }
  return rotated;
}

// Orthogonalises the columns of a (column c at a + c * rows, columns <= rows), which is destroyed, and writes their
// norms in descending order to `value` (columns entries). Sweeps end when no lane rotates.
// Orthogonality is tested on squares, without roots: it holds for norms between about 1e-77 and 1e75, beyond which a
// square leaves the range of float64 (in double-double between about 1e-60 and 1e75: its tolerance is smaller).
template <class V, Team T, class View>
RANKFALL_FN void singular_values(const T& team, int rows, int columns, View a, View value) {
  constexpr int maximum_sweeps = 60;
  const double angle = 2.3e-16 * rounding_to_float64<V> * rows;
  for (int sweep = 0; sweep < maximum_sweeps; ++sweep)
    if (!sweep_pairs(team, rows, columns, a, V(angle * angle), value)) break;
  for_each_index(team, columns, [&](int c) {
    V sum(0.0);
    for (int k = 0; k < rows; ++k) sum = mul_add(a[c * rows + k], a[c * rows + k], sum);
    value[c] = square_root(sum);
  });
  if (team.rank() == 0)
    for (int end = columns - 1; end > 0; --end)  // bubble sort: compare-exchange has no branch, lanes agree on the order
      for (int c = 0; c < end; ++c) {
        const V left = value[c], right = value[c + 1];
        const auto swap = left < right;
        value[c] = select(swap, right, left);
        value[c + 1] = select(swap, left, right);
      }
  team.sync();
}

}  // namespace rankfall::kernels
