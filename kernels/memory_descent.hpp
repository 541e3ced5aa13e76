#pragma once
// Full-batch descent that remembers: heavy-ball momentum (Polyak, 1964), or one step size for all factors from a running
// mean of the squared gradient (Arora, Cohen, Hu, Luo, NeurIPS 2019, there called GroupRMSprop).
#include "kernels/state.hpp"

namespace rankfall::kernels {

// What is the same for all replicas of a cell.
template <class Real>
struct DescentTerms {
  Real learning_rate, ridge;
  Real momentum;            // velocity = momentum * velocity + gradient
  Real smoothing, epsilon;  // step = learning_rate / (sqrt(mean square) + epsilon); smoothing 0: learning_rate itself
};

template <class Real>
RANKFALL_HD DescentTerms<Real> narrowed(const DescentTerms<double>& terms) {
  return {static_cast<Real>(terms.learning_rate), static_cast<Real>(terms.ridge), static_cast<Real>(terms.momentum),
          static_cast<Real>(terms.smoothing), static_cast<Real>(terms.epsilon)};
}

// What a replica remembers beside its velocity (a number for each of the factors'), since the phase began.
template <class V>
struct DescentMemory {
  V mean_square;  // of the gradient over all factors, exponentially weighted; not yet corrected for its start at 0
  V undecayed;    // smoothing^steps: that correction
  V floor;        // 1e-12 of the first objective: what is below is rounding
  V lowest;       // objective so far
  V rise;         // the largest objective over the lowest before it
};
inline constexpr int descent_memory_numbers = 5;

// Calls visit(number...) for each of them, of several memories side by side.
template <class Visit, class... Memories>
RANKFALL_HD void visit_memory(Visit&& visit, Memories&... memories) {
  visit(memories.mean_square...);
  visit(memories.undecayed...);
  visit(memories.floor...);
  visit(memories.lowest...);
  visit(memories.rise...);
}

template <class V>
RANKFALL_HD DescentMemory<V> no_memory() {
  const V zero(RealOf<V>(0)), one(RealOf<V>(1));
  return {zero, one, zero, zero, one};
}

// Numbers that a step keeps beside the factors: the velocity, a weighted squared residual per entry, sums by rows.
inline constexpr int descent_sums = 2;
RANKFALL_HD constexpr int descent_scratch_numbers(int factors, int pitch) {
  return (factors + 1) * pitch * pitch + (descent_sums * factors + 1) * pitch;
}
template <class View>
struct DescentScratch {
  View base;
  int factors, pitch;

