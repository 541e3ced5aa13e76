#pragma once
// Products of small padded matrices: entry (i, j) of every matrix is element i * pitch + j, zero beyond its extent.
#include "kernels/scalar.hpp"

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

// Register tile of a product: accumulators, one row of operands and one more fill 32 registers at most, and 16 or more
// accumulators hide the latency of the fused multiply-add. Where it does not divide D, the last tiles are smaller.
// A tall tile reads B less often, which counts where matrices live in the second level of the cache.
template <int D> inline constexpr int tile_rows =
    D == 0 ? 4 : D <= 5 ? D : D == 6 ? 3 : D % 5 == 0 ? 5 : D >= 32 ? 6 : 4;
template <int D> inline constexpr int tile_columns =
    D == 0 ? 4 : D <= 6 ? D : D % 5 == 0 ? 5 : D % 6 == 0 && D < 32 ? 6 : 4;
// Of a team, whose operands come from shared memory: large tiles, since that memory delivers a fused multiply-add's worth
// of operands too slowly for small ones, and as many as the threads of a team of 4, 16, 32, 64 or 256.
RANKFALL_HD constexpr int team_tile_rows(int d) {
  return d == 0 ? 4 : d <= 5 ? d : d % 64 == 0 ? 8 : d == 100 ? 10 : d % 32 == 0 ? 8 : d % 6 == 0 ? 6 : d % 5 == 0 ? 5 : 4;
}
RANKFALL_HD constexpr int team_tile_columns(int d) {
  return d == 0 ? 4 : d <= 5 ? d : d >= 48 && d % 8 == 0 ? 8 : d % 32 == 0 ? 4 : d % 5 == 0 ? 5 : d % 6 == 0 ? 6 : 4;
}
// Up to here loops over a matrix run over the constant D, unrolled; above, over the run-time extent.
template <int D> inline constexpr bool is_tiny = D > 0 && D <= 6;

// Calls body(element) for every entry of a rows x columns matrix; of a tiny one, for its padding too.
template <int D, Team T, class Body>
RANKFALL_HD void for_each_entry(const T& team, Pitch<D> pitch, int rows, int columns, Body&& body) {
  if constexpr (is_tiny<D> && std::is_same_v<T, SerialTeam>) {
    RANKFALL_UNROLL for (int i = 0; i < D; ++i) RANKFALL_UNROLL for (int j = 0; j < D; ++j) body(i * pitch.value() + j);
  } else {
    for_each_tile(team, rows, columns, [&](int i, int j) { body(i * pitch.value() + j); });
  }
}

// One R x S tile of op(A) op(B) at (i0, j0), k ascending from zero.
template <Op opA, Op opB, class V, int R, int S, class View, class Emit>
RANKFALL_HD void multiply_tile(View A, View B, int pitch, int inner, int i0, int j0, Emit&& emit) {
  V sum[R][S];
  RANKFALL_UNROLL for (int i = 0; i < R; ++i) RANKFALL_UNROLL for (int j = 0; j < S; ++j) sum[i][j] = V(RealOf<V>(0));
  RANKFALL_UNROLL_DEVICE for (int k = 0; k < inner; ++k) {
    V b[S];
    RANKFALL_UNROLL for (int j = 0; j < S; ++j) {
      V x = opB == Op::none ? B[k * pitch + j0 + j] : B[(j0 + j) * pitch + k];
      pin(x);
      b[j] = x;
    }
    RANKFALL_UNROLL for (int i = 0; i < R; ++i) {
      V a = opA == Op::none ? A[(i0 + i) * pitch + k] : A[k * pitch + i0 + i];
      pin(a);
      RANKFALL_UNROLL for (int j = 0; j < S; ++j) sum[i][j] = mul_add(a, b[j], sum[i][j]);
    }
  }
  RANKFALL_UNROLL for (int i = 0; i < R; ++i)
    RANKFALL_UNROLL for (int j = 0; j < S; ++j) emit((i0 + i) * pitch + j0 + j, sum[i][j]);
}

// Calls emit(element, sum) for every element of op(A) op(B); each tile belongs to one member of the team. The product
// is never stored unless emit does: residuals and updates ride on it without another pass through memory.
template <Op opA, Op opB, class V, int D, Team T, class View, class Emit>
RANKFALL_HD void multiply(const T& team, Pitch<D> pitch, Extent extent, View A, View B, Emit&& emit) {
  constexpr bool alone = std::is_same_v<T, SerialTeam>;
  constexpr int R = alone ? tile_rows<D> : team_tile_rows(D), S = alone ? tile_columns<D> : team_tile_columns(D);
  const int row_tiles = is_tiny<D> ? D / (D > 0 ? R : 1) : (extent.rows + R - 1) / R;
  const int column_tiles = is_tiny<D> ? D / (D > 0 ? S : 1) : (extent.columns + S - 1) / S;
  const int inner = is_tiny<D> ? D : extent.inner;
  constexpr int last = D > R ? D % R : 0;  // rows of a last, lower row of tiles
  static_assert(D == 0 || D % S == 0);
  for_each_tile(team, row_tiles, column_tiles, [&](int i, int j) {
    if constexpr (last > 0)
      if (i == D / R) {
        multiply_tile<opA, opB, V, last, S>(A, B, pitch.value(), inner, i * R, j * S, emit);
        return;
      }
    multiply_tile<opA, opB, V, R, S>(A, B, pitch.value(), inner, i * R, j * S, emit);
  });
}

}  // namespace rankfall::kernels
