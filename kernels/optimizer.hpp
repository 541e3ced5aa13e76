#pragma once
// One step of each optimizer: a struct with a call operator, open and close, and a line in the backends' tables.
#include "kernels/sampler.hpp"
#include "kernels/select_entry.hpp"

namespace rankfall::kernels {

// Full-batch gradient descent, or a step on any weights: x = rate s^(L-2) weight (s^L P - T) back-propagated.
template <class V, int D, Team T>
RANKFALL_HD void descend(const T& team, Pitch<D> pitch, Trainee<V>& trainee, const V* weight) {
  const int degree = trainee.shape.degree(), n = pitch.value() * pitch.value();
  const V to_matrix = scale_power(trainee, degree);
  const V rate = trainee.rate * scale_power(trainee, degree - 2);
  const V* target = trainee.target;
  V* factors = trainee.factors;
  backpropagate<V>(
      team, pitch, trainee.shape, factors, trainee.workspace,
      [=](int e, V product) { return rate * weight[e] * mul_add(to_matrix, product, -target[e]); },
      [=](int layer, int e, V gradient) { factors[layer * n + e] = factors[layer * n + e] - gradient; });
  decay_scale(team, trainee, [&](V half) {
    for_each_index(team, trainee.shape.factors * n, [&](int e) { factors[e] = factors[e] * half; });
  });
}

struct GradientDescent {
  template <class V, int D, Team T>
  RANKFALL_HD static void open(const T&, Pitch<D>, Trainee<V>&) {}
  template <class V, int D, Team T>
  RANKFALL_HD static void close(const T&, Pitch<D>, Trainee<V>&) {}

  template <class V, int D, Team T>
  RANKFALL_HD void operator()(const T& team, Pitch<D> pitch, Trainee<V>& trainee, EntrySampler<V, T>&) const {
    descend(team, pitch, trainee, trainee.weight);
  }
};

// SGD over batch_size draws: a full gradient with the weights of the drawn entries, counted with multiplicity.
struct BatchSgd {
  template <class V, int D, Team T>
  RANKFALL_HD static void open(const T&, Pitch<D>, Trainee<V>&) {}
  template <class V, int D, Team T>
  RANKFALL_HD static void close(const T&, Pitch<D>, Trainee<V>&) {}

