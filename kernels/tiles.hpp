#pragma once
// How the products of each padded dimension D (0: any multiple of 8) are cut into tiles. docs/performance.md has what each
// choice gained.
#include "kernels/scalar.hpp"

namespace rankfall::kernels {

// Up to here loops over a matrix run over the constant D, unrolled; above, over the run-time extent.
template <int D> inline constexpr bool is_tiny = D > 0 && D <= 6;

// The largest divisor of n that is at most `at_most`.
RANKFALL_HD constexpr int largest_divisor(int n, int at_most) {
  int divisor = n < at_most ? n : at_most;
  while (n % divisor != 0) --divisor;
  return divisor;
}

// A thread of a GPU by itself: accumulators, one row of operands and one more.
template <int D> inline constexpr int thread_tile_rows =
    D == 0 ? 4 : D <= 5 ? D : D == 6 ? 3 : D % 5 == 0 ? 5 : D >= 32 ? 6 : 4;
template <int D> inline constexpr int thread_tile_columns =
    D == 0 ? 4 : D <= 6 ? D : D % 5 == 0 ? 5 : D % 6 == 0 && D < 32 ? 6 : 4;

// Of a team, whose operands come from shared memory: large tiles, since that memory delivers a fused multiply-add's worth
// of operands too slowly for small ones, and as many as the threads of a team of 4, 16, 32, 64 or 256.
RANKFALL_HD constexpr int team_tile_rows(int d) {
  return d == 0 ? 4 : d <= 5 ? d : d % 64 == 0 ? 8 : d == 100 ? 10 : d % 32 == 0 ? 8 : d % 6 == 0 ? 6 : d % 5 == 0 ? 5 : 4;
}
RANKFALL_HD constexpr int team_tile_columns(int d) {
  return d == 0 ? 4 : d <= 5 ? d : d >= 48 && d % 8 == 0 ? 8 : d % 32 == 0 ? 4 : d % 5 == 0 ? 5 : d % 6 == 0 ? 6 : 4;
}

// A register of lanes, of which there are 32 or 16: what a tile keeps must fit, or every k goes through the stack.
// Up to this size by panels: inner x columns of B stay in registers while the rows of A and of the sums pass by, so that
// stores are spread evenly. 0: by tiles, which read and write less where k is long.
template <class V>
inline constexpr bool many_registers = ValueTraits<V>::registers >= 32;
template <class V, int D>
inline constexpr int panel_inner = D < 5 || D > 16 ? 0 : largest_divisor(D, D == 12 ? 6 : D == 16 ? 4 : D == 8 ? 4 : 6);
template <class V, int D>
inline constexpr int panel_columns =
    largest_divisor(D, !many_registers<V> ? 2 : D == 6 ? 3 : panel_inner<V, D> == 5 ? 5 : 4);
template <class V, int D>
inline constexpr int lane_tile_rows = D == 0 ? 4 : largest_divisor(D, D % 5 == 0 && !many_registers<V> ? 5 : 4);
template <class V, int D>
inline constexpr int lane_tile_columns =
    !many_registers<V> && D > 4 ? largest_divisor(D, 2) : D == 0 ? 4 : D % 5 == 0 ? 5 : largest_divisor(D, 4);
// The last so many terms of a tile's sums are added row by row, each row emitted when it is complete: where stores come in
// a burst after all sums, the multiply-adds behind them wait (two stores in five multiply-adds are free).
template <class V, int D>
inline constexpr int terms_by_row = D > 0 && D <= 4 ? D : panel_inner<V, D> > 0 ? 0 : 2;
// Registers of B that a block of columns may take: 256 KiB, a part of the second level of the cache.
inline constexpr int block_registers = 4096;

// Chains of vectors (chain.hpp). Rows of an interior factor that one item of work covers in F v: enough accumulators to hide
// latency.
template <int D> inline constexpr int chain_block = D == 0 ? 8 : largest_divisor(D, D <= 12 ? 12 : 10);
// Columns that one item covers in the update, and rows that it takes at a time, one column of them after another: stores to
// neighbouring registers in a row would come at half the rate. (A thread by itself has a row of them in registers.)
template <class V, int D>
inline constexpr int update_columns =
    ValueTraits<V>::lanes == 1 ? chain_block<D>
    : D == 0                   ? 4
                               : largest_divisor(D, D == 10 ? 2 : D % 5 == 0 ? 5 : D % 6 == 0 ? 6 : 4);
// An update by several drawn entries at once: a tile stays in registers while the draws pass by.
template <int D>
inline constexpr int batch_tile_rows = largest_divisor(chain_block<D>, chain_block<D> % 5 == 0 ? 5 : 4);
template <class V, int D>
inline constexpr int batch_tile_columns = many_registers<V> ? batch_tile_rows<D> : largest_divisor(chain_block<D>, 2);
template <class V, int D>
inline constexpr int update_rows = ValueTraits<V>::lanes == 1 ? 1 : D == 0 ? 8 : largest_divisor(D, D <= 12 ? 12 : 10);

}  // namespace rankfall::kernels
