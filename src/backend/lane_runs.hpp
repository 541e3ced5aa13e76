#pragma once
// Runs of consecutive numbers, one per lane, to registers that hold one number of every lane, and back: a transposition
// in registers, where a gather or scatter would move one number at a time.
#include <cstring>
#include <utility>

#include "backend/lanes.hpp"

namespace rankfall {

// Shuffles that are one instruction each; a vector counts as sections of 128 bits. Other permutations need their indices in
// a register, and a copy of what they overwrite.
// Units of `unit` elements in turn from a and b: of the lower (high = 0) or upper halves of each section.
template <int unit, int high, class Vector, int... k>
RANKFALL_HD Vector interleave(Vector a, Vector b, std::integer_sequence<int, k...>) {
  constexpr int n = sizeof...(k), section = n / static_cast<int>(sizeof(Vector) / 16);
  return __builtin_shufflevector(
      a, b,
      (k / section * section + (high * section / 2 + k % section / (2 * unit) * unit + k % unit) + k / unit % 2 * n)...);
}
// The even (odd = 0) or odd sections of a, then of b.
template <int odd, class Vector, int... k>
RANKFALL_HD Vector pick(Vector a, Vector b, std::integer_sequence<int, k...>) {
  constexpr int n = sizeof...(k), section = n / static_cast<int>(sizeof(Vector) / 16);
  return __builtin_shufflevector(a, b, ((2 * (k / section) + odd) * section + k % section)...);
}

// n registers of n elements. Inside the sections of as many rows as a section has elements, then the sections.
template <class Vector, int n>
RANKFALL_HD void transpose(Vector (&row)[n]) {
  constexpr int sections = sizeof(Vector) / 16, section = n / sections;
  constexpr std::make_integer_sequence<int, n> all;
  Vector t[n];
  RANKFALL_UNROLL for (int i = 0; i < n; i += 2) {
    t[i] = interleave<1, 0>(row[i], row[i + 1], all);
    t[i + 1] = interleave<1, 1>(row[i], row[i + 1], all);
  }
  if constexpr (section == 4) {
    RANKFALL_UNROLL for (int i = 0; i < n; i += 4) {
      row[i] = interleave<2, 0>(t[i], t[i + 2], all);
      row[i + 1] = interleave<2, 1>(t[i], t[i + 2], all);
      row[i + 2] = interleave<2, 0>(t[i + 1], t[i + 3], all);
      row[i + 3] = interleave<2, 1>(t[i + 1], t[i + 3], all);
    }
    RANKFALL_UNROLL for (int i = 0; i < n; ++i) t[i] = row[i];
  }
  if constexpr (sections == 4) {
    RANKFALL_UNROLL for (int k = 0; k < section; ++k) {
      const Vector even = pick<0>(t[k], t[section + k], all), odd = pick<1>(t[k], t[section + k], all);
      const Vector even2 = pick<0>(t[2 * section + k], t[3 * section + k], all);
      const Vector odd2 = pick<1>(t[2 * section + k], t[3 * section + k], all);
      row[k] = pick<0>(even, even2, all);
      row[section + k] = pick<0>(odd, odd2, all);
      row[2 * section + k] = pick<1>(even, even2, all);
      row[3 * section + k] = pick<1>(odd, odd2, all);
    }
  } else {
    static_assert(sections <= 2);
    RANKFALL_UNROLL for (int k = 0; k < section; ++k) {
      row[k] = t[k];
      if constexpr (sections == 2) {
        row[k] = pick<0>(t[k], t[section + k], all);
        row[section + k] = pick<1>(t[k], t[section + k], all);
      }
    }
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
