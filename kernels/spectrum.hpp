#pragma once
// Singular values by one-sided Jacobi rotations (Hestenes 1958), always in float64: each to high relative accuracy, where
// the eigenvalues of W^T W would lose everything below 1e-8 of the largest.
#include "kernels/scalar.hpp"

namespace rankfall::kernels {

// Orthogonalises the columns of a (column c at a + c * rows, columns <= rows), which is destroyed, and writes their
// norms in descending order to `value`. A lane rotates a pair only while that pair is not orthogonal to rounding, so
// what a lane gets does not depend on its neighbours; sweeps end when no lane rotates.
// Orthogonality is tested on squares, without roots: it holds for norms between about 1e-77 and 1e75, beyond which a
// square leaves the range of float64. One member of a team calls this for a replica: the matrix is small and the probe rare.
template <class V>
RANKFALL_FN void singular_values(int rows, int columns, V* a, V* value) {
  constexpr int maximum_sweeps = 60;
  const double angle = 2.3e-16 * rows;
  const V tolerance(angle * angle), zero(0.0), one(1.0);
  for (int sweep = 0; sweep < maximum_sweeps; ++sweep) {
    bool rotated = false;
    for (int p = 0; p + 1 < columns; ++p) {
      for (int q = p + 1; q < columns; ++q) {
        V* x = a + p * rows;
        V* y = a + q * rows;
        V xx = zero, yy = zero, xy = zero;
        for (int k = 0; k < rows; ++k) {
          xx = mul_add(x[k], x[k], xx);
          yy = mul_add(y[k], y[k], yy);
          xy = mul_add(x[k], y[k], xy);
        }
        const auto needed = tolerance * xx * yy < xy * xy;
        if (!any(needed)) continue;
        rotated = true;
        const V cotangent = (yy - xx) / (xy + xy);
        const V t = select(cotangent < zero, -one, one) /
                    (absolute(cotangent) + square_root(mul_add(cotangent, cotangent, one)));
        const V cosine = one / square_root(mul_add(t, t, one)), sine = cosine * t;
        for (int k = 0; k < rows; ++k) {  // not a rotation by zero: 0 * inf would spoil a lane that must stay as it is
          const V left = x[k], right = y[k];
          x[k] = select(needed, mul_add(-sine, right, cosine * left), left);
          y[k] = select(needed, mul_add(sine, left, cosine * right), right);
        }
      }
    }
    if (!rotated) break;
  }
  for (int c = 0; c < columns; ++c) {
    V sum = zero;
    for (int k = 0; k < rows; ++k) sum = mul_add(a[c * rows + k], a[c * rows + k], sum);
    value[c] = square_root(sum);
  }
  for (int end = columns - 1; end > 0; --end)  // bubble sort: compare-exchange has no branch, lanes agree on the order
    for (int c = 0; c < end; ++c) {
      const V left = value[c], right = value[c + 1];
      const auto swap = left < right;
      value[c] = select(swap, right, left);
      value[c + 1] = select(swap, left, right);
    }
}

}  // namespace rankfall::kernels
