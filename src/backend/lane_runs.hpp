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
#if defined(__AVX512F__)
  if constexpr (sizeof(Vector) == 64) return Vector(_mm512_shuffle_f32x4(__m512(a), __m512(b), odd == 0 ? 0x88 : 0xDD));
#endif
  constexpr int n = sizeof...(k), section = n / static_cast<int>(sizeof(Vector) / 16);
  return __builtin_shufflevector(a, b, ((2 * (k / section) + odd) * section + k % section)...);
}

// Transposes what as many rows as a section has elements hold in each section; `rows` is a multiple of that.
template <int n, class Vector, int rows>
RANKFALL_HD void transpose_sections(Vector (&row)[rows]) {
  constexpr int section = n / static_cast<int>(sizeof(Vector) / 16);
  constexpr std::make_integer_sequence<int, n> all;
  static_assert(section == 2 || section == 4);
  Vector t[rows];
  RANKFALL_UNROLL for (int i = 0; i < rows; i += 2) {
    t[i] = interleave<1, 0>(row[i], row[i + 1], all);
    t[i + 1] = interleave<1, 1>(row[i], row[i + 1], all);
  }
  RANKFALL_UNROLL for (int i = 0; i < rows; ++i) row[i] = t[i];
  if constexpr (section == 4) {
    RANKFALL_UNROLL for (int i = 0; i < rows; i += 4) {
      row[i] = interleave<2, 0>(t[i], t[i + 2], all);
      row[i + 1] = interleave<2, 1>(t[i], t[i + 2], all);
      row[i + 2] = interleave<2, 0>(t[i + 1], t[i + 3], all);
      row[i + 3] = interleave<2, 1>(t[i + 1], t[i + 3], all);
    }
  }
}

