#pragma once
// What is read off a replica: losses, spectrum, balance; in float64 whatever the precision of training.
#include "kernels/gradient.hpp"
#include "kernels/spectrum.hpp"

namespace rankfall::kernels {

// Everything a probe needs to know, the true factors (scale applied) and data in float64, pitch a multiple of 8.
template <class V>
struct Subject {
  Shape shape;
  int pitch;
  const V* factors;
  const V* weight;        // observed entries of the phase, zero elsewhere
  const V* target;        // what the loss sees (noise included), zero where unobserved
  const V* clean_target;
  double loss_scale;      // c
  double ridge;
};

template <class V>
struct Observation {
  V loss, objective, unobserved_error, representation_cost, balancedness, gradient_norm;
  V frobenius_squared;    // of W
};

// W into `matrix` (pitch * pitch), losses into `seen`.
template <class V>
RANKFALL_FN void observe_losses(const Subject<V>& subject, V* workspace, V* matrix, Observation<V>& seen) {
  const Shape& shape = subject.shape;
  const int rows = shape.rows(), columns = shape.columns(), p = subject.pitch;
  end_to_end<V>(SerialTeam{}, Pitch<0>{p}, shape, const_cast<V*>(subject.factors), workspace,
                [&](int e, V w) { matrix[e] = w; });
  V loss(0.0), unobserved(0.0), count(0.0), frobenius(0.0), cost(0.0);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      const int e = i * p + j;
      const V w = matrix[e], error = w - subject.target[e], off = w - subject.clean_target[e];
      const auto observed = V(0.0) < subject.weight[e];
      loss = mul_add(subject.weight[e] * error, error, loss);
      unobserved = select(observed, unobserved, mul_add(off, off, unobserved));
      count = select(observed, count, count + V(1.0));
      frobenius = mul_add(w, w, frobenius);
    }
  for (int l = 0; l < shape.factors; ++l)
    for (int i = 0; i < shape.width[l + 1]; ++i)
      for (int j = 0; j < shape.width[l]; ++j) {
        const V w = subject.factors[l * p * p + i * p + j];
        cost = mul_add(w, w, cost);
      }
  seen.loss = V(subject.loss_scale) * loss;
  seen.objective = mul_add(V(subject.ridge), cost, seen.loss);
  seen.unobserved_error = square_root(unobserved / count);  // NaN where all is observed
  seen.representation_cost = cost;
  seen.frobenius_squared = frobenius;
}

// Singular values of the rows x columns matrix (row pitch p), descending, into `value`; scratch: rows * columns.
template <class V>
RANKFALL_FN void matrix_spectrum(int rows, int columns, int p, const V* matrix, V* scratch, V* value) {
  const bool tall = rows >= columns;  // the longer side becomes the rows
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) scratch[tall ? j * rows + i : i * columns + j] = matrix[i * p + j];
  singular_values(tall ? rows : columns, tall ? columns : rows, scratch, value);
}

// ||grad||_F of the objective over all factors: full-batch, ridge included.
template <class V>
RANKFALL_FN V gradient_norm(const Subject<V>& subject, V* workspace) {
  const int n = subject.pitch * subject.pitch;
  const V rate(2.0 * subject.loss_scale), decay(2.0 * subject.ridge);
  V sum(0.0);
  backpropagate<V>(
      SerialTeam{}, Pitch<0>{subject.pitch}, subject.shape, const_cast<V*>(subject.factors), workspace,
      [&](int e, V w) { return rate * subject.weight[e] * (w - subject.target[e]); },
      [&](int layer, int e, V g) {
        const V total = mul_add(decay, subject.factors[layer * n + e], g);
        sum = mul_add(total, total, sum);
      });
  return square_root(sum);
}

// max_l ||W_{l+1}^T W_{l+1} - W_l W_l^T||_F; zero for one factor.
template <class V>
RANKFALL_FN V balancedness(const Subject<V>& subject, V* workspace) {
  const Shape& shape = subject.shape;
  const Pitch<0> pitch{subject.pitch};
  const int p = subject.pitch, n = p * p;
  V* gram = workspace;
  V largest(0.0);
  for (int l = 0; l + 1 < shape.factors; ++l) {
    const int inner = shape.width[l + 1];
    V* lower = const_cast<V*>(subject.factors) + l * n;
    multiply<Op::none, Op::transpose, V>(SerialTeam{}, pitch, {inner, shape.width[l], inner}, lower, lower,
                                         [&](int e, V w) { gram[e] = w; });
    V sum(0.0);
    V* upper = lower + n;
    multiply<Op::transpose, Op::none, V>(SerialTeam{}, pitch, {inner, shape.width[l + 2], inner}, upper, upper,
                                         [&](int e, V w) { gram[e] = w - gram[e]; });
    for (int i = 0; i < inner; ++i)
      for (int j = 0; j < inner; ++j) sum = mul_add(gram[i * p + j], gram[i * p + j], sum);
    const V norm = square_root(sum);
    largest = select(largest < norm, norm, largest);
  }
  return largest;
}

}  // namespace rankfall::kernels
