#pragma once
// Reading and writing the column (row) that each lane has drawn. A thread indexes its own matrix. Lanes draw different
// columns. In a small matrix they pass over all of them, each keeping its own. Of a large one, a pass would read all of
// it through the cache; there the first and last factor are kept as runs while training goes on: column c (row c of
// the last factor) of lane q is contiguous, at c * pitch * lanes + q * pitch, and a step touches only what was drawn.
#include "kernels/matrix.hpp"

namespace rankfall::kernels {

// From this size on runs are faster (docs/performance.md).
template <class V, int D>
inline constexpr bool keeps_runs = ValueTraits<V>::lanes > 1 && (D == 0 || D >= ValueTraits<V>::smallest_runs);

// Column c of a matrix is matrix[r * along + c * across], r = 0, 1, ...: along = pitch, across = 1; the other way round
// it is row c.
struct Axis {
  int along, across;
};

// Calls body(begin, count) for pieces of at most `lanes` of 0 .. length-1.
template <class V, Team T, class Body>
RANKFALL_HD void for_each_piece(const T& team, int length, Body&& body) {
  constexpr int lanes = ValueTraits<V>::lanes;
  const int whole = length / lanes, rest = length % lanes;
  for (int piece = team.rank(); piece < whole; piece += team.size()) body(piece * lanes, lanes);
  if (rest > 0 && team.rank() == 0) body(whole * lanes, rest);
  team.sync();
}

// Where column 0 of each lane begins, counted in Real.
template <class V>
RANKFALL_HD WordsOf<V> run_begin(int pitch) {
  WordsOf<V> lane;
  lane_numbers(lane);
  return lane * WordsOf<V>(static_cast<Word>(pitch));
}

// Brings a matrix into runs, and back; scratch: one matrix.
template <class V, int D, Team T>
RANKFALL_FN void to_runs(const T& team, Pitch<D> pitch, Axis axis, V* matrix, V* scratch) {
  constexpr int lanes = ValueTraits<V>::lanes;
  const int p = pitch.value();
  for_each_index(team, p * p, [&](int e) { scratch[e] = matrix[e]; });
  auto* runs = reinterpret_cast<RealOf<V>*>(matrix);
  for (int c = 0; c < p; ++c)
    for_each_piece<V>(team, p, [&](int begin, int count) {
      V piece[lanes];
      for (int r = 0; r < count; ++r) piece[r] = scratch[(begin + r) * axis.along + c * axis.across];
      scatter_run(runs + c * p * lanes + begin, run_begin<V>(p), count, piece);
    });
}

template <class V, int D, Team T>
RANKFALL_FN void from_runs(const T& team, Pitch<D> pitch, Axis axis, V* matrix, V* scratch) {
  constexpr int lanes = ValueTraits<V>::lanes;
  const int p = pitch.value();
  for_each_index(team, p * p, [&](int e) { scratch[e] = matrix[e]; });
  const auto* runs = reinterpret_cast<const RealOf<V>*>(scratch);
  for (int c = 0; c < p; ++c)
    for_each_piece<V>(team, p, [&](int begin, int count) {
      V piece[lanes];
      gather_run(runs + c * p * lanes + begin, run_begin<V>(p), count, piece);
      for (int r = 0; r < count; ++r) matrix[(begin + r) * axis.along + c * axis.across] = piece[r];
    });
}

// A factor per lane on a matrix of runs.
template <class V, int D, Team T>
RANKFALL_FN void scale_runs(const T& team, Pitch<D> pitch, V* matrix, V factor) {
  constexpr int lanes = ValueTraits<V>::lanes;
  const int p = pitch.value();
  RealOf<V> own[lanes];
  __builtin_memcpy(own, &factor, sizeof own);
  auto* runs = reinterpret_cast<RealOf<V>*>(matrix);
  for_each_index(team, p * lanes, [&](int run) {
    for (int r = 0; r < p; ++r) runs[run * p + r] = runs[run * p + r] * own[run % lanes];
  });
}

// vector[r] = entry r of each lane's column `which`, r = 0 .. length-1; `choices` = number of values `which` may take.
template <class V, int D, Team T, class View, class Vector>
RANKFALL_HD void read_selected(const T& team, Pitch<D> pitch, Axis axis, View matrix, int length, int choices,
                               WordsOf<V> which, Vector vector) {
  constexpr int lanes = ValueTraits<V>::lanes;
  if constexpr (keeps_runs<V, D>) {
    const auto* runs = reinterpret_cast<const RealOf<V>*>(matrix);
    const WordsOf<V> at = which * WordsOf<V>(static_cast<Word>(pitch.value() * lanes)) + run_begin<V>(pitch.value());
    for_each_piece<V>(team, length,
                      [&](int begin, int count) { gather_run(runs + begin, at, count, vector + begin); });
  } else if constexpr (lanes > 1) {
    V value[D];
    RANKFALL_UNROLL for (int r = 0; r < D; ++r) value[r] = matrix[r * axis.along];
    for (int c = 1; c < choices; ++c) {
      const auto mine = which == WordsOf<V>(static_cast<Word>(c));
      RANKFALL_UNROLL for (int r = 0; r < D; ++r)
        value[r] = select(mine, matrix[r * axis.along + c * axis.across], value[r]);
    }
    RANKFALL_UNROLL for (int r = 0; r < D; ++r) vector[r] = value[r];
  } else {
    const View column = matrix + static_cast<int>(which) * axis.across;
    for_each_index(team, length, [&](int r) { vector[r] = column[r * axis.along]; });
  }
}

template <class V, int D, Team T, class View, class Vector>
RANKFALL_HD void write_selected(const T& team, Pitch<D> pitch, Axis axis, View matrix, int length, int choices,
                                WordsOf<V> which, Vector vector) {
  constexpr int lanes = ValueTraits<V>::lanes;
  if constexpr (keeps_runs<V, D>) {
    auto* runs = reinterpret_cast<RealOf<V>*>(matrix);
    const WordsOf<V> at = which * WordsOf<V>(static_cast<Word>(pitch.value() * lanes)) + run_begin<V>(pitch.value());
    for_each_piece<V>(team, length,
                      [&](int begin, int count) { scatter_run(runs + begin, at, count, vector + begin); });
  } else if constexpr (lanes > 1) {
    V value[D];
    RANKFALL_UNROLL for (int r = 0; r < D; ++r) value[r] = vector[r];
    for (int c = 0; c < choices; ++c) {
      const auto mine = which == WordsOf<V>(static_cast<Word>(c));
      RANKFALL_UNROLL for (int r = 0; r < D; ++r)
        store_where(mine, value[r], matrix[r * axis.along + c * axis.across]);
    }
  } else {
    const View column = matrix + static_cast<int>(which) * axis.across;
    for_each_index(team, length, [&](int r) { column[r * axis.along] = vector[r]; });
  }
}

}  // namespace rankfall::kernels
