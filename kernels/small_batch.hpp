#pragma once
// SGD over a few drawn entries: a chain of vectors for each, all through the factors as the step found them, then one
// update of as many ranks.
#include "kernels/optimizer.hpp"

namespace rankfall::kernels {

// Whether a step of `batch_size` draws takes chains of vectors or the full gradient: by the numbers that each passes over,
// a number of a chain counting twice (it is loaded for one or two operations, that of a product for many). A property of
// the model and the batch alone, so that every backend decides alike.
RANKFALL_HD bool takes_chains(const Shape& shape, int batch_size) {
  const int last = shape.factors - 1;
  if (shape.model == Model::symmetric || last < 1) return false;
  std::int64_t full = 0, chain = 4 * (static_cast<std::int64_t>(shape.width[1]) + shape.width[last]);
  int largest = shape.width[0];
  for (int l = 0; l <= last; ++l) {
    const std::int64_t entries = static_cast<std::int64_t>(shape.width[l + 1]) * shape.width[l];
    if (l > 0) full += 3 * entries * shape.width[0];
    if (l > 0 && l < last) chain += 3 * entries;
    largest = shape.width[l + 1] > largest ? shape.width[l + 1] : largest;
  }
  return 2 * static_cast<std::int64_t>(batch_size) <= largest && 2 * batch_size * chain <= full;
}

// Words in the place of a number.
template <class V>
RANKFALL_HD V kept_words(WordsOf<V> words) {
  V place(RealOf<V>(0));
  static_assert(sizeof words <= sizeof place);
  __builtin_memcpy(&place, &words, sizeof words);
  return place;
}
template <class V>
RANKFALL_HD WordsOf<V> words_kept(V place) {
  WordsOf<V> words;
  __builtin_memcpy(&words, &place, sizeof words);
  return words;
}

// What a step remembers of its draws, in the workspace of a full gradient (2 batch_size <= pitch): of each draw the vectors
// forward(l) = W_(l+1) ... W_1 e_j and adjoint(l), l = 0 .. L-2; then three numbers each; then a vector.
template <class View>
struct BatchVectors {
  View base;
  int last, pitch, batch;

  RANKFALL_HD int stride() const { return 2 * last * pitch; }  // from one draw's vectors to the next one's
  RANKFALL_HD View forward(int draw, int l) const { return base + draw * stride() + l * pitch; }
  RANKFALL_HD View adjoint(int draw, int l) const { return forward(draw, last + l); }
  RANKFALL_HD View numbers(int draw) const { return base + batch * stride() + 3 * draw; }  // row, column, step
  RANKFALL_HD View spare() const { return numbers(batch); }
};

// out = F^T u.
template <class V, int D, Team T, class View>
RANKFALL_HD void pull_back(const T& team, Pitch<D> pitch, View factor, int rows, int columns, View u, View out) {
  constexpr int B = chain_block<D>;
  const int p = pitch.value(), outer = is_tiny<D> ? D : rows;
  for_each_index(team, padded_length<D>(columns) / B, [&](int block) {
    V sum[B];
    RANKFALL_UNROLL for (int q = 0; q < B; ++q) sum[q] = V(RealOf<V>(0));
    for (int r = 0; r < outer; ++r) {
      V y = u[r];
      pin(y);
      RANKFALL_UNROLL for (int q = 0; q < B; ++q) sum[q] = mul_add(factor[r * p + block * B + q], y, sum[q]);
    }
    RANKFALL_UNROLL for (int q = 0; q < B; ++q) out[block * B + q] = sum[q];
  });
}

// F <- F - sum over draws of u v^T, a tile of F at a time, draws in order.
template <class V, int D, Team T, class View>
RANKFALL_FN void subtract_draws(const T& team, Pitch<D> pitch, View factor, int rows, int columns, const BatchVectors<View>& at,
                                int layer) {
  constexpr int R = batch_tile_rows<D>, B = batch_tile_columns<V, D>;
  const int p = pitch.value();
  for_each_tile(team, padded_length<D>(rows) / R, padded_length<D>(columns) / B, [&](int tile_row, int tile_column) {
    const View corner = factor + tile_row * R * p + tile_column * B;
    V sum[R][B];
    RANKFALL_UNROLL for (int r = 0; r < R; ++r)
      RANKFALL_UNROLL for (int q = 0; q < B; ++q) sum[r][q] = corner[r * p + q];
    for (int draw = 0; draw < at.batch; ++draw) {
      const View u = at.adjoint(draw, layer) + tile_row * R, v = at.forward(draw, layer - 1) + tile_column * B;
      V x[B];
      RANKFALL_UNROLL for (int q = 0; q < B; ++q) x[q] = v[q];
      RANKFALL_UNROLL for (int r = 0; r < R; ++r) {
        V y = u[r];
        pin(y);
        RANKFALL_UNROLL for (int q = 0; q < B; ++q) sum[r][q] = mul_add(-y, x[q], sum[r][q]);
      }
    }
    RANKFALL_UNROLL for (int r = 0; r < R; ++r)
      RANKFALL_UNROLL for (int q = 0; q < B; ++q) corner[r * p + q] = sum[r][q];
  });
}

// As BatchSgd up to rounding, where takes_chains() says so.
struct SmallBatchSgd {
  template <class AnyTrainee, int D, Team T>
  RANKFALL_FN static void open(const T& team, Pitch<D> pitch, AnyTrainee& trainee) {
    SingleEntrySgd::open(team, pitch, trainee);
  }
  template <class AnyTrainee, int D, Team T>
  RANKFALL_FN static void close(const T& team, Pitch<D> pitch, AnyTrainee& trainee) {
    SingleEntrySgd::close(team, pitch, trainee);
  }

