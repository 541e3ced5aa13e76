// Double-double arithmetic keeps the bounds it states, and lanes of it give the bits of scalars. What is exact comes from
// binary128, 113 bits.
#include "kernels/double_double.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "backend/lanes.hpp"

namespace rankfall {
namespace {

__extension__ typedef __float128 Quad;
using kernels::DoubleDouble;
using Number = DoubleDouble<double>;
using NumberLanes = DoubleDouble<Lanes<double>>;

constexpr double u = 0x1p-53, reference = 0x1p-112;  // of float64; of binary128, some roundings

Quad quad(Number x) { return static_cast<Quad>(x.high) + x.low; }
Quad magnitude(Quad x) { return x < 0 ? -x : x; }
Quad quad_root(Quad x) {
  Quad root = std::sqrt(static_cast<double>(x));
  for (int i = 0; i < 3; ++i) root = (root + x / root) / 2;
  return root;
}

class Draw {
 public:
  // 107 bits, so that sums of numbers a few powers of two apart are exact in binary128.
  Number number(int exponents) {
    const int exponent = static_cast<int>(random_() % static_cast<unsigned>(exponents));
    const double high = std::ldexp(significand(), exponent), half = 0.5 * (std::nextafter(std::abs(high), HUGE_VAL) - std::abs(high));
    switch (random_() % 8) {
      case 0: return Number(std::ldexp(1.0, exponent), -0x1p-54 * std::ldexp(1.0, exponent));  // just below a power of two
      case 1: return Number(high);
      case 2: return Number(std::ldexp(1.0 + 2 * u, exponent), (1.0 - u) * half);
      default: return Number(high, (2.0 * unit() - 1.0) * half);
    }
  }
  Number negated_half(Number x) { return random_() % 2 == 0 ? x : -x; }
  double unit() { return static_cast<double>(random_() >> 11) * 0x1p-53; }

