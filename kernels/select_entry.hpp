#pragma once
// Reading and writing the column (row) that each lane has drawn. A thread indexes its own matrix; lanes, which hold
// different rows, walk over all of them and keep their own while the matrix is small, and gather when it is large.
#include "kernels/matrix.hpp"

namespace rankfall::kernels {

// Measured on AVX-512: one-hot costs ~ D^2 blends, a gather of a register ~ 20 cycles; they meet near D = 20.
template <class V, int D> inline constexpr bool reads_one_hot = ValueTraits<V>::lanes > 1 && D > 0 && D <= 20;

// vector[r] = matrix[r * along + which * across], r = 0 .. length-1; `choices` = number of values `which` may take.
template <class V, int D, Team T>
RANKFALL_HD void read_selected(const T& team, Pitch<D>, const V* matrix, int along, int across, int length, int choices,
                               WordsOf<V> which, V* vector) {
  constexpr int lanes = ValueTraits<V>::lanes;
  if constexpr (reads_one_hot<V, D>) {
    V value[D > 0 ? D : 1];
    RANKFALL_UNROLL for (int r = 0; r < D; ++r) value[r] = matrix[r * along];
    for (int c = 1; c < choices; ++c) {
      const auto mine = which == WordsOf<V>(static_cast<Word>(c));
      RANKFALL_UNROLL for (int r = 0; r < D; ++r) value[r] = select(mine, matrix[r * along + c * across], value[r]);
    }
    RANKFALL_UNROLL for (int r = 0; r < D; ++r) vector[r] = value[r];
  } else {
    WordsOf<V> lane;
    lane_numbers(lane);
    const WordsOf<V> base = which * WordsOf<V>(static_cast<Word>(across * lanes)) + lane;
    const auto* entries = reinterpret_cast<const RealOf<V>*>(matrix);
    for_each_index(team, length, [&](int r) { gather(entries + r * along * lanes, base, vector[r]); });
  }
}

template <class V, int D, Team T>
RANKFALL_HD void write_selected(const T& team, Pitch<D>, V* matrix, int along, int across, int length, int choices,
                                WordsOf<V> which, const V* vector) {
  constexpr int lanes = ValueTraits<V>::lanes;
  if constexpr (reads_one_hot<V, D>) {
    V value[D > 0 ? D : 1];
    RANKFALL_UNROLL for (int r = 0; r < D; ++r) value[r] = vector[r];
    for (int c = 0; c < choices; ++c) {
      const auto mine = which == WordsOf<V>(static_cast<Word>(c));
      RANKFALL_UNROLL for (int r = 0; r < D; ++r) store_where(mine, value[r], matrix[r * along + c * across]);
    }
  } else {
    WordsOf<V> lane;
    lane_numbers(lane);
    const WordsOf<V> base = which * WordsOf<V>(static_cast<Word>(across * lanes)) + lane;
    auto* entries = reinterpret_cast<RealOf<V>*>(matrix);
    for_each_index(team, length, [&](int r) { scatter(entries + r * along * lanes, base, V(vector[r])); });
  }
}

}  // namespace rankfall::kernels