  RANKFALL_HD View velocity() const { return base; }
  RANKFALL_HD View square() const { return base + factors * pitch * pitch; }
  RANKFALL_HD View row_sum() const { return square() + pitch * pitch; }                    // of factor l at (l p + i) * 2
  RANKFALL_HD View loss_row() const { return row_sum() + descent_sums * factors * pitch; }
};

// The gradient at the factors into the velocity; the residuals' weighted squares beside it. trainee.rate is 2 c.
template <class V, class Matrix, class... Views, int D, Team T>
RANKFALL_FN void gather_velocity(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee,
                                 const DescentTerms<RealOf<V>>& terms, const DescentScratch<Matrix>& at) {
  const int n = pitch.value() * pitch.value();
  const V rate = trainee.rate, momentum(terms.momentum), decay(terms.ridge + terms.ridge);
  const auto weight = trainee.weight;
  const auto target = trainee.target;
  const Matrix factors = trainee.factors, velocity = at.velocity(), square = at.square();
  backpropagate<V>(
      team, pitch, *trainee.shape, factors, trainee.workspace,
      [=](int e, V w) {
        const V residual = w - target[e], weighted = weight[e] * residual;
        square[e] = weighted * residual;
        return rate * weighted;
      },
      [=](int layer, int e, V gradient) {
        const int k = layer * n + e;
        velocity[k] = mul_add(momentum, V(velocity[k]), mul_add(decay, V(factors[k]), gradient));
      });
}

template <class V>
struct DescentSums {
  V velocity, factors, loss;  // squared norms; the loss without c
};

// Rows by whoever owns them, then rows from the first to the last: the order of no team.
template <class V, class Matrix, class... Views, int D, Team T>
RANKFALL_FN DescentSums<V> sum_descent(const T& team, Pitch<D> pitch, const Trainee<V, Matrix, Views...>& trainee,
                                       const DescentScratch<Matrix>& at) {
  const auto& shape = *trainee.shape;
  const int p = pitch.value(), n = p * p;
  const V zero(RealOf<V>(0));
  for (int l = 0; l < shape.factors; ++l)
    for_each_index(team, shape.width[l + 1], [&](int i) {
      V velocity = zero, norm = zero;
      for (int j = 0; j < shape.width[l]; ++j) {
        const int e = l * n + i * p + j;
        const V v = at.velocity()[e], w = trainee.factors[e];
        velocity = mul_add(v, v, velocity);
        norm = mul_add(w, w, norm);
      }
      at.row_sum()[(l * p + i) * descent_sums] = velocity;
      at.row_sum()[(l * p + i) * descent_sums + 1] = norm;
    });
  for_each_index(team, shape.rows(), [&](int i) {
    V loss = zero;
    for (int j = 0; j < shape.columns(); ++j) loss = loss + at.square()[i * p + j];
    at.loss_row()[i] = loss;
  });
  DescentSums<V> sums{zero, zero, zero};
  for (int l = 0; l < shape.factors; ++l)
    for (int i = 0; i < shape.width[l + 1]; ++i) {
      sums.velocity = sums.velocity + at.row_sum()[(l * p + i) * descent_sums];
      sums.factors = sums.factors + at.row_sum()[(l * p + i) * descent_sums + 1];
    }
  for (int i = 0; i < shape.rows(); ++i) sums.loss = sums.loss + at.loss_row()[i];
  team.sync();  // all have read the sums
  return sums;
}

// Takes note of the objective that a step begins with.
template <class V>
RANKFALL_HD void note_objective(DescentMemory<V>& memory, V objective) {
  const auto first = memory.floor <= V(RealOf<V>(0));
  memory.floor = select(first, V(RealOf<V>(1e-12)) * objective, memory.floor);
  memory.lowest = select(first, objective, memory.lowest);
  const V rise = objective / select(memory.lowest < memory.floor, memory.floor, memory.lowest);
  memory.rise = select(memory.rise < rise, rise, memory.rise);
  memory.lowest = select(objective < memory.lowest, objective, memory.lowest);
}

// The training loop's name where loops are chosen by a type.
struct MemoryDescent {};

// Advances by `steps` steps: factors, velocity (first in `scratch`) and `memory` move. The scale of the factors must be 1,
// the rest of `scratch` (descent_scratch_numbers) and the workspace zero at first. Two calls of n steps are one of 2n.
template <class V, class Matrix, class... Views, int D, Team T>
RANKFALL_FN void descend_with_memory(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee,
                                     const DescentTerms<RealOf<V>>& terms, Matrix scratch, DescentMemory<V>& memory,
                                     std::int64_t steps) {
  using Real = RealOf<V>;
  const int factors = trainee.shape->factors;
  const DescentScratch<Matrix> at{scratch, factors, pitch.value()};
  const V half_rate = V(Real(0.5)) * trainee.rate, ridge(terms.ridge), one(Real(1));
  for (std::int64_t step = 0; step < steps; ++step) {
    gather_velocity(team, pitch, trainee, terms, at);
    const auto sums = sum_descent(team, pitch, trainee, at);
    note_objective(memory, mul_add(ridge, sums.factors, half_rate * sums.loss));
    V length(terms.learning_rate);
    if (terms.smoothing > Real(0)) {
      const V kept(terms.smoothing);
      memory.mean_square = mul_add(kept, memory.mean_square, (one - kept) * sums.velocity);
      memory.undecayed = kept * memory.undecayed;
      length = length / (square_root(memory.mean_square / (one - memory.undecayed)) + V(terms.epsilon));
    }
    for_each_index(team, factors * pitch.value() * pitch.value(), [&](int e) {
      trainee.factors[e] = mul_add(-length, V(at.velocity()[e]), V(trainee.factors[e]));
    });
  }
}

}  // namespace rankfall::kernels
