#pragma once
// What a number is, and the arithmetic contract.
//
// 1. Only + - * / sqrt and the explicit mul_add. IEEE-754 rounds these alike on every CPU and GPU. No libm call.
// 2. No contraction by the compiler: host -ffp-contract=off, device -fmad=false; never fast-math or flush-to-zero.
// 3. Every sum has an owner and an order that does not depend on team size, lanes, batch or padding.
// 4. No floating-point atomics; library reductions only over integers.
// 5. A replica's control flow depends on that replica alone. A stopped replica stays frozen whatever its neighbours do.
// 6. Random numbers are pure functions (philox.hpp).
//
// A Value V is float or double (one replica), or a register of lanes (one replica per lane; the CPU backend's Lanes).
// Or two words for one number (double_double.hpp), of either. Besides arithmetic it offers, as free functions found by its
// arguments: mul_add, square_root, absolute, select, any, pin, broadcast, gather, scatter, multiply_high_low. Comparisons give
// its Mask. ValueTraits<V> names the types that go with it.
// Padding a matrix with zeros changes no value; at most the sign of a zero that an underflow has left.
#include <cmath>
#include <cstdint>

#include "kernels/team.hpp"

namespace rankfall::kernels {

using Word = std::uint32_t;

// Real: the scalar type. Words: one 32-bit word per lane. Wide: as many doubles as fit one register; `parts` of them
// hold one V, so that what float32 would lose can be kept in float64. registers: how many V a SIMD unit has.
// smallest_runs: select_entry.hpp.
template <class V>
struct ValueTraits;

template <>
struct ValueTraits<float> {
  using Real = float;
  using Words = Word;
  using Wide = double;
  static constexpr int lanes = 1, parts = 1, registers = 0, smallest_runs = 1 << 30;
};
template <>
struct ValueTraits<double> {
  using Real = double;
  using Words = Word;
  using Wide = double;
  static constexpr int lanes = 1, parts = 1, registers = 0, smallest_runs = 1 << 30;
};

template <class V> using RealOf = typename ValueTraits<V>::Real;
template <class V> using WordsOf = typename ValueTraits<V>::Words;
template <class V> using WideOf = typename ValueTraits<V>::Wide;

// What the control of steps is computed with: V itself, or where a number has two words, the first.
template <class V>
struct LeadingWord {
  using Type = V;
};
template <class V> using LeadingOf = typename LeadingWord<V>::Type;
RANKFALL_HD float leading(float x) { return x; }
RANKFALL_HD double leading(double x) { return x; }

// Rounding errors of V over those of float64, where an algorithm must know what they are.
template <class V> inline constexpr double rounding_to_float64 = 1.0;

RANKFALL_HD float mul_add(float a, float b, float c) { return ::fmaf(a, b, c); }
RANKFALL_HD double mul_add(double a, double b, double c) { return ::fma(a, b, c); }
RANKFALL_HD float square_root(float a) { return ::sqrtf(a); }
RANKFALL_HD double square_root(double a) { return ::sqrt(a); }
RANKFALL_HD float absolute(float a) { return ::fabsf(a); }
RANKFALL_HD double absolute(double a) { return ::fabs(a); }
RANKFALL_HD float select(bool mask, float a, float b) { return mask ? a : b; }
RANKFALL_HD double select(bool mask, double a, double b) { return mask ? a : b; }
RANKFALL_HD Word select(bool mask, Word a, Word b) { return mask ? a : b; }
RANKFALL_HD bool any(bool mask) { return mask; }

// Keeps an operand in its register; of use to SIMD lanes only (lanes.hpp says why).
RANKFALL_HD void pin(float&) {}
RANKFALL_HD void pin(double&) {}

// All lanes the same number, the sign of a zero included.
RANKFALL_HD void broadcast(float number, float& value) { value = number; }
RANKFALL_HD void broadcast(double number, double& value) { value = number; }

RANKFALL_HD void gather(const float* base, Word index, float& value) { value = base[index]; }
RANKFALL_HD void gather(const double* base, Word index, double& value) { value = base[index]; }
RANKFALL_HD void gather(const Word* base, Word index, Word& value) { value = base[index]; }
// value = table[index], index < size <= 64.
RANKFALL_HD void look_up(const float* table, Word, Word index, float& value) { value = table[index]; }
RANKFALL_HD void look_up(const double* table, Word, Word index, double& value) { value = table[index]; }
RANKFALL_HD void look_up(const Word* table, Word, Word index, Word& value) { value = table[index]; }
RANKFALL_HD void scatter(float* base, Word index, float value) { base[index] = value; }
RANKFALL_HD void scatter(double* base, Word index, double value) { base[index] = value; }

// count <= lanes consecutive numbers of each lane, from base[offset]: out[r] = base[offset + r], and back.
RANKFALL_HD void gather_run(const float* base, Word offset, int, float* out) { *out = base[offset]; }
RANKFALL_HD void gather_run(const double* base, Word offset, int, double* out) { *out = base[offset]; }
RANKFALL_HD void scatter_run(float* base, Word offset, int, const float* in) { base[offset] = *in; }
RANKFALL_HD void scatter_run(double* base, Word offset, int, const double* in) { base[offset] = *in; }

RANKFALL_HD void multiply_high_low(Word a, Word multiplier, Word& high, Word& low) {
  const std::uint64_t product = static_cast<std::uint64_t>(a) * multiplier;
  high = static_cast<Word>(product >> 32);
  low = static_cast<Word>(product);
}

// The value whose parts are `wide`, rounded to V once; and back.
RANKFALL_HD void narrow(const double* wide, float& value) { value = static_cast<float>(wide[0]); }
RANKFALL_HD void narrow(const double* wide, double& value) { value = wide[0]; }
RANKFALL_HD void widen(float value, double* wide) { wide[0] = value; }
RANKFALL_HD void widen(double value, double* wide) { wide[0] = value; }

// The numbers of all lanes, one after another in memory.
template <class V>
RANKFALL_HD void read_lanes(const RealOf<V>* base, V& value) {
  __builtin_memcpy(&value, base, sizeof value);
}

// 0, 1, ... over the lanes of a Words.
RANKFALL_HD void lane_numbers(Word& words) { words = 0; }

// The quotient of two integers of at most 26 bits, rounded to Real.
template <class Real>
RANKFALL_HD constexpr Real rational(double numerator, double denominator) {
  return static_cast<Real>(numerator / denominator);
}

// a + b = sum + remainder, exactly (Knuth).
template <class V>
RANKFALL_HD void exact_sum(V a, V b, V& sum, V& remainder) {
  sum = a + b;
  const V second = sum - a, first = sum - second;
  remainder = (a - first) + (b - second);
}

// value^power by repeated multiplication, left to right.
template <class V>
RANKFALL_HD V integer_power(V value, int power) {
  V result(RealOf<V>(1));
  for (int i = 0; i < power; ++i) result = result * value;
  return result;
}

}  // namespace rankfall::kernels
