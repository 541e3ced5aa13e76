// A register of lanes does in each lane what the scalar does, down to zeros' signs, subnormals, infinities and NaN.
#include "backend/lanes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

using kernels::Word;

template <class Real>
std::vector<Real> awkward_values() {
  using Limits = std::numeric_limits<Real>;
  return {Real(0),
          -Real(0),
          Real(1),
          Real(-1),
          Limits::min(),
          -Limits::min(),
          Limits::denorm_min(),
          -Limits::denorm_min(),
          Limits::max(),
          Limits::lowest(),
          Limits::epsilon(),
          Limits::infinity(),
          -Limits::infinity(),
          Limits::quiet_NaN(),
          Real(0.1),
          Real(-3.7)};
}

template <class Real>
class LanesOf : public testing::Test {
 protected:
  std::mt19937 random_{7};

  Real value() {
    const auto awkward = awkward_values<Real>();
    if (random_() % 3 == 0) return awkward[random_() % awkward.size()];
    return static_cast<Real>(
        std::ldexp(static_cast<double>(random_()) - 2147483648.0, static_cast<int>(random_() % 80) - 60));
  }
  Lanes<Real> values() {
    Lanes<Real> v;
    for (int q = 0; q < Lanes<Real>::count; ++q) v.v[q] = value();
    return v;
  }
  // NaNs compare equal whatever their payload and sign, which the instruction sets disagree about.
  static void expect_same(Real a, Real b) {
    if (std::isnan(a) && std::isnan(b)) return;
    ASSERT_EQ(__builtin_memcmp(&a, &b, sizeof a), 0) << a << " and " << b;
  }
};

using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(LanesOf, Precisions);

TYPED_TEST(LanesOf, ArithmeticEqualsScalarArithmetic) {
  using V = Lanes<TypeParam>;
  for (int trial = 0; trial < 5000; ++trial) {
    const V a = this->values(), b = this->values(), c = this->values();
    const V sum = a + b, difference = a - b, product = a * b, quotient = a / b, negative = -a;
    const V fused = mul_add(a, b, c), root = square_root(a), size = absolute(a);
    for (int q = 0; q < V::count; ++q) {
      const TypeParam x = a.v[q], y = b.v[q], z = c.v[q];
      this->expect_same(sum.v[q], x + y);
      this->expect_same(difference.v[q], x - y);
      this->expect_same(product.v[q], x * y);
      this->expect_same(quotient.v[q], x / y);
      this->expect_same(negative.v[q], -x);
      this->expect_same(fused.v[q], std::fma(x, y, z));
      this->expect_same(root.v[q], std::sqrt(x));
      this->expect_same(size.v[q], std::abs(x));
    }
  }
}

TYPED_TEST(LanesOf, ComparisonsAndSelectionsAreThoseOfTheLane) {
  using V = Lanes<TypeParam>;
  for (int trial = 0; trial < 2000; ++trial) {
    const V a = this->values(), b = this->values();
    const V smaller = select(a < b, a, b), at_most = select(a <= b, a, b);
    const V both = select((a < b) & (a < V(TypeParam(1))), a, b),
            either = select((a < b) | (b < V(TypeParam(0))), a, b);
    bool any_smaller = false;
    for (int q = 0; q < V::count; ++q) {
      const TypeParam x = a.v[q], y = b.v[q];
      this->expect_same(smaller.v[q], x < y ? x : y);
      this->expect_same(at_most.v[q], x <= y ? x : y);
      this->expect_same(both.v[q], x < y && x < 1 ? x : y);
      this->expect_same(either.v[q], x < y || y < 0 ? x : y);
      any_smaller = any_smaller || x < y;
    }
    ASSERT_EQ(any(a < b), any_smaller);
  }
}

TYPED_TEST(LanesOf, AnyFindsASingleLane) {
  using V = Lanes<TypeParam>;
  EXPECT_FALSE(any(V(TypeParam(1)) < V(TypeParam(1))));
  for (int q = 0; q < V::count; ++q) {
    V a(TypeParam(1));
    a.v[q] = TypeParam(0.5);
    EXPECT_TRUE(any(a < V(TypeParam(1)))) << q;
  }
}