  template <class V, int D, Team T>
  RANKFALL_HD void operator()(const T& team, Pitch<D> pitch, Trainee<V>& trainee, EntrySampler<V, T>& sampler) const {
    constexpr int lanes = ValueTraits<V>::lanes;
    using Words = WordsOf<V>;
    const int n = pitch.value() * pitch.value();
    V* drawn = trainee.workspace + workspace_matrices(trainee.shape.factors) * n;
    for_each_index(team, n, [&](int e) { drawn[e] = V(RealOf<V>(0)); });
    auto* sums = reinterpret_cast<RealOf<V>*>(drawn);
    Words lane;
    lane_numbers(lane);
    for (int draw = 0; draw < trainee.batch_size; ++draw) {
      const DrawnEntry<V> entry = sampler.next();
      const Words element = entry.row * Words(static_cast<Word>(pitch.value())) + entry.column;
      const Words at = element * Words(static_cast<Word>(lanes)) + lane;
      if (team.rank() != 0) continue;
      V sum;
      gather(sums, at, sum);
      scatter(sums, at, sum + entry.weight);
    }
    team.sync();
    descend(team, pitch, trainee, drawn);
  }
};

// Rows (columns) of an interior factor that one item of work covers: enough accumulators to hide latency.
template <int D> inline constexpr int chain_block = D == 0 ? 8 : D <= 12 ? D : D % 8 == 0 ? 8 : 10;

// A vector of the chain is handled up to here; what lies beyond its length is zero, in the matrices too.
template <int D>
RANKFALL_HD constexpr int padded_length(int length) {
  constexpr int B = chain_block<D>;
  return D > 0 && D <= 20 ? D : (length + B - 1) / B * B;
}

// out = F v, each sum over k ascending.
template <class V, int D, Team T>
RANKFALL_HD void apply_factor(const T& team, Pitch<D> pitch, const V* factor, int rows, int columns, const V* v,
                              V* out) {
  constexpr int B = chain_block<D>;
  const int p = pitch.value(), blocks = padded_length<D>(rows) / B, inner = is_tiny<D> ? D : columns;
  for_each_index(team, blocks, [&](int block) {
    const V* row = factor + block * B * p;
    V sum[B];
    RANKFALL_UNROLL for (int q = 0; q < B; ++q) sum[q] = V(RealOf<V>(0));
    for (int k = 0; k < inner; ++k) {
      V x = v[k];
      pin(x);
      RANKFALL_UNROLL for (int q = 0; q < B; ++q) sum[q] = mul_add(row[q * p + k], x, sum[q]);
    }
    RANKFALL_UNROLL for (int q = 0; q < B; ++q) out[block * B + q] = sum[q];
  });
}

// out = F^T u and F <- F - u v^T in one pass, so that each entry is loaded once.
template <class V, int D, Team T>
RANKFALL_HD void pull_back_and_update(const T& team, Pitch<D> pitch, V* factor, int rows, int columns, const V* u,
                                      const V* v, V* out) {
  constexpr int B = chain_block<D>;
  const int p = pitch.value(), blocks = padded_length<D>(columns) / B, outer = is_tiny<D> ? D : rows;
  for_each_index(team, blocks, [&](int block) {
    V sum[B], x[B];
    RANKFALL_UNROLL for (int q = 0; q < B; ++q) {
      sum[q] = V(RealOf<V>(0));
      V value = v[block * B + q];
      pin(value);
      x[q] = value;
    }
    for (int r = 0; r < outer; ++r) {
      V* row = factor + r * p + block * B;
      V y = u[r], minus_y = -y;
      pin(y);
      pin(minus_y);
      RANKFALL_UNROLL for (int q = 0; q < B; ++q) {
        V w = row[q];
        pin(w);
        sum[q] = mul_add(w, y, sum[q]);
        row[q] = mul_add(minus_y, x[q], w);
      }
    }
    RANKFALL_UNROLL for (int q = 0; q < B; ++q) out[block * B + q] = sum[q];
  });
}

// Four partial sums, k mod 4, then (0 + 1) + (2 + 3): short chains, one order for every backend.
template <class V>
RANKFALL_HD V dot(const V* a, const V* b, int n) {
  V sum[4];
  RANKFALL_UNROLL for (int q = 0; q < 4; ++q) sum[q] = V(RealOf<V>(0));
  int k = 0;
  for (; k + 4 <= n; k += 4)
    RANKFALL_UNROLL for (int q = 0; q < 4; ++q) sum[q] = mul_add(a[k + q], b[k + q], sum[q]);
  RANKFALL_UNROLL for (int q = 0; q < 3; ++q)
    if (k + q < n) sum[q] = mul_add(a[k + q], b[k + q], sum[q]);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

// SGD on one drawn entry (i, j), depth >= 2: the gradient touches row i of W_L, column j of W_1 and a rank-one update
// of each interior factor, found from two chains of vectors: O(L d^2) instead of O(L d^3).
struct SingleEntrySgd {
  // Before the first step of training and after the last: the layout of the first and last factor (select_entry.hpp).
  template <class V, int D, Team T>
  RANKFALL_FN static void open(const T& team, Pitch<D> pitch, Trainee<V>& trainee) {
    if constexpr (keeps_runs<V, D>) {
      const Ends<V> ends(pitch, trainee);
      to_runs(team, pitch, ends.column, ends.first, ends.scratch);
      to_runs(team, pitch, ends.row, ends.last, ends.scratch);
    }
  }
  template <class V, int D, Team T>
  RANKFALL_FN static void close(const T& team, Pitch<D> pitch, Trainee<V>& trainee) {
    if constexpr (keeps_runs<V, D>) {
      const Ends<V> ends(pitch, trainee);
      from_runs(team, pitch, ends.column, ends.first, ends.scratch);
      from_runs(team, pitch, ends.row, ends.last, ends.scratch);
    }
  }

  template <class V, int D, Team T>
  RANKFALL_HD void operator()(const T& team, Pitch<D> pitch, Trainee<V>& trainee, EntrySampler<V, T>& sampler) const {
    const Shape& shape = trainee.shape;
    const int p = pitch.value(), n = p * p, last = shape.factors - 1;
    const Ends<V> ends(pitch, trainee);
    V* forward = trainee.workspace;                   // forward + l * p: W_l ... W_1 e_j, l = 1 .. L-1 at l - 1
    V* backward = forward + last * p;                 // two vectors, alternating
    V* updated_row = backward + 2 * p;
    const DrawnEntry<V> entry = sampler.next();

    const int column_length = padded_length<D>(shape.width[1]), row_length = padded_length<D>(shape.width[last]);
    read_selected(team, pitch, ends.column, ends.first, column_length, shape.width[0], entry.column, forward);
    read_selected(team, pitch, ends.row, ends.last, row_length, shape.width[last + 1], entry.row, backward);
    for (int l = 1; l < last; ++l)
      apply_factor(team, pitch, trainee.factors + l * n, shape.width[l + 1], shape.width[l], forward + (l - 1) * p,
                   forward + l * p);
    const V* into_last = forward + (last - 1) * p;
    const V product = dot(backward, into_last, shape.width[last]);
    const V error = mul_add(scale_power(trainee, shape.factors), product, -entry.target);
    const V step = trainee.rate * scale_power(trainee, shape.factors - 2) *
                   entry.weight * error;
    V *u = backward + p, *next = backward;
    for_each_index(team, row_length, [&](int k) {
      updated_row[k] = mul_add(-step, into_last[k], backward[k]);
      u[k] = step * backward[k];
    });
    for (int l = last - 1; l >= 1; --l) {
      pull_back_and_update(team, pitch, trainee.factors + l * n, shape.width[l + 1], shape.width[l], u,
                           forward + (l - 1) * p, next);
      V* swap = u;
      u = next;
      next = swap;
    }
    for_each_index(team, column_length, [&](int k) { forward[k] = forward[k] - u[k]; });
    write_selected(team, pitch, ends.row, ends.last, row_length, shape.width[last + 1], entry.row, updated_row);
    write_selected(team, pitch, ends.column, ends.first, column_length, shape.width[0], entry.column, forward);
    decay_scale(team, trainee, [&](V half) { multiply_factors(team, pitch, trainee, half); });
    team.sync();
  }

 private:
  // The factors of which a step sees one column (the first) or one row (the last).
  template <class V>
  struct Ends {
    V *first, *last, *scratch;
    Axis column, row;
    template <int D>
    RANKFALL_HD Ends(Pitch<D> pitch, const Trainee<V>& trainee)
        : first(trainee.factors),
          last(trainee.factors + (trainee.shape.factors - 1) * pitch.value() * pitch.value()),
          scratch(trainee.workspace + workspace_matrices(trainee.shape.factors) * pitch.value() * pitch.value()),
          column{pitch.value(), 1},
          row{1, pitch.value()} {}
  };

  template <class V, int D, Team T>
  RANKFALL_FN static void multiply_factors(const T& team, Pitch<D> pitch, Trainee<V>& trainee, V half) {
    const int n = pitch.value() * pitch.value(), last = trainee.shape.factors - 1;
    const bool runs = keeps_runs<V, D>;
    V* factors = trainee.factors;
    const int begin = runs ? n : 0, end = runs ? last * n : (last + 1) * n;
    for_each_index(team, end - begin, [&](int e) { factors[begin + e] = factors[begin + e] * half; });
    if constexpr (keeps_runs<V, D>) {
      scale_runs(team, pitch, factors, half);
      scale_runs(team, pitch, factors + last * n, half);
    }
  }
};

}  // namespace rankfall::kernels