  template <class V, class Matrix, class... Views, int D, Team T, class Sampler>
  RANKFALL_HD void operator()(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee, Sampler& sampler) const {
    const auto& shape = *trainee.shape;
    const BatchVectors<Matrix> at{trainee.workspace, shape.factors - 1, pitch.value(), trainee.draws.batch_size};
    for (int draw = 0; draw < at.batch; ++draw) follow(team, pitch, trainee, at, draw, sampler.next());
    for (int l = 1; l < at.last; ++l)
      subtract_draws<V>(team, pitch, trainee.interior + (l - 1) * at.pitch * at.pitch, shape.width[l + 1], shape.width[l], at, l);
    for (int draw = 0; draw < at.batch; ++draw) subtract_ends(team, pitch, trainee, at, draw);
    decay_scale(team, trainee, [&](V half) { SingleEntrySgd::multiply_factors(team, pitch, trainee, half); });
    team.sync();
  }

 private:
  // A draw's vectors and numbers, from factors that nothing has changed yet.
  template <class V, class Matrix, class... Views, int D, Team T>
  RANKFALL_FN static void follow(const T& team, Pitch<D> pitch, const Trainee<V, Matrix, Views...>& trainee,
                                 const BatchVectors<Matrix>& at, int draw, const DrawnEntry<V>& entry) {
    const auto& shape = *trainee.shape;
    const int last = at.last, n = at.pitch * at.pitch, row_length = padded_length<D>(shape.width[last]);
    const Matrix row = at.spare();
    read_selected<V>(team, pitch, SingleEntrySgd::first_axis(pitch), trainee.factors, padded_length<D>(shape.width[1]),
                     shape.width[0], entry.column, at.forward(draw, 0));
    read_selected<V>(team, pitch, SingleEntrySgd::last_axis(pitch), trainee.last, row_length, shape.width[last + 1], entry.row, row);
    for (int l = 1; l < last; ++l)
      apply_factor<V>(team, pitch, trainee.interior + (l - 1) * n, shape.width[l + 1], shape.width[l], at.forward(draw, l - 1),
                      at.forward(draw, l));
    const V product = dot<V>(row, at.forward(draw, last - 1), shape.width[last]);
    const V error = mul_add(scale_power(trainee, shape.factors), product, -entry.target);
    const V step = trainee.rate * scale_power(trainee, shape.factors - 2) * entry.weight * error;
    const Matrix u = at.adjoint(draw, last - 1);
    for_each_index(team, row_length, [&](int k) { u[k] = step * row[k]; });
    if (team.rank() == 0) {
      const Matrix numbers = at.numbers(draw);
      numbers[0] = kept_words<V>(entry.row);
      numbers[1] = kept_words<V>(entry.column);
      numbers[2] = step;
    }
    for (int l = last - 1; l >= 1; --l)
      pull_back<V>(team, pitch, trainee.interior + (l - 1) * n, shape.width[l + 1], shape.width[l], at.adjoint(draw, l),
                   at.adjoint(draw, l - 1));
    team.sync();
  }

  // Of a draw: row i of the last factor, column j of the first.
  template <class V, class Matrix, class... Views, int D, Team T>
  RANKFALL_FN static void subtract_ends(const T& team, Pitch<D> pitch, const Trainee<V, Matrix, Views...>& trainee,
                                        const BatchVectors<Matrix>& at, int draw) {
    const auto& shape = *trainee.shape;
    const Matrix numbers = at.numbers(draw), ends = at.spare();
    const V step = numbers[2];
    const auto subtract = [&](Axis axis, Matrix factor, int width, int choices, WordsOf<V> which, V share, Matrix vector) {
      const int length = padded_length<D>(width);
      read_selected<V>(team, pitch, axis, factor, length, choices, which, ends);
      for_each_index(team, length, [&](int k) { ends[k] = mul_add(-share, V(vector[k]), V(ends[k])); });
      write_selected<V>(team, pitch, axis, factor, length, choices, which, ends);
    };
    subtract(SingleEntrySgd::last_axis(pitch), trainee.last, shape.width[at.last], shape.width[at.last + 1],
             words_kept<V>(numbers[0]), step, at.forward(draw, at.last - 1));
    subtract(SingleEntrySgd::first_axis(pitch), trainee.factors, shape.width[1], shape.width[0], words_kept<V>(numbers[1]),
             V(RealOf<V>(1)), at.adjoint(draw, 0));
  }
};

}  // namespace rankfall::kernels