// n registers of n elements.
template <class Vector, int n>
RANKFALL_HD void transpose(Vector (&row)[n]) {
  constexpr int sections = sizeof(Vector) / 16, section = n / sections;
  constexpr std::make_integer_sequence<int, n> all;
  transpose_sections<n>(row);
  Vector t[n];
  RANKFALL_UNROLL for (int i = 0; i < n; ++i) t[i] = row[i];
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

#if defined(__AVX512F__)
// Runs that a section or two of a register hold: the sections of several lanes side by side in one register need fewer
// shuffles than a register for each lane's run.
template <class R>
struct ShortRuns {
  static constexpr int n = Lanes<R>::count, section = n / 4;  // elements of a section of 128 bits
  using Vector = typename Lanes<R>::Vector;
  using Half = SimdVectorOf<R, 32>;
  using Quarter = SimdVectorOf<R, 16>;

  template <class Piece>
  RANKFALL_HD static Piece load(const R* p, int count) {
    Piece piece{};
    if (count * sizeof(R) == sizeof piece) std::memcpy(&piece, p, sizeof piece);
    else if constexpr (sizeof(Piece) == 16 && sizeof(R) == 4) piece = Piece(_mm_maskz_loadu_ps(first(count), p));
    else if constexpr (sizeof(Piece) == 16) piece = Piece(_mm_maskz_loadu_pd(first(count), p));
    else if constexpr (sizeof(R) == 4) piece = Piece(_mm256_maskz_loadu_ps(first(count), p));
    else piece = Piece(_mm256_maskz_loadu_pd(first(count), p));
    return piece;
  }
  template <class Piece>
  RANKFALL_HD static void store(R* p, int count, Piece piece) {
    if (count * sizeof(R) == sizeof piece) std::memcpy(p, &piece, sizeof piece);
    else if constexpr (sizeof(Piece) == 16 && sizeof(R) == 4) _mm_mask_storeu_ps(p, first(count), __m128(piece));
    else if constexpr (sizeof(Piece) == 16) _mm_mask_storeu_pd(p, first(count), __m128d(piece));
    else if constexpr (sizeof(R) == 4) _mm256_mask_storeu_ps(p, first(count), __m256(piece));
    else _mm256_mask_storeu_pd(p, first(count), __m256d(piece));
  }

  // count <= section: section q of register k is the run of lane section * q + k.
  RANKFALL_HD static void gather_sections(const R* base, const std::uint32_t* at, int count, Lanes<R>* out) {
    Vector row[section];
    RANKFALL_UNROLL for (int k = 0; k < section; ++k) {
      const auto piece = [&](int q) { return __m512(widen(load<Quarter>(base + at[section * q + k], count))); };
      __m512 joined = piece(0);
      joined = _mm512_insertf32x4(joined, _mm512_castps512_ps128(piece(1)), 1);
      joined = _mm512_insertf32x4(joined, _mm512_castps512_ps128(piece(2)), 2);
      joined = _mm512_insertf32x4(joined, _mm512_castps512_ps128(piece(3)), 3);
      row[k] = Vector(joined);
    }
    transpose_sections<n>(row);
    RANKFALL_UNROLL for (int r = 0; r < section; ++r)
      if (r < count) out[r].v = row[r];
  }
  RANKFALL_HD static void scatter_sections(R* base, const std::uint32_t* at, int count, const Lanes<R>* in) {
    Vector row[section];
    RANKFALL_UNROLL for (int r = 0; r < section; ++r) row[r] = r < count ? in[r].v : Vector{};
    transpose_sections<n>(row);
    RANKFALL_UNROLL for (int k = 0; k < section; ++k) {
      store(base + at[k], count, Quarter(_mm512_castps512_ps128(__m512(row[k]))));
      store(base + at[section + k], count, Quarter(_mm512_extractf32x4_ps(__m512(row[k]), 1)));
      store(base + at[2 * section + k], count, Quarter(_mm512_extractf32x4_ps(__m512(row[k]), 2)));
      store(base + at[3 * section + k], count, Quarter(_mm512_extractf32x4_ps(__m512(row[k]), 3)));
    }
  }

  // section < count <= 2 sections: the halves of register section * g + k are the runs of lanes 2 section * g + k and
  // section later.
  RANKFALL_HD static void gather_halves(const R* base, const std::uint32_t* at, int count, Lanes<R>* out) {
    constexpr std::make_integer_sequence<int, n> all;
    Vector row[2 * section];
    RANKFALL_UNROLL for (int i = 0; i < 2 * section; ++i) {
      const int lane = i / section * 2 * section + i % section;
      const Half low = load<Half>(base + at[lane], count), high = load<Half>(base + at[lane + section], count);
      row[i] = Vector(_mm512_insertf64x4(_mm512_castpd256_pd512(__m256d(low)), __m256d(high), 1));
    }
    transpose_sections<n>(row);
    RANKFALL_UNROLL for (int r = 0; r < section; ++r) {
      out[r].v = pick<0>(row[r], row[section + r], all);
      if (section + r < count) out[section + r].v = pick<1>(row[r], row[section + r], all);
    }
  }
  RANKFALL_HD static void scatter_halves(R* base, const std::uint32_t* at, int count, const Lanes<R>* in) {
    constexpr std::make_integer_sequence<int, n> all;
    Vector row[2 * section];
    RANKFALL_UNROLL for (int r = 0; r < section; ++r) {
      const Vector upper = section + r < count ? in[section + r].v : Vector{};
      row[r] = alternate<0>(in[r].v, upper, all);
      row[section + r] = alternate<1>(in[r].v, upper, all);
    }
    transpose_sections<n>(row);
    RANKFALL_UNROLL for (int i = 0; i < 2 * section; ++i) {
      const int lane = i / section * 2 * section + i % section;
      store(base + at[lane], count, Half(_mm512_castpd512_pd256(__m512d(row[i]))));
      store(base + at[lane + section], count, Half(_mm512_extractf64x4_pd(__m512d(row[i]), 1)));
    }
  }

 private:
  RANKFALL_HD static __mmask8 first(int count) { return static_cast<__mmask8>((1u << count) - 1u); }
  RANKFALL_HD static __m512 widen(Quarter piece) { return _mm512_castps128_ps512(__m128(piece)); }
  // Sections of a and b in turn, of the lower or upper halves.
  template <int high, int... k>
  RANKFALL_HD static Vector alternate(Vector a, Vector b, std::integer_sequence<int, k...>) {
    return __builtin_shufflevector(
        a, b, ((2 * high + k / section / 2) * section + k % section + k / section % 2 * n)...);
  }
};
#endif

// kernels/scalar.hpp says what they do.
template <class R>
RANKFALL_HD void gather_run(const R* base, typename Lanes<R>::Words offset, int count, Lanes<R>* out) {
  constexpr int n = Lanes<R>::count;
  std::uint32_t at[n];
  std::memcpy(at, &offset, sizeof at);
#if defined(__AVX512F__)
  if constexpr (register_bytes == 64) {
    if (count <= n / 4) return ShortRuns<R>::gather_sections(base, at, count, out);
    if (count <= n / 2) return ShortRuns<R>::gather_halves(base, at, count, out);
  }
#endif
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
#if defined(__AVX512F__)
  if constexpr (register_bytes == 64) {
    if (count <= n / 4) return ShortRuns<R>::scatter_sections(base, at, count, in);
    if (count <= n / 2) return ShortRuns<R>::scatter_halves(base, at, count, in);
  }
#endif
  typename Lanes<R>::Vector row[n];
  RANKFALL_UNROLL for (int r = 0; r < n; ++r) row[r] = r < count ? in[r].v : typename Lanes<R>::Vector{};
  transpose(row);
  RANKFALL_UNROLL for (int q = 0; q < n; ++q) store_first(base + at[q], count, row[q]);
}

}  // namespace rankfall