TYPED_TEST(LanesOf, GatherAndScatterReachEachLanesOwnElement) {
  using V = Lanes<TypeParam>;
  using Words = typename V::Words;
  std::vector<TypeParam> memory(500);
  for (std::size_t k = 0; k < memory.size(); ++k) memory[k] = static_cast<TypeParam>(k);
  for (int trial = 0; trial < 200; ++trial) {
    Words index;
    for (int q = 0; q < V::count; ++q) index.v[q] = static_cast<Word>(this->random_() % 30) * V::count + q;
    V value;
    gather(memory.data(), index, value);
    for (int q = 0; q < V::count; ++q) ASSERT_EQ(value.v[q], static_cast<TypeParam>(index.v[q]));
    std::vector<TypeParam> copy(memory);
    scatter(copy.data(), index, -value);
    for (std::size_t k = 0; k < copy.size(); ++k) {
      const auto lane = static_cast<int>(k % V::count);
      ASSERT_EQ(copy[k], index.v[lane] == k ? -memory[k] : memory[k]);
    }
  }
}

TYPED_TEST(LanesOf, WordMasksSelectTheLanesOfValues) {
  using V = Lanes<TypeParam>;
  using Words = typename V::Words;
  Words number;
  lane_numbers(number);
  for (int lane = 0; lane < V::count; ++lane) {
    V destination(TypeParam(2));
    store_where(number == Words(static_cast<Word>(lane)), V(TypeParam(7)), destination);
    for (int q = 0; q < V::count; ++q) EXPECT_EQ(destination.v[q], q == lane ? TypeParam(7) : TypeParam(2));
    EXPECT_TRUE(any(number == Words(static_cast<Word>(lane))));
  }
  EXPECT_FALSE(any(number == Words(100u)));
}

TYPED_TEST(LanesOf, NarrowRoundsOnceAndUndoesWiden) {
  using V = Lanes<TypeParam>;
  constexpr int parts = kernels::ValueTraits<V>::parts;
  for (int trial = 0; trial < 500; ++trial) {
    Lanes<double> wide[parts];
    for (auto& part : wide)
      for (int q = 0; q < Lanes<double>::count; ++q) part.v[q] = 1.0 + static_cast<double>(this->random_()) * 0x1p-45;
    V value;
    narrow(wide, value);
    for (int q = 0; q < V::count; ++q)
      ASSERT_EQ(value.v[q], static_cast<TypeParam>(wide[q / Lanes<double>::count].v[q % Lanes<double>::count]));
    widen(value, wide);
    V back;
    narrow(wide, back);
    for (int q = 0; q < V::count; ++q) ASSERT_EQ(back.v[q], value.v[q]);
  }
}

// Runs of every length, at places that overlap no other lane's: read as they lie, and nothing beside them written.
TYPED_TEST(LanesOf, RunsOfEveryLengthAreReadAndWrittenInPlace) {
  using Real = TypeParam;
  constexpr int n = Lanes<Real>::count, pitch = n + 3;
  std::vector<Real> base(static_cast<std::size_t>(n) * pitch);
  for (std::size_t e = 0; e < base.size(); ++e) base[e] = static_cast<Real>(e) + Real(0.25);
  for (int count = 1; count <= n; ++count) {
    typename Lanes<Real>::Words offset(0u);
    for (int q = 0; q < n; ++q) offset.v[q] = static_cast<Word>((q * 5 % n) * pitch + q % 3);
    Lanes<Real> run[n];
    gather_run(base.data(), offset, count, run);
    for (int r = 0; r < count; ++r)
      for (int q = 0; q < n; ++q) ASSERT_EQ(run[r].v[q], base[offset.v[q] + static_cast<Word>(r)]) << count;
    std::vector<Real> expected = base, written = base;
    for (int r = 0; r < count; ++r)
      for (int q = 0; q < n; ++q) {
        run[r].v[q] = -run[r].v[q];
        expected[offset.v[q] + static_cast<Word>(r)] *= Real(-1);
      }
    scatter_run(written.data(), offset, count, run);
    ASSERT_EQ(written, expected) << count;
  }
}

}  // namespace
}  // namespace rankfall
