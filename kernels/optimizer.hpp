#pragma once
// One step of each optimizer: a struct with a call operator, open and close, and a line in the backends' tables.
#include "kernels/chain.hpp"
#include "kernels/sampler.hpp"
#include "kernels/select_entry.hpp"

namespace rankfall::kernels {

// Full-batch gradient descent, or a step on any weights: x = rate s^(L-2) weight (s^L P - T) back-propagated.
template <class V, class Matrix, class... Views, class Weight, int D, Team T>
RANKFALL_HD void descend(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee, Weight weight) {
  const int degree = trainee.shape->degree(), n = pitch.value() * pitch.value();
  const V to_matrix = scale_power(trainee, degree);
  const V rate = trainee.rate * scale_power(trainee, degree - 2);
  const auto target = trainee.target;
  const Matrix factors = trainee.factors;
  backpropagate<V>(
      team, pitch, *trainee.shape, factors, trainee.workspace,
      [=](auto e, V product) { return rate * weight[e] * mul_add(to_matrix, product, -target[e]); },
      [=](int layer, auto e, V gradient) { factors[layer * n + e] = factors[layer * n + e] - gradient; });
  decay_scale(team, trainee, [&](V half) {
    for_each_index(team, trainee.shape->factors * n, [&](int e) { factors[e] = factors[e] * half; });
  });
}

struct GradientDescent {
  template <class AnyTrainee, int D, Team T>
  RANKFALL_HD static void open(const T&, Pitch<D>, AnyTrainee&) {}
  template <class AnyTrainee, int D, Team T>
  RANKFALL_HD static void close(const T&, Pitch<D>, AnyTrainee&) {}

  template <class AnyTrainee, int D, Team T, class Sampler>
  RANKFALL_HD void operator()(const T& team, Pitch<D> pitch, AnyTrainee& trainee, Sampler&) const {
    descend(team, pitch, trainee, trainee.weight);
  }
};

// SGD over batch_size draws: a full gradient with the weights of the drawn entries, counted with multiplicity.
struct BatchSgd {
  template <class AnyTrainee, int D, Team T>
  RANKFALL_HD static void open(const T&, Pitch<D>, AnyTrainee&) {}
  template <class AnyTrainee, int D, Team T>
  RANKFALL_HD static void close(const T&, Pitch<D>, AnyTrainee&) {}

  template <class V, class Matrix, class... Views, int D, Team T, class Sampler>
  RANKFALL_HD void operator()(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee,
                              Sampler& sampler) const {
    const int n = pitch.value() * pitch.value();
    const Matrix drawn = trainee.workspace + workspace_matrices(trainee.shape->factors) * n;
    for_each_index(team, n, [&](int e) { drawn[e] = V(RealOf<V>(0)); });
    for (int draw = 0; draw < trainee.draws.batch_size; ++draw) {
      const DrawnEntry<V> entry = sampler.next();
      if (team.rank() == 0) add_entry(pitch, drawn, entry);
    }
    team.sync();
    descend(team, pitch, trainee, drawn);
  }

 private:
  template <class V, class Matrix, int D>
  RANKFALL_HD static void add_entry(Pitch<D> pitch, Matrix drawn, const DrawnEntry<V>& entry) {
    constexpr int lanes = ValueTraits<V>::lanes;
    using Words = WordsOf<V>;
    const Words element = entry.row * Words(static_cast<Word>(pitch.value())) + entry.column;
    if constexpr (lanes == 1) {
      drawn[static_cast<int>(element)] = drawn[static_cast<int>(element)] + entry.weight;
    } else {
      auto* sums = reinterpret_cast<RealOf<V>*>(drawn);
      Words lane;
      lane_numbers(lane);
      const Words at = element * Words(static_cast<Word>(lanes)) + lane;
      V sum;
      gather(sums, at, sum);
      scatter(sums, at, sum + entry.weight);
    }
  }
};

// SGD on one drawn entry (i, j), depth >= 2: the gradient touches row i of W_L, column j of W_1 and a rank-one update
// of each interior factor, found from two chains of vectors: O(L d^2) instead of O(L d^3).
struct SingleEntrySgd {
  // Before the first step of training and after the last: the layout of the first and last factor (select_entry.hpp).
  template <class V, class... Views, int D, Team T>
  RANKFALL_FN static void open(const T& team, Pitch<D> pitch, Trainee<V, Views...>& trainee) {
    if constexpr (keeps_runs<V, D>) {
      const auto scratch = scratch_of(pitch, trainee);
      to_runs<V>(team, pitch, first_axis(pitch), trainee.factors, scratch);
      to_runs<V>(team, pitch, last_axis(pitch), trainee.last, scratch);
    }
  }
  template <class V, class... Views, int D, Team T>
  RANKFALL_FN static void close(const T& team, Pitch<D> pitch, Trainee<V, Views...>& trainee) {
    if constexpr (keeps_runs<V, D>) {
      const auto scratch = scratch_of(pitch, trainee);
      from_runs<V>(team, pitch, first_axis(pitch), trainee.factors, scratch);
      from_runs<V>(team, pitch, last_axis(pitch), trainee.last, scratch);
    }
  }

