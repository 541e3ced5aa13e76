#pragma once
// Chains of vectors through the interior factors: what one drawn entry needs instead of products of matrices.
#include "kernels/matrix.hpp"

namespace rankfall::kernels {

// A vector of the chain is handled up to here; what lies beyond its length is zero, in the matrices too.
template <int D>
RANKFALL_HD constexpr int padded_length(int length) {
  constexpr int B = chain_block<D>;
  return D > 0 && D <= 20 ? D : (length + B - 1) / B * B;
}

// out = F v, each sum over k ascending.
template <class V, int D, Team T, class View>
RANKFALL_HD void apply_factor(const T& team, Pitch<D> pitch, View factor, int rows, int columns, View v, View out) {
  constexpr int B = chain_block<D>;
  const int p = pitch.value(), blocks = padded_length<D>(rows) / B, inner = is_tiny<D> ? D : columns;
  for_each_index(team, blocks, [&](int block) {
    const View row = factor + block * B * p;
    V sum[B];
    RANKFALL_UNROLL for (int q = 0; q < B; ++q) sum[q] = V(RealOf<V>(0));
    RANKFALL_UNROLL_DEVICE for (int k = 0; k < inner; ++k) {
      V x = v[k];
      pin(x);
      RANKFALL_UNROLL for (int q = 0; q < B; ++q) sum[q] = mul_add(row[q * p + k], x, sum[q]);
    }
    RANKFALL_UNROLL for (int q = 0; q < B; ++q) out[block * B + q] = sum[q];
  });
}

// out = F^T u and F <- F - u v^T in one pass, so that each entry is loaded once.
template <class V, int D, Team T, class View>
RANKFALL_HD void pull_back_and_update(const T& team, Pitch<D> pitch, View factor, int rows, int columns, View u, View v,
                                      View out) {
  constexpr int B = update_columns<V, D>, R = update_rows<V, D>;
  using Index = std::conditional_t<ValueTraits<V>::lanes == 1, int, std::ptrdiff_t>;
  const Index p = pitch.value(), outer = is_tiny<D> ? D : rows;
  for_each_index(team, padded_length<D>(columns) / B, [&](int block) {
    V sum[B], x[B];
    RANKFALL_UNROLL for (int q = 0; q < B; ++q) {
      sum[q] = V(RealOf<V>(0));
      V value = v[block * B + q];
      pin(value);
      x[q] = value;
    }
    const auto entry = [&](Index r, int q, V y) RANKFALL_INLINE_LAMBDA {
      const Index e = r * p + block * B + q;
      V w = factor[e];
      pin(w);
      sum[q] = mul_add(w, y, sum[q]);
      factor[e] = mul_add(-y, x[q], w);
    };
    const Index whole = outer / R * R;
    RANKFALL_UNROLL_DEVICE for (Index r = 0; r < whole; r += R) {
      V y[R];
      RANKFALL_UNROLL for (int k = 0; k < R; ++k) {
        V value = u[r + k];
        pin(value);
        y[k] = value;
      }
      RANKFALL_UNROLL for (int q = 0; q < B; ++q)
        RANKFALL_UNROLL for (int k = 0; k < R; ++k) entry(r + k, q, y[k]);
    }
    if constexpr (R > 1)
      for (Index r = whole; r < outer; ++r) RANKFALL_UNROLL for (int q = 0; q < B; ++q) entry(r, q, u[r]);
    RANKFALL_UNROLL for (int q = 0; q < B; ++q) out[block * B + q] = sum[q];
  });
}

// Four partial sums, k mod 4, then (0 + 1) + (2 + 3): short chains, one order for every backend.
template <class V, class View>
RANKFALL_HD V dot(View a, View b, int n) {
  V sum[4];
  RANKFALL_UNROLL for (int q = 0; q < 4; ++q) sum[q] = V(RealOf<V>(0));
  const int whole = n / 4 * 4;
  RANKFALL_UNROLL_DEVICE for (int k = 0; k < whole; k += 4)
    RANKFALL_UNROLL for (int q = 0; q < 4; ++q) sum[q] = mul_add(a[k + q], b[k + q], sum[q]);
  RANKFALL_UNROLL for (int q = 0; q < 3; ++q)
    if (whole + q < n) sum[q] = mul_add(a[whole + q], b[whole + q], sum[q]);
  return (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

}  // namespace rankfall::kernels
