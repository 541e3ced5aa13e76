#pragma once
// What is read off a replica: losses, spectrum, balance; in float64 whatever the precision of training, or finer.
#include "kernels/sensing.hpp"
#include "kernels/spectrum.hpp"

namespace rankfall::kernels {

// Everything a probe needs to know: the true factors (scale applied) and data in float64.
template <class V, class Matrix = V*, class Data = const V*, int D = 0>
struct Subject {
  const Shape* shape;
  Pitch<D> pitch;
  Matrix factors;
  Data weight;            // observed entries of the phase, zero elsewhere
  Data target;            // what the loss sees (noise included), zero where unobserved
  Data clean_target;
  double loss_scale;      // c
  double ridge;
  EntryList<RealOf<V>> measured{};  // of a MeasuredLoss: its measurements, and weights and target are zeros

  RANKFALL_HD int square() const { return pitch.value() * pitch.value(); }
};

// Sums have one owner: what follows is known to the first member of a team only.
template <class V>
struct Observation {
  V loss, objective, unobserved_error, representation_cost, balancedness, gradient_norm;
  V frobenius_squared;    // of W
};

template <class V, class View>
RANKFALL_HD V sum_of_squares(View matrix, int rows, int columns, int pitch, V sum) {
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      const V w = matrix[i * pitch + j];
      sum = mul_add(w, w, sum);
    }
  return sum;
}

// W into `matrix` (pitch * pitch), losses into `seen`.
template <class Loss = EntryLoss, class V, class Matrix, class Data, int D, Team T>
RANKFALL_FN void observe_losses(const T& team, const Subject<V, Matrix, Data, D>& subject, Matrix workspace, Matrix matrix,
                                Observation<V>& seen) {
  const Shape& shape = *subject.shape;
  const int rows = shape.rows(), columns = shape.columns(), p = subject.pitch.value();
  end_to_end<V>(team, subject.pitch, shape, subject.factors, workspace, [&](int e, V w) { matrix[e] = w; });
  if (team.rank() == 0) {
    V loss(0.0), unobserved(0.0), count(0.0), cost(0.0);
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) {
        const int e = i * p + j;
        const V w = matrix[e], error = w - subject.target[e], off = w - subject.clean_target[e];
        const auto observed = V(0.0) < subject.weight[e];
        loss = mul_add(subject.weight[e] * error, error, loss);
        unobserved = select(observed, unobserved, mul_add(off, off, unobserved));
        count = select(observed, count, count + V(1.0));
      }
    for (int l = 0; l < shape.factors; ++l)
      cost = sum_of_squares<V>(subject.factors + l * p * p, shape.width[l + 1], shape.width[l], p, cost);
    if constexpr (std::is_same_v<Loss, MeasuredLoss>)
      loss = squared_residuals<V>(subject.measured, frame_of(subject.pitch, shape), matrix);
    seen.loss = V(subject.loss_scale) * loss;
    seen.objective = mul_add(V(subject.ridge), cost, seen.loss);
    seen.unobserved_error = square_root(unobserved / count);  // NaN where all is observed; of all where none is
    seen.representation_cost = cost;
    seen.frobenius_squared = sum_of_squares<V>(matrix, rows, columns, p, V(0.0));
  }
  team.sync();
}

// The rows x columns matrix (row pitch p), or its transpose if that is taller, column by column into `scratch`.
template <class V, Team T, class View>
RANKFALL_FN void longer_side_first(const T& team, int rows, int columns, int p, View matrix, View scratch) {
  const bool tall = rows >= columns;
  for_each_tile(team, rows, columns,
                [&](int i, int j) { scratch[tall ? j * rows + i : i * columns + j] = matrix[i * p + j]; });
}

// Singular values of the rows x columns matrix (row pitch p), descending, into `value`; scratch: rows * columns.
template <class V, Team T, class View>
RANKFALL_FN void matrix_spectrum(const T& team, int rows, int columns, int p, View matrix, View scratch, View value) {
  const bool tall = rows >= columns;
  longer_side_first<V>(team, rows, columns, p, matrix, scratch);
  singular_values<V>(team, tall ? rows : columns, tall ? columns : rows, scratch, value);
}

// ||grad||_F of the objective over all factors: full-batch, ridge included. `gradient` holds one layer's at a time.
template <class Loss = EntryLoss, class V, class Matrix, class Data, int D, Team T>
RANKFALL_FN V gradient_norm(const T& team, const Subject<V, Matrix, Data, D>& subject, Matrix workspace, Matrix gradient) {
  const Shape& shape = *subject.shape;
  const int n = subject.square();
  const V rate(2.0 * subject.loss_scale), decay(2.0 * subject.ridge);
  V sum(0.0);
  const auto apply = [&](int layer, int e, V g) { gradient[e] = mul_add(decay, subject.factors[layer * n + e], g); };
  const auto finish = [&](int layer) {
    if (team.rank() == 0)
      sum = sum_of_squares<V>(gradient, shape.width[layer + 1], shape.width[layer], subject.pitch.value(), sum);
    team.sync();
  };
  if constexpr (std::is_same_v<Loss, EntryLoss>) {
    backpropagate<V>(
        team, subject.pitch, shape, subject.factors, workspace,
        [&](int e, V w) { return rate * subject.weight[e] * (w - subject.target[e]); }, apply, finish);
  } else {  // `gradient` holds residuals until the first layer's is written
    backpropagate_measured<V>(
        team, subject.pitch, shape, subject.factors, workspace,
        [&](Matrix product, Matrix adjoint) {
          sense(team, frame_of(subject.pitch, shape), subject.measured, product, gradient, MeasuredTerms<V>{rate, V(1.0)},
                adjoint);
        },
        apply, finish);
  }
  return square_root(sum);
}

// max_l ||W_{l+1}^T W_{l+1} - W_l W_l^T||_F; zero for one factor.
template <class V, class Matrix, class Data, int D, Team T>
RANKFALL_FN V balancedness(const T& team, const Subject<V, Matrix, Data, D>& subject, Matrix gram) {
  const Shape& shape = *subject.shape;
  const int n = subject.square();
  V largest(0.0);
  for (int l = 0; l + 1 < shape.factors; ++l) {
    const int inner = shape.width[l + 1];
    const Matrix lower = subject.factors + l * n, upper = lower + n;
    multiply<Op::none, Op::transpose, V>(team, subject.pitch, {inner, shape.width[l], inner}, lower, lower,
                                         [&](int e, V w) { gram[e] = w; });
    multiply<Op::transpose, Op::none, V>(team, subject.pitch, {inner, shape.width[l + 2], inner}, upper, upper,
                                         [&](int e, V w) { gram[e] = w - gram[e]; });
    if (team.rank() == 0) {
      const V norm = square_root(sum_of_squares<V>(gram, inner, inner, subject.pitch.value(), V(0.0)));
      largest = select(largest < norm, norm, largest);
    }
    team.sync();
  }
  return largest;
}

}  // namespace rankfall::kernels
