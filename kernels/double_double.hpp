#pragma once
// Double-double: a number as the unevaluated sum of two float64 (or registers of them), high + low with high = float64(high +
// low), about 106 bits. Range and smallest numbers are those of float64: what a product leaves below 1e-308 is lost, so its
// second word is whole only where the product is above about 1e-276.
//
// Bounds of relative errors, u = 2^-53, without overflow and underflow; algorithms and proofs: Joldes, Muller, Popescu, Tight
// and rigorous error bounds for basic building blocks of double-word arithmetic, ACM Trans. Math. Softw. 44 (2), 2017 (its
// algorithm's number in brackets); of the root: Lefevre, Louvet, Muller, Picot, Rideau, Accurate calculation of Euclidean norms
// using double-word arithmetic, ACM Trans. Math. Softw. 49 (1), 2023.
//   a + b, a - b  3 u^2 / (1 - 4 u), cancellation or not [6]     a * b  5 u^2 [12]     a / b  15 u^2 + 56 u^3 [17]
//   square_root   25/8 u^2      mul_add  a product, then a sum: 5 u^2 |a b| + 3 u^2 |a b + c|, to first order
// Only + - * / sqrt and mul_add of the words: the arithmetic contract (scalar.hpp) holds, and lanes give the bits of scalars.
#include "kernels/tiles.hpp"

namespace rankfall::kernels {

// a + b = sum + remainder, exactly, where |a| >= |b| or a = 0 (Dekker 1971).
template <class V>
RANKFALL_HD void exact_sum_of_sorted(V a, V b, V& sum, V& remainder) {
  sum = a + b;
  remainder = b - (sum - a);
}

// a * b = product + remainder, exactly.
template <class V>
RANKFALL_HD void exact_product(V a, V b, V& product, V& remainder) {
  product = a * b;
  remainder = mul_add(a, b, -product);
}

template <class V>
struct DoubleDouble {
  V high, low;

  DoubleDouble() = default;
  // A number or a word.
  template <class X>
    requires std::is_convertible_v<X, V>
  RANKFALL_HD constexpr DoubleDouble(X x) : high(V(x)), low(V(0.0)) {}
  RANKFALL_HD constexpr DoubleDouble(V first, V second) : high(first), low(second) {}
  // All lanes the same.
  template <class X>
    requires(std::is_same_v<X, double> && !std::is_same_v<V, double>)
  RANKFALL_HD DoubleDouble(DoubleDouble<X> x) : high(x.high), low(x.low) {}

  RANKFALL_HD DoubleDouble operator-() const { return {-high, -low}; }
  RANKFALL_HD friend DoubleDouble operator+(DoubleDouble a, DoubleDouble b) {
    DoubleDouble sum, rest, near;
    exact_sum(a.high, b.high, sum.high, sum.low);
    exact_sum(a.low, b.low, rest.high, rest.low);
    exact_sum_of_sorted(sum.high, sum.low + rest.high, near.high, near.low);
    exact_sum_of_sorted(near.high, rest.low + near.low, sum.high, sum.low);
    return sum;
  }
  RANKFALL_HD friend DoubleDouble operator-(DoubleDouble a, DoubleDouble b) { return a + -b; }
  RANKFALL_HD friend DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
    DoubleDouble product;
    exact_product(a.high, b.high, product.high, product.low);
    const V mixed = mul_add(a.low, b.high, mul_add(a.high, b.low, a.low * b.low));
    exact_sum_of_sorted(product.high, product.low + mixed, product.high, product.low);
    return product;
  }
  RANKFALL_HD friend DoubleDouble operator/(DoubleDouble a, DoubleDouble b) {
    const V quotient = a.high / b.high;
    const DoubleDouble back = times(b, quotient);
    const V correction = ((a.high - back.high) + (a.low - back.low)) / b.high;
    DoubleDouble result;
    exact_sum_of_sorted(quotient, correction, result.high, result.low);
    return result;
  }
  RANKFALL_HD friend auto operator<(DoubleDouble a, DoubleDouble b) {
    return (a.high < b.high) | ((a.high <= b.high) & (b.high <= a.high) & (a.low < b.low));
  }
  RANKFALL_HD friend auto operator<=(DoubleDouble a, DoubleDouble b) {
    return (a.high < b.high) | ((a.high <= b.high) & (b.high <= a.high) & (a.low <= b.low));
  }
  RANKFALL_HD friend auto operator>(DoubleDouble a, DoubleDouble b) { return b < a; }
  RANKFALL_HD friend bool operator==(DoubleDouble a, DoubleDouble b) { return a.high == b.high && a.low == b.low; }

