#pragma once
// One SIMD register that holds the same matrix entry of several replicas: the CPU's model of a kernel Value.
// Built on the compilers' vector extension (GCC and clang), so that an unoptimised build is still fast enough to test;
// intrinsics only where the extension has no word for an instruction. Without them the same bits come from loops.
#include "backend/word_lanes.hpp"

namespace rankfall {

template <class R>
struct Lanes {
  static constexpr int count = register_bytes / static_cast<int>(sizeof(R));
  using Vector = SimdVectorOf<R, register_bytes>;
  using Words = WordLanes<count>;
  Vector v;

  struct Mask {
    SimdVectorOf<std::conditional_t<sizeof(R) == 4, std::int32_t, std::int64_t>, register_bytes> v;
    RANKFALL_HD friend Mask operator&(Mask a, Mask b) { return {a.v & b.v}; }
    RANKFALL_HD friend Mask operator|(Mask a, Mask b) { return {a.v | b.v}; }
    RANKFALL_HD friend bool any(Mask mask) {
#if defined(__AVX512F__)
      if constexpr (register_bytes == 64) return _mm512_test_epi64_mask(__m512i(mask.v), __m512i(mask.v)) != 0;
#endif
      std::int64_t bits = 0;
      for (int q = 0; q < count; ++q) bits |= mask.v[q];
      return bits != 0;
    }
  };

  Lanes() = default;
  RANKFALL_HD Lanes(R x) : v(Vector{} + x) {}
  RANKFALL_HD explicit Lanes(Vector x) : v(x) {}
  RANKFALL_HD friend Lanes operator+(Lanes a, Lanes b) { return Lanes(a.v + b.v); }
  RANKFALL_HD friend Lanes operator-(Lanes a, Lanes b) { return Lanes(a.v - b.v); }
  RANKFALL_HD friend Lanes operator*(Lanes a, Lanes b) { return Lanes(a.v * b.v); }
  RANKFALL_HD friend Lanes operator/(Lanes a, Lanes b) { return Lanes(a.v / b.v); }
  RANKFALL_HD Lanes operator-() const { return Lanes(-v); }
  RANKFALL_HD friend Mask operator<(Lanes a, Lanes b) { return {a.v < b.v}; }
  RANKFALL_HD friend Mask operator<=(Lanes a, Lanes b) { return {a.v <= b.v}; }
  RANKFALL_HD friend Lanes leading(Lanes a) { return a; }
  RANKFALL_HD friend Lanes select(Mask mask, Lanes a, Lanes b) { return Lanes(mask.v ? a.v : b.v); }
  RANKFALL_HD friend Lanes absolute(Lanes a) { return Lanes(a.v < Vector{} ? -a.v : a.v + Vector{}); }

  RANKFALL_HD friend Lanes mul_add(Lanes a, Lanes b, Lanes c) {
#if defined(__AVX512F__)
    if constexpr (register_bytes == 64 && sizeof(R) == 4)
      return Lanes(Vector(_mm512_fmadd_ps(__m512(a.v), __m512(b.v), __m512(c.v))));
    if constexpr (register_bytes == 64 && sizeof(R) == 8)
      return Lanes(Vector(_mm512_fmadd_pd(__m512d(a.v), __m512d(b.v), __m512d(c.v))));
#elif defined(__FMA__) && defined(__AVX2__)
    if constexpr (register_bytes == 32 && sizeof(R) == 4)
      return Lanes(Vector(_mm256_fmadd_ps(__m256(a.v), __m256(b.v), __m256(c.v))));
    if constexpr (register_bytes == 32 && sizeof(R) == 8)
      return Lanes(Vector(_mm256_fmadd_pd(__m256d(a.v), __m256d(b.v), __m256d(c.v))));
#endif
    Lanes result;
    for (int q = 0; q < count; ++q) result.v[q] = kernels::mul_add(a.v[q], b.v[q], c.v[q]);
    return result;
  }
  RANKFALL_HD friend Lanes square_root(Lanes a) {
    Lanes result;
    for (int q = 0; q < count; ++q) result.v[q] = kernels::square_root(a.v[q]);
    return result;
  }
  // g++ 12 would reload a tile's operand from memory at every use, at half the speed; this keeps it in its register.
  RANKFALL_HD friend void pin(Lanes& x) { asm("" : "+v"(x.v)); }

  // Not by adding the number to zeros, which would take an instruction.
  RANKFALL_HD friend void broadcast(R number, Lanes& value) { value.v = number - Vector{}; }

