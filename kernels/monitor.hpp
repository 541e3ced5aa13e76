#pragma once
// What is read off the factors one by one: their singular values, and the residuals they leave.
#include "kernels/observe.hpp"

namespace rankfall::kernels {

// Singular values of the factors, descending: factor l's min(n_l, n_{l-1}) from value + l * pitch on; what follows them is
// left as it is. scratch: a matrix.
template <class V, class Matrix, class Data, int D, Team T>
RANKFALL_FN void factor_spectra(const T& team, const Subject<V, Matrix, Data, D>& subject, Matrix scratch, Matrix value) {
  const Shape& shape = *subject.shape;
  const int p = subject.pitch.value();
  for (int l = 0; l < shape.factors; ++l)
    matrix_spectrum<V>(team, shape.width[l + 1], shape.width[l], p, subject.factors + l * subject.square(), scratch,
                       value + l * p);
}

// max over observed entries of weight_ij |W_ij - T_ij|; `matrix` is W. Known to the first member of a team.
template <class V, class Matrix, class Data, int D, Team T>
RANKFALL_FN V largest_residual(const T& team, const Subject<V, Matrix, Data, D>& subject, Matrix matrix) {
  const int rows = subject.shape->rows(), columns = subject.shape->columns(), p = subject.pitch.value();
  V largest(0.0);
  if (team.rank() == 0)
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) {
        const int e = i * p + j;
        const V residual = subject.weight[e] * absolute(matrix[e] - subject.target[e]);
        largest = select(largest < residual, residual, largest);
      }
  team.sync();
  return largest;
}

}  // namespace rankfall::kernels
