#pragma once
// Runs of consecutive numbers, one per lane, to registers that hold one number of every lane, and back: a transposition
// in registers, where a gather or scatter would move one number at a time.
#include <cstring>
#include <utility>

#include "backend/lanes.hpp"

namespace rankfall {

// The lower (upper) halves of a and b, element by element in turn.
template <class Vector, int... k>
RANKFALL_HD void interleave(Vector a, Vector b, Vector& lower, Vector& upper, std::integer_sequence<int, k...>) {
  constexpr int n = sizeof...(k);
  lower = __builtin_shufflevector(a, b, (k / 2 + k % 2 * n)...);
  upper = __builtin_shufflevector(a, b, (n / 2 + k / 2 + k % 2 * n)...);
}

// log2(n) perfect shuffles of n registers of n elements.
template <class Vector, int n>
RANKFALL_HD void transpose(Vector (&row)[n]) {
  Vector shuffled[n];
  RANKFALL_UNROLL for (int width = 1; width < n; width *= 2) {
    RANKFALL_UNROLL for (int i = 0; i < n / 2; ++i)
      interleave(row[i], row[i + n / 2], shuffled[2 * i], shuffled[2 * i + 1], std::make_integer_sequence<int, n>());
    RANKFALL_UNROLL for (int i = 0; i < n; ++i) row[i] = shuffled[i];
  }
}

// The first `count` elements at p, zero beyond; nothing else is read.
template <class R>
RANKFALL_HD typename Lanes<R>::Vector load_first(const R* p, int count) {
#if defined(__AVX512F__)
  if constexpr (register_bytes == 64 && sizeof(R) == 4)
    return typename Lanes<R>::Vector(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1u), p));
  if constexpr (register_bytes == 64 && sizeof(R) == 8)
    return typename Lanes<R>::Vector(_mm512_maskz_loadu_pd(static_cast<__mmask8>((1u << count) - 1u), p));
#endif
  typename Lanes<R>::Vector v{};
  std::memcpy(&v, p, static_cast<std::size_t>(count) * sizeof(R));
  return v;
}

template <class R>
RANKFALL_HD void store_first(R* p, int count, typename Lanes<R>::Vector v) {
#if defined(__AVX512F__)
  if constexpr (register_bytes == 64) {
    if constexpr (sizeof(R) == 4) _mm512_mask_storeu_ps(p, static_cast<__mmask16>((1u << count) - 1u), __m512(v));
    if constexpr (sizeof(R) == 8) _mm512_mask_storeu_pd(p, static_cast<__mmask8>((1u << count) - 1u), __m512d(v));
    return;
  }
#endif
  std::memcpy(p, &v, static_cast<std::size_t>(count) * sizeof(R));
}

// kernels/scalar.hpp says what they do.
template <class R>
RANKFALL_HD void gather_run(const R* base, typename Lanes<R>::Words offset, int count, Lanes<R>* out) {
  constexpr int n = Lanes<R>::count;
  std::uint32_t at[n];
  std::memcpy(at, &offset, sizeof at);
  typename Lanes<R>::Vector row[n];
  RANKFALL_UNROLL for (int q = 0; q < n; ++q) row[q] = load_first(base + at[q], count);
  transpose(row);
  RANKFALL_UNROLL for (int r = 0; r < n; ++r)
    if (r < count) out[r].v = row[r];
}

template <class R>
RANKFALL_HD void scatter_run(R* base, typename Lanes<R>::Words offset, int count, const Lanes<R>* in) {
  constexpr int n = Lanes<R>::count;
  std::uint32_t at[n];
  std::memcpy(at, &offset, sizeof at);
  typename Lanes<R>::Vector row[n];
  RANKFALL_UNROLL for (int r = 0; r < n; ++r) row[r] = r < count ? in[r].v : typename Lanes<R>::Vector{};
  transpose(row);
  RANKFALL_UNROLL for (int q = 0; q < n; ++q) store_first(base + at[q], count, row[q]);
}

}  // namespace rankfall