 private:
  double significand() { return (random_() % 2 == 0 ? 1.0 : -1.0) * (1.0 + unit()); }
  std::mt19937_64 random_{11};
};

void expect_within(Number result, Quad exact, double units, const char* operation) {
  ASSERT_EQ(result.high, result.high + result.low) << operation;
  const Quad error = magnitude(quad(result) - exact);
  ASSERT_LE(static_cast<double>(error), (units * u * u + reference) * static_cast<double>(magnitude(exact))) << operation;
}

TEST(DoubleDouble, KeepsItsBounds) {
  Draw draw;
  for (int round = 0; round < 200'000; ++round) {
    const Number a = draw.number(4), b = draw.number(4), c = draw.negated_half(draw.number(4));
    expect_within(a + b, quad(a) + quad(b), 3.0 / (1.0 - 4.0 * u), "+");
    expect_within(a - b, quad(a) - quad(b), 3.0 / (1.0 - 4.0 * u), "-");
    expect_within(a * b, quad(a) * quad(b), 5.0, "*");
    expect_within(a / b, quad(a) / quad(b), 15.0 + 56.0 * u, "/");
    expect_within(square_root(absolute(a)), quad_root(quad(absolute(a))), 25.0 / 8.0, "sqrt");
    const Quad product = quad(a) * quad(b), sum = product + quad(c);
    const double bound = 5.1 * static_cast<double>(magnitude(product)) + 3.1 * static_cast<double>(magnitude(sum));
    ASSERT_LE(static_cast<double>(magnitude(quad(mul_add(a, b, c)) - sum)),
              u * u * bound + reference * static_cast<double>(magnitude(product)));
  }
}

// Where nearly all of two numbers cancels, the little that is left is right, which no float64 sum of the words would give.
TEST(DoubleDouble, AddsWhatNearlyCancels) {
  Draw draw;
  for (int round = 0; round < 50'000; ++round) {
    const Number a = draw.number(1);
    const double few = std::floor(std::exp2(50.0 * draw.unit()));  // of the last bits, so that all is exact in binary128
    const Number b = -(a + Number(few * 0x1p-106));
    expect_within(a + b, quad(a) + quad(b), 3.0 / (1.0 - 4.0 * u), "cancels");
  }
  const Number a = draw.number(1);
  EXPECT_EQ(a - a, Number(0.0));
}

TEST(DoubleDouble, HasExactSpecialValues) {
  EXPECT_EQ(square_root(Number(0.0)), Number(0.0));
  EXPECT_EQ(square_root(Number(2.25)), Number(1.5));
  EXPECT_EQ(Number(0.1) * Number(0.1), Number(0.1 * 0.1, std::fma(0.1, 0.1, -(0.1 * 0.1))));
  EXPECT_EQ(Number(1.0) / Number(3.0), kernels::rational<Number>(1, 3));
  EXPECT_TRUE(Number(1.0, -0x1p-60) < Number(1.0));
  EXPECT_FALSE(Number(1.0) < Number(1.0));
  EXPECT_TRUE(Number(1.0) <= Number(1.0, 0x1p-70));
  EXPECT_FALSE(Number(std::nan("")) <= Number(1.0));
  EXPECT_TRUE(std::isnan(square_root(Number(-1.0)).high));
  EXPECT_FALSE(Number(1.0) / Number(0.0) < Number(1e300));  // not finite, whichever way it shows
}

// The coefficients of the Runge-Kutta pair, each as its quotient.
TEST(DoubleDouble, KnowsQuotientsOfIntegers) {
  for (const auto& [n, d] : std::vector<std::pair<double, double>>{
           {1, 5}, {3, 40}, {44, 45}, {-56, 15}, {32, 9}, {19372, 6561}, {-25360, 2187}, {64448, 6561}, {-212, 729},
           {9017, 3168}, {46732, 5247}, {-5103, 18656}, {35, 384}, {500, 1113}, {-2187, 6784}, {71, 57600}, {-17253, 339200}})
    expect_within(kernels::rational<Number>(n, d), static_cast<Quad>(n) / static_cast<Quad>(d), 1.0, "quotient");
}

void expect_same(const NumberLanes& lanes, int q, Number alone, const char* operation) {
  const Number own(lanes.high.v[q], lanes.low.v[q]);
  if (std::isnan(own.high) && std::isnan(alone.high)) return;
  ASSERT_EQ(__builtin_memcmp(&own, &alone, sizeof own), 0) << operation << " in lane " << q;
}

TEST(DoubleDouble, IsTheSameInLanes) {
  Draw draw;
  constexpr int lanes = Lanes<double>::count;
  for (int round = 0; round < 5'000; ++round) {
    Number a[lanes], b[lanes];
    NumberLanes x, y;
    for (int q = 0; q < lanes; ++q) {
      a[q] = round % 7 == q ? Number(0.0) : draw.number(60);
      b[q] = round % 5 == q ? a[q] : draw.number(60);
      x.high.v[q] = a[q].high, x.low.v[q] = a[q].low;
      y.high.v[q] = b[q].high, y.low.v[q] = b[q].low;
    }
    for (int q = 0; q < lanes; ++q) {
      expect_same(x + y, q, a[q] + b[q], "+");
      expect_same(x - y, q, a[q] - b[q], "-");
      expect_same(x * y, q, a[q] * b[q], "*");
      expect_same(x / y, q, a[q] / b[q], "/");
      expect_same(mul_add(x, y, x), q, mul_add(a[q], b[q], a[q]), "mul_add");
      expect_same(square_root(x), q, square_root(a[q]), "sqrt");
      expect_same(absolute(x), q, absolute(a[q]), "abs");
      expect_same(select(x < y, x, y), q, a[q] < b[q] ? a[q] : b[q], "<");
      expect_same(select(x <= y, x, y), q, a[q] <= b[q] ? a[q] : b[q], "<=");
    }
  }
}

}  // namespace
}  // namespace rankfall
