#pragma once
// The widest registers of this build, and one that holds a 32-bit word of every replica.
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <utility>
#if defined(__AVX2__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"  // g++ 12 on its own _mm512_undefined
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop
#endif

#include "kernels/scalar.hpp"

namespace rankfall {

#if defined(__AVX512F__) && defined(__AVX512DQ__)
inline constexpr int register_bytes = 64, simd_registers = 32;
inline constexpr const char* instruction_set = "avx512";
#elif defined(__AVX2__) && defined(__FMA__)
inline constexpr int register_bytes = 32, simd_registers = 16;
inline constexpr const char* instruction_set = "avx2";
#else
#if defined(__aarch64__)
inline constexpr int register_bytes = 16, simd_registers = 32;
#else
inline constexpr int register_bytes = 16, simd_registers = 16;
#endif
inline constexpr const char* instruction_set = "128-bit";
#endif

// A vector of `bytes` bytes of T. A struct of its own: inside a template the attribute is lost on a dependent alias.
template <class T, int bytes>
struct SimdVector {
  using type [[gnu::vector_size(bytes)]] = T;
};
template <class T, int bytes> using SimdVectorOf = typename SimdVector<T, bytes>::type;

// N 32-bit words, one per lane.
template <int N>
struct WordLanes {
  using Vector = SimdVectorOf<std::uint32_t, 4 * N>;
  Vector v;

  WordLanes() = default;
  RANKFALL_HD explicit WordLanes(std::uint32_t word) : v(Vector{} + word) {}
  RANKFALL_HD explicit WordLanes(Vector words) : v(words) {}

  struct Mask {
    SimdVectorOf<std::int32_t, 4 * N> v;
  };
  RANKFALL_HD friend WordLanes operator+(WordLanes a, WordLanes b) { return WordLanes(a.v + b.v); }
  RANKFALL_HD friend WordLanes operator*(WordLanes a, WordLanes b) { return WordLanes(a.v * b.v); }
  RANKFALL_HD friend WordLanes operator^(WordLanes a, WordLanes b) { return WordLanes(a.v ^ b.v); }
  RANKFALL_HD friend WordLanes operator&(WordLanes a, WordLanes b) { return WordLanes(a.v & b.v); }
  RANKFALL_HD friend WordLanes operator|(WordLanes a, WordLanes b) { return WordLanes(a.v | b.v); }
  RANKFALL_HD friend WordLanes operator>>(WordLanes a, int bits) { return WordLanes(a.v >> bits); }
  RANKFALL_HD friend WordLanes operator<<(WordLanes a, int bits) { return WordLanes(a.v << bits); }
  RANKFALL_HD friend Mask operator==(WordLanes a, WordLanes b) { return {a.v == b.v}; }
  RANKFALL_HD friend WordLanes select(Mask mask, WordLanes a, WordLanes b) { return WordLanes(mask.v ? a.v : b.v); }
  RANKFALL_HD friend bool any(Mask mask) {
    std::int32_t bits = 0;
    for (int q = 0; q < N; ++q) bits |= mask.v[q];
    return bits != 0;
  }
  RANKFALL_HD friend void lane_numbers(WordLanes& words) {
    for (int q = 0; q < N; ++q) words.v[q] = static_cast<std::uint32_t>(q);
  }
  RANKFALL_HD friend void gather(const std::uint32_t* base, WordLanes index, WordLanes& value) {
#if defined(__AVX512F__)
    if constexpr (N == 16) {
      value.v = Vector(_mm512_i32gather_epi32(__m512i(index.v), base, 4));
      return;
    }
#endif
#if defined(__AVX2__)
    if constexpr (N == 8) {
      value.v = Vector(_mm256_i32gather_epi32(reinterpret_cast<const int*>(base), __m256i(index.v), 4));
      return;
    }
#endif
    for (int q = 0; q < N; ++q) value.v[q] = base[index.v[q]];
  }
  RANKFALL_HD friend void look_up(const std::uint32_t* table, [[maybe_unused]] std::uint32_t size, WordLanes index,
                                  WordLanes& value) {
#if defined(__AVX512F__)
    if constexpr (N == 16) {
      const auto half = [&](int first) {
        return _mm512_permutex2var_epi32(_mm512_loadu_si512(table + first), __m512i(index.v),
                                         _mm512_loadu_si512(table + first + 16));
      };
      __m512i found = half(0);
      if (size > 32)
        found = _mm512_mask_blend_epi32(_mm512_test_epi32_mask(__m512i(index.v), _mm512_set1_epi32(32)), found, half(32));
      value.v = Vector(found);
      return;
    }
#endif
    gather(table, index, value);
  }
  RANKFALL_HD friend void multiply_high_low(WordLanes a, std::uint32_t multiplier, WordLanes& high, WordLanes& low) {
#if defined(__AVX512F__)
    if constexpr (N == 16) {
      const __m512i m = _mm512_set1_epi32(static_cast<int>(multiplier)), words = __m512i(a.v);
      const __m512i even = _mm512_mul_epu32(words, m), odd = _mm512_mul_epu32(_mm512_srli_epi64(words, 32), m);
      high.v = Vector(_mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd));
      low.v = Vector(_mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32)));
      return;
    }
#endif
#if defined(__AVX2__)
    if constexpr (N == 8) {
      const __m256i m = _mm256_set1_epi32(static_cast<int>(multiplier)), words = __m256i(a.v);
      const __m256i even = _mm256_mul_epu32(words, m), odd = _mm256_mul_epu32(_mm256_srli_epi64(words, 32), m);
      high.v = Vector(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA));
      low.v = Vector(_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA));
      return;
    }
#endif
    for (int q = 0; q < N; ++q) {
      const std::uint64_t product = std::uint64_t{a.v[q]} * multiplier;
      high.v[q] = static_cast<std::uint32_t>(product >> 32);
      low.v[q] = static_cast<std::uint32_t>(product);
    }
  }
};

}  // namespace rankfall