  template <class V, class Matrix, class Data, class Work, class AnyShape, int D, Team T, class Sampler>
  RANKFALL_HD void operator()(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Data, Work, AnyShape>& trainee,
                              Sampler& sampler) const {
    const AnyShape& shape = *trainee.shape;
    const int p = pitch.value(), n = p * p, last = shape.factors - 1;
    const Axis column = first_axis(pitch), row = last_axis(pitch);
    Work forward = trainee.workspace;                 // forward + l * p: W_l ... W_1 e_j, l = 1 .. L-1 at l - 1
    constexpr int kept = vectors_kept<V, AnyShape, D>;
    V own[kept > 0 ? kept : 1];
    if constexpr (kept > 0) forward = own;
    const Work backward = forward + last * p;         // two vectors, alternating
    const Work updated_row = backward + 2 * p;
    const DrawnEntry<V> entry = sampler.next();

    const int column_length = padded_length<D>(shape.width[1]), row_length = padded_length<D>(shape.width[last]);
    read_selected<V>(team, pitch, column, trainee.factors, column_length, shape.width[0], entry.column, forward);
    read_selected<V>(team, pitch, row, trainee.last, row_length, shape.width[last + 1], entry.row, backward);
    RANKFALL_UNROLL_DEVICE for (int l = 1; l < last; ++l)
      apply_factor<V>(team, pitch, trainee.interior + (l - 1) * n, shape.width[l + 1], shape.width[l],
                      forward + (l - 1) * p, forward + l * p);
    const Work into_last = forward + (last - 1) * p;
    const V product = dot<V>(backward, into_last, shape.width[last]);
    const V error = mul_add(scale_power(trainee, shape.factors), product, -entry.target);
    const V step = trainee.rate * scale_power(trainee, shape.factors - 2) *
                   entry.weight * error;
    Work u = backward + p, next = backward;
    for_each_index(team, row_length, [&](int k) {
      updated_row[k] = mul_add(-step, into_last[k], backward[k]);
      u[k] = step * backward[k];
    });
    write_selected<V>(team, pitch, row, trainee.last, row_length, shape.width[last + 1], entry.row, updated_row);
    RANKFALL_UNROLL_DEVICE for (int l = last - 1; l >= 1; --l) {
      pull_back_and_update<V>(team, pitch, trainee.interior + (l - 1) * n, shape.width[l + 1], shape.width[l], u,
                              forward + (l - 1) * p, next);
      const Work swap = u;
      u = next;
      next = swap;
    }
    for_each_index(team, column_length, [&](int k) { forward[k] = forward[k] - u[k]; });
    write_selected<V>(team, pitch, column, trainee.factors, column_length, shape.width[0], entry.column, forward);
    decay_scale(team, trainee, [&](V half) { multiply_factors(team, pitch, trainee, half); });
    team.sync();
  }

  // A step sees one column of the first factor and one row of the last.
  template <int D>
  RANKFALL_HD static Axis first_axis(Pitch<D> pitch) {
    return {pitch.value(), 1};
  }
  template <int D>
  RANKFALL_HD static Axis last_axis(Pitch<D> pitch) {
    return {1, pitch.value()};
  }
  template <class V, class... Views, int D, Team T>
  RANKFALL_FN static void multiply_factors(const T& team, Pitch<D> pitch, Trainee<V, Views...>& trainee, V half) {
    const int n = pitch.value() * pitch.value(), interior = (trainee.shape->factors - 2) * n;
    const auto scale = [&](auto factors, int count) {  // rare: not worth unrolling
      RANKFALL_ROLLED for (int e = team.rank(); e < count; e += team.size()) factors[e] = factors[e] * half;
      team.sync();
    };
    for_each_index(team, interior, [&](int e) { trainee.interior[e] = trainee.interior[e] * half; });
    if constexpr (keeps_runs<V, D>) {
      scale_runs<V>(team, pitch, trainee.factors, half);
      scale_runs<V>(team, pitch, trainee.last, half);
    } else {
      scale(trainee.factors, n);
      scale(trainee.last, n);
    }
  }

 private:
  // Of a tiny chain of constant depth the vectors fit the registers of a SIMD unit, if they are not in memory by name.
  template <class V, class AnyShape, int D>
  static constexpr int vectors_kept =
      ValueTraits<V>::lanes > 1 && is_tiny<D> && fixed_depth<AnyShape> > 0 ? (fixed_depth<AnyShape> + 2) * D : 0;

  template <class V, class... Views, int D>
  RANKFALL_HD static auto scratch_of(Pitch<D> pitch, const Trainee<V, Views...>& trainee) {
    return trainee.workspace + workspace_matrices(trainee.shape->factors) * pitch.value() * pitch.value();
  }
};

}  // namespace rankfall::kernels