  RANKFALL_HD friend DoubleDouble mul_add(DoubleDouble a, DoubleDouble b, DoubleDouble c) { return a * b + c; }
  // Of 0 it is 0.
  RANKFALL_HD friend DoubleDouble square_root(DoubleDouble a) {
    const V zero(0.0), root = square_root(a.high), rest = mul_add(-root, root, a.high) + a.low;
    DoubleDouble result;
    exact_sum_of_sorted(root, select(zero < root, rest / (root + root), zero), result.high, result.low);
    return result;
  }
  RANKFALL_HD friend DoubleDouble absolute(DoubleDouble a) { return select(a.high < V(0.0), -a, a); }
  template <class Mask>
  RANKFALL_HD friend DoubleDouble select(Mask mask, DoubleDouble a, DoubleDouble b) {
    return {select(mask, a.high, b.high), select(mask, a.low, b.low)};
  }
  RANKFALL_HD friend void pin(DoubleDouble& x) {
    pin(x.high);
    pin(x.low);
  }
  RANKFALL_HD friend void broadcast(DoubleDouble<double> number, DoubleDouble& value) {
    broadcast(number.high, value.high);
    broadcast(number.low, value.low);
  }
  RANKFALL_HD friend void narrow(const DoubleDouble* wide, DoubleDouble& value) { value = wide[0]; }
  RANKFALL_HD friend void widen(DoubleDouble value, DoubleDouble* wide) { wide[0] = value; }
  // The nearest float64.
  RANKFALL_HD friend V leading(DoubleDouble x) { return x.high; }

 private:
  // By a word [7], 3/2 u^2 + 4 u^3.
  RANKFALL_HD static DoubleDouble times(DoubleDouble a, V word) {
    DoubleDouble product, sum;
    exact_product(a.high, word, product.high, product.low);
    exact_sum_of_sorted(product.high, a.low * word, sum.high, sum.low);
    exact_sum_of_sorted(sum.high, sum.low + product.low, sum.high, sum.low);
    return sum;
  }
};

template <class V>
struct ValueTraits<DoubleDouble<V>> {
  using Real = DoubleDouble<RealOf<V>>;
  using Words = WordsOf<V>;
  using Wide = DoubleDouble<V>;
  static constexpr int lanes = ValueTraits<V>::lanes, parts = 1, registers = ValueTraits<V>::registers / 2,
                       smallest_runs = 1 << 30;
};
template <class V>
struct LeadingWord<DoubleDouble<V>> {
  using Type = V;
};
// In memory the words of a number lie side by side, in registers the lanes of a word.
template <class V>
RANKFALL_HD void read_lanes(const DoubleDouble<double>* base, DoubleDouble<V>& value) {
  constexpr int lanes = ValueTraits<V>::lanes;
  double high[lanes], low[lanes];
  for (int q = 0; q < lanes; ++q) {
    high[q] = base[q].high;
    low[q] = base[q].low;
  }
  __builtin_memcpy(&value.high, high, sizeof high);
  __builtin_memcpy(&value.low, low, sizeof low);
}
template <class V> inline constexpr double rounding_to_float64<DoubleDouble<V>> = 0x1p-50;  // some roundings' 8 u^2, over u

// A sum is a chain of some twenty dependent operations: tiles of eight hide them, and fit thirty-two registers.
template <class V, int D> inline constexpr int panel_inner<DoubleDouble<V>, D> = 0;
template <class V, int D> inline constexpr int lane_tile_rows<DoubleDouble<V>, D> = D == 0 ? 2 : 1;
template <class V, int D> inline constexpr int lane_tile_columns<DoubleDouble<V>, D> = many_registers<V> && D == 0 ? 4 : 2;
template <class V, int D> inline constexpr int terms_by_row<DoubleDouble<V>, D> = 0;

// numerator / denominator of integers below 2^26, by Dekker's product, so that a compiler knows it: high as float64 rounds it,
// low by its remainder, which is exact.
template <>
RANKFALL_HD constexpr DoubleDouble<double> rational(double numerator, double denominator) {
  const double high = numerator / denominator, shifted = 0x1.0000002p27 * high;
  const double top = shifted - (shifted - high), bottom = high - top;
  return {high, ((numerator - top * denominator) - bottom * denominator) / denominator};
}

}  // namespace rankfall::kernels
