#pragma once
// How many singular values of a matrix exceed a threshold, without finding them, and whether that is certain.
#include "kernels/scalar.hpp"

namespace rankfall::kernels {

// Numbers that rank_above needs beside the matrix.
RANKFALL_HD constexpr int rank_workspace(int columns) { return 2 * columns * columns; }

// Positive pivots of gram - shift * I = L D L^T, which by Sylvester's law of inertia are as many as there are eigenvalues
// of gram above the shift. In floating point they are those of a matrix that is off by at most a few roundings of
// sum_k |d_k| ||l_k||^2, which is `growth` (Higham, Accuracy and Stability of Numerical Algorithms, 2002, theorem 11.3).
// gram and lower: columns * columns, the lower triangle counts.
template <class V, class View>
RANKFALL_HD V positive_pivots(int columns, View gram, V shift, View lower, V& growth) {
  const V zero(0.0), one(1.0);
  for (int i = 0; i < columns; ++i) {
    for (int j = 0; j < i; ++j) lower[i * columns + j] = gram[i * columns + j];
    lower[i * columns + i] = gram[i * columns + i] - shift;
  }
  V positive = zero;
  growth = zero;
  for (int k = 0; k < columns; ++k) {
    const V pivot = lower[k * columns + k], inverse = one / pivot;
    positive = select(zero < pivot, positive + one, positive);
    V squares = one;
    for (int i = k + 1; i < columns; ++i) {
      const V ratio = lower[i * columns + k] * inverse;
      squares = mul_add(ratio, ratio, squares);
      for (int j = k + 1; j <= i; ++j)
        lower[i * columns + j] = mul_add(-ratio, lower[j * columns + k], lower[i * columns + j]);
    }
    growth = mul_add(absolute(pivot), squares, growth);
  }
  return positive;
}

// The number of singular values of a above `threshold` into `rank`; 1 if it is certain, else 0, and then `rank` says
// nothing. a holds column c at a + c * rows, columns <= rows, and is kept; workspace: rank_workspace(columns).
//
// The eigenvalues of a^T a are counted above the squared threshold, once lowered and once raised by a millionth. Certain is
// a count that is the same for both, when all rounding errors together are below half of that band. Then no singular value
// is within a quarter of a millionth of the threshold, and singular_values() (spectrum.hpp) counts the same: its own
// errors are a thousand times smaller. Whatever is not finite, or so large that squares may not be, is uncertain.
template <class V, class View>
RANKFALL_HD V rank_above(int rows, int columns, View a, V threshold, View workspace, V& rank) {
  const V zero(0.0), one(1.0);
  constexpr double band = 1e-6, rounding = 1.2e-16 * rounding_to_float64<V>, largest_square = 1e140;
  const View gram = workspace, lower = workspace + columns * columns;
  V trace = zero;
  for (int i = 0; i < columns; ++i)
    for (int j = 0; j <= i; ++j) {
      V sum = zero;
      for (int k = 0; k < rows; ++k) sum = mul_add(a[i * rows + k], a[j * rows + k], sum);
      gram[i * columns + j] = sum;
      if (i == j) trace = trace + sum;
    }
  const V square = threshold * threshold;
  V lower_growth, upper_growth;
  rank = positive_pivots<V>(columns, gram, square * V(1.0 - band), lower, lower_growth);
  const V upper = positive_pivots<V>(columns, gram, square * V(1.0 + band), lower, upper_growth);
  const V growth = select(lower_growth < upper_growth, upper_growth, lower_growth);
  const V error = V(rounding) * (V(4.0 * (columns + 2)) * growth + V(2.0 * rows) * trace);
  V certain = select(error < V(0.5 * band) * square, one, zero);
  certain = select(absolute(rank - upper) < V(0.5), certain, zero);
  return select(trace < V(largest_square), certain, zero);
}

}  // namespace rankfall::kernels
