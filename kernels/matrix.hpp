#pragma once
// Products of small padded matrices: entry (i, j) of every matrix is element i * pitch + j, zero beyond its extent.
#include <cstddef>

#include "kernels/tiles.hpp"

namespace rankfall::kernels {

// The row pitch of a padded dimension. Rows a multiple of 32 apart, 2 KiB in registers of 64 bytes, would share few
// sets of the cache, and loads would wait for stores that look alike in their last 12 bits.
RANKFALL_HD constexpr int row_pitch(int dimension) { return dimension % 32 == 0 ? dimension + 1 : dimension; }

// The row pitch of every matrix of a replica, each pitch * pitch. D > 0: the padded dimension is the compile-time
// constant D (one of the buckets); D = 0: it is a run-time multiple of 8.
template <int D>
struct Pitch {
  RANKFALL_HD static constexpr int value() { return row_pitch(D); }
};
template <>
struct Pitch<0> {
  int pitch;
  RANKFALL_HD int value() const { return pitch; }
};

template <int D>
RANKFALL_HD constexpr Pitch<D> make_pitch([[maybe_unused]] int pitch) {
  if constexpr (D == 0) return {pitch};
  else return {};
}

enum class Op { none, transpose };

struct Extent {
  int rows, inner, columns;  // op(A) is rows x inner, op(B) is inner x columns
};

// Calls body(element) for every entry of a rows x columns matrix; of a tiny one, for its padding too.
template <int D, Team T, class Body>
RANKFALL_HD void for_each_entry(const T& team, Pitch<D> pitch, int rows, int columns, Body&& body) {
  if constexpr (is_tiny<D> && std::is_same_v<T, SerialTeam>) {
    RANKFALL_UNROLL for (int i = 0; i < D; ++i) RANKFALL_UNROLL for (int j = 0; j < D; ++j) body(i * pitch.value() + j);
  } else {
    for_each_tile(team, rows, columns, [&](int i, int j) { body(i * pitch.value() + j); });
  }
}

template <Op op, class V, class View, class Index>
RANKFALL_HD V operand(View matrix, Index pitch, Index row, Index column) {
  V x = op == Op::none ? matrix[row * pitch + column] : matrix[column * pitch + row];
  pin(x);
  return x;
}

// One R x S tile of op(A) op(B) at (i0, j0), k ascending from zero; inner >= by_row.
template <Op opA, Op opB, class V, int R, int S, int by_row, class View, class Index, class Emit>
RANKFALL_HD void multiply_tile(View A, View B, Index pitch, Index inner, Index i0, Index j0, Emit&& emit) {
  V sum[R][S];
  RANKFALL_UNROLL for (int i = 0; i < R; ++i) RANKFALL_UNROLL for (int j = 0; j < S; ++j) sum[i][j] = V(RealOf<V>(0));
  const Index before = inner - by_row;
  RANKFALL_UNROLL_DEVICE for (Index k = 0; k < before; ++k) {
    V b[S];
    RANKFALL_UNROLL for (int j = 0; j < S; ++j) b[j] = operand<opB, V>(B, pitch, k, j0 + j);
    RANKFALL_UNROLL for (int i = 0; i < R; ++i) {
      const V a = operand<opA, V>(A, pitch, i0 + i, k);
      RANKFALL_UNROLL for (int j = 0; j < S; ++j) sum[i][j] = mul_add(a, b[j], sum[i][j]);
    }
  }
  V b[by_row > 0 ? by_row : 1][S];
  RANKFALL_UNROLL for (int t = 0; t < by_row; ++t)
    RANKFALL_UNROLL for (int j = 0; j < S; ++j) b[t][j] = operand<opB, V>(B, pitch, before + t, j0 + j);
  RANKFALL_UNROLL for (int i = 0; i < R; ++i) {
    RANKFALL_UNROLL for (int t = 0; t < by_row; ++t) {
      const V a = operand<opA, V>(A, pitch, i0 + i, before + t);
      RANKFALL_UNROLL for (int j = 0; j < S; ++j) sum[i][j] = mul_add(a, b[t][j], sum[i][j]);
    }
    RANKFALL_UNROLL for (int j = 0; j < S; ++j) emit((i0 + i) * pitch + j0 + j, sum[i][j]);
  }
}

// Columns j0 .. j0+S-1 of op(A) op(B), K terms of the sums at a time; inner is a multiple of K. In between the sums wait
// in `partial`; the last pass emits them.
template <Op opA, Op opB, class V, int K, int S, int D, class View, class Index, class Emit>
RANKFALL_HD void multiply_panel(View A, View B, Index pitch, Index rows, Index inner, Index j0, Emit&& emit) {
  using Yes = std::true_type;
  using No = std::false_type;
  V partial[D][S];
  const auto pass = [&](Index k0, auto first, auto last) RANKFALL_INLINE_LAMBDA {
    V b[K][S];
    RANKFALL_UNROLL for (int t = 0; t < K; ++t)
      RANKFALL_UNROLL for (int j = 0; j < S; ++j) b[t][j] = operand<opB, V>(B, pitch, k0 + t, j0 + j);
    for (Index i = 0; i < rows; ++i) {
      V sum[S];
      RANKFALL_UNROLL for (int j = 0; j < S; ++j) sum[j] = first ? V(RealOf<V>(0)) : partial[i][j];
      RANKFALL_UNROLL for (int t = 0; t < K; ++t) {
        const V a = operand<opA, V>(A, pitch, i, k0 + t);
        RANKFALL_UNROLL for (int j = 0; j < S; ++j) sum[j] = mul_add(a, b[t][j], sum[j]);
      }
      RANKFALL_UNROLL for (int j = 0; j < S; ++j) {
        if constexpr (last) emit(i * pitch + j0 + j, sum[j]);
        else partial[i][j] = sum[j];
      }
    }
  };
  if (inner == K) {
    pass(0, Yes(), Yes());
    return;
  }
  pass(0, Yes(), No());
  Index k0 = K;
  if constexpr (D > 2 * K)
    for (; k0 + K < inner; k0 += K) pass(k0, No(), No());
  pass(k0, No(), Yes());
}

// The products of a register of lanes. Large ones by blocks of columns, so that a block of B stays in the second level of
// the cache while all rows of A pass by.
template <Op opA, Op opB, class V, int D, class View, class Emit>
RANKFALL_HD void multiply_lanes(Pitch<D> pitch, Extent extent, View A, View B, Emit&& emit) {
  using Index = std::ptrdiff_t;  // int would be widened at every access
  constexpr bool tiny = is_tiny<D>;
  const Index p = pitch.value(), rows = tiny ? D : extent.rows, inner = tiny ? D : extent.inner,
              columns = tiny ? D : extent.columns;
  if constexpr (panel_inner<V, D> > 0)
    if (inner % panel_inner<V, D> == 0) {
      for (Index j = 0; j < columns; j += panel_columns<V, D>)
        multiply_panel<opA, opB, V, panel_inner<V, D>, panel_columns<V, D>, D>(A, B, p, rows, inner, j, emit);
      return;
    }
  const auto tiles = [&](auto by_row) RANKFALL_INLINE_LAMBDA {
    constexpr int R = lane_tile_rows<V, D>, S = lane_tile_columns<V, D>;
    const Index block = D > 0 && D <= 64 ? columns : (block_registers / p + S - 1) / S * S;
    for (Index begin = 0; begin < columns; begin += block) {
      const Index end = begin + block < columns ? begin + block : columns;
      for (Index i = 0; i < rows; i += R)
        for (Index j = begin; j < end; j += S) multiply_tile<opA, opB, V, R, S, by_row>(A, B, p, inner, i, j, emit);
    }
  };
  if (tiny || inner >= terms_by_row<V, D>) tiles(std::integral_constant<int, terms_by_row<V, D>>());
  else tiles(std::integral_constant<int, 0>());
}

// Calls emit(element, sum) for every element of op(A) op(B); each tile belongs to one member of the team. The product
// is never stored unless emit does: residuals and updates ride on it without another pass through memory.
template <Op opA, Op opB, class V, int D, Team T, class View, class Emit>
RANKFALL_HD void multiply(const T& team, Pitch<D> pitch, Extent extent, View A, View B, Emit&& emit) {
  constexpr bool alone = std::is_same_v<T, SerialTeam>;
  if constexpr (alone && ValueTraits<V>::lanes > 1) {
    multiply_lanes<opA, opB, V>(pitch, extent, A, B, emit);
  } else {
    constexpr int R = alone ? thread_tile_rows<D> : team_tile_rows(D),
                  S = alone ? thread_tile_columns<D> : team_tile_columns(D);
    const int row_tiles = is_tiny<D> ? D / (D > 0 ? R : 1) : (extent.rows + R - 1) / R;
    const int column_tiles = is_tiny<D> ? D / (D > 0 ? S : 1) : (extent.columns + S - 1) / S;
    const int inner = is_tiny<D> ? D : extent.inner;
    constexpr int last = D > R ? D % R : 0;  // rows of a last, lower row of tiles
    static_assert(D == 0 || D % S == 0);
    for_each_tile(team, row_tiles, column_tiles, [&](int i, int j) {
      if constexpr (last > 0)
        if (i == D / R) {
          multiply_tile<opA, opB, V, last, S, 0>(A, B, pitch.value(), inner, i * R, j * S, emit);
          return;
        }
      multiply_tile<opA, opB, V, R, S, 0>(A, B, pitch.value(), inner, i * R, j * S, emit);
    });
  }
}

}  // namespace rankfall::kernels