  RANKFALL_HD friend void gather(const R* base, Words index, Lanes& value) {
#if defined(__AVX512F__)
    if constexpr (register_bytes == 64) {
      if constexpr (sizeof(R) == 4) value.v = Vector(_mm512_i32gather_ps(__m512i(index.v), base, 4));
      if constexpr (sizeof(R) == 8) value.v = Vector(_mm512_i32gather_pd(__m256i(index.v), base, 8));
      return;
    }
#endif
    for (int q = 0; q < count; ++q) value.v[q] = base[index.v[q]];
  }
  RANKFALL_HD friend void look_up(const R* table, std::uint32_t size, Words index, Lanes& value) {
    if constexpr (sizeof(R) == sizeof(std::uint32_t) && register_bytes == 64) {
      Words bits;
      look_up(reinterpret_cast<const std::uint32_t*>(table), size, index, bits);
      value.v = Vector(bits.v);
    } else {
      gather(table, index, value);
    }
  }
  RANKFALL_HD friend void scatter(R* base, Words index, Lanes value) {
#if defined(__AVX512F__)
    if constexpr (register_bytes == 64) {
      if constexpr (sizeof(R) == 4) _mm512_i32scatter_ps(base, __m512i(index.v), __m512(value.v), 4);
      if constexpr (sizeof(R) == 8) _mm512_i32scatter_pd(base, __m256i(index.v), __m512d(value.v), 8);
      return;
    }
#endif
    for (int q = 0; q < count; ++q) base[index.v[q]] = value.v[q];
  }
  // destination = value in the lanes of a mask over words.
  RANKFALL_HD friend void store_where(typename Words::Mask mask, Lanes value, Lanes& destination) {
#if defined(__AVX512F__)
    if constexpr (register_bytes == 64) {
      if constexpr (sizeof(R) == 4)
        _mm512_mask_store_ps(&destination, _mm512_movepi32_mask(__m512i(mask.v)), __m512(value.v));
      if constexpr (sizeof(R) == 8)
        _mm512_mask_store_pd(&destination, _mm512_movepi64_mask(_mm512_cvtepi32_epi64(__m256i(mask.v))),
                             __m512d(value.v));
      return;
    }
#endif
    destination = select(mask, value, destination);
  }
  RANKFALL_HD friend Lanes select(typename Words::Mask mask, Lanes a, Lanes b) {
    using Integer = std::conditional_t<sizeof(R) == 4, std::int32_t, std::int64_t>;
    return Lanes(__builtin_convertvector(mask.v, SimdVectorOf<Integer, register_bytes>) ? a.v : b.v);
  }
};

// A register of floats is two of doubles. (Through memory, two halves would not forward to a whole: 20 cycles.)
template <int... k>
RANKFALL_HD Lanes<float> join_halves(SimdVectorOf<float, register_bytes / 2> low,
                                     SimdVectorOf<float, register_bytes / 2> high, std::integer_sequence<int, k...>) {
  return Lanes<float>(Lanes<float>::Vector(__builtin_shufflevector(low, high, k...)));
}
template <int first, int... k>
RANKFALL_HD SimdVectorOf<float, register_bytes / 2> half_of(Lanes<float> value, std::integer_sequence<int, k...>) {
  return __builtin_shufflevector(value.v, value.v, (first + k)...);
}
RANKFALL_HD void narrow(const Lanes<double>* wide, Lanes<double>& value) { value = wide[0]; }
RANKFALL_HD void narrow(const Lanes<double>* wide, Lanes<float>& value) {
  using Half = SimdVectorOf<float, register_bytes / 2>;
  value = join_halves(__builtin_convertvector(wide[0].v, Half), __builtin_convertvector(wide[1].v, Half),
                      std::make_integer_sequence<int, Lanes<float>::count>());
}
RANKFALL_HD void widen(Lanes<double> value, Lanes<double>* wide) { wide[0] = value; }
RANKFALL_HD void widen(Lanes<float> value, Lanes<double>* wide) {
  constexpr int n = Lanes<double>::count;
  constexpr std::make_integer_sequence<int, n> lanes_of_half;
  wide[0].v = __builtin_convertvector(half_of<0>(value, lanes_of_half), Lanes<double>::Vector);
  wide[1].v = __builtin_convertvector(half_of<n>(value, lanes_of_half), Lanes<double>::Vector);
}

namespace kernels {
template <>
struct ValueTraits<rankfall::Lanes<float>> {
  using Real = float;
  using Words = rankfall::Lanes<float>::Words;
  using Wide = rankfall::Lanes<double>;
  static constexpr int lanes = rankfall::Lanes<float>::count, parts = 2, registers = simd_registers,
                       smallest_runs = register_bytes == 64 ? 6 : 7;
};
template <>
struct ValueTraits<rankfall::Lanes<double>> {
  using Real = double;
  using Words = rankfall::Lanes<double>::Words;
  using Wide = rankfall::Lanes<double>;
  static constexpr int lanes = rankfall::Lanes<double>::count, parts = 1, registers = simd_registers,
                       smallest_runs = register_bytes == 64 ? 4 : 5;
};
}  // namespace kernels

}  // namespace rankfall

#include "backend/lane_runs.hpp"  // the rest of what kernels ask of a Value
