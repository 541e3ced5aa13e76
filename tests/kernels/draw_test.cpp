// Random objects in float64: subsets, orthonormal matrices, roots, determinants.
#include "kernels/draw.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "tests/kernels/chi_square.hpp"
#include "tests/kernels/replica.hpp"

namespace rankfall {
namespace {

using kernels::VariateSequence;

std::vector<std::int64_t> subset(VariateSequence& variates, std::int64_t n, std::int64_t count) {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(n));
  kernels::draw_subset(variates, n, count, numbers.data());
  numbers.resize(static_cast<std::size_t>(count));
  return numbers;
}

TEST(DrawSubset, HasNoRepetitionAndStaysInRange) {
  VariateSequence variates = variates_of(1);
  for (std::int64_t n : {1, 2, 25, 400})
    for (std::int64_t count = 0; count <= n; count += std::max<std::int64_t>(1, n / 7)) {
      const auto numbers = subset(variates, n, count);
      const std::set<std::int64_t> distinct(numbers.begin(), numbers.end());
      ASSERT_EQ(distinct.size(), static_cast<std::size_t>(count));
      for (std::int64_t k : numbers) ASSERT_TRUE(k >= 0 && k < n);
    }
}

TEST(DrawSubset, AllSubsetsAreEquallyLikely) {
  VariateSequence variates = variates_of(2);
  std::map<std::vector<std::int64_t>, int> seen;
  for (int draw = 0; draw < 20000; ++draw) {
    auto numbers = subset(variates, 6, 3);
    std::sort(numbers.begin(), numbers.end());
    ++seen[numbers];
  }
  ASSERT_EQ(seen.size(), 20u);  // 6 over 3
  std::vector<int> counts;
  for (const auto& [numbers, count] : seen) counts.push_back(count);
  EXPECT_GT(probability_of_unevenness(counts), too_uneven);
}

TEST(DrawOrthonormal, ColumnsOrRowsAreOrthonormal) {
  VariateSequence variates = variates_of(3);
  for (const auto& [rows, columns] : {std::pair{7, 7}, {9, 4}, {4, 9}, {1, 5}, {30, 30}}) {
    std::vector<double> scratch(static_cast<std::size_t>(rows) * columns), q(scratch.size());
    kernels::draw_orthonormal(variates, rows, columns, scratch.data(), q.data());
    const int vectors = std::min(rows, columns), length = std::max(rows, columns);
    const auto entry = [&](int vector, int k) {
      return rows >= columns ? q[static_cast<std::size_t>(k) * columns + vector]
                             : q[static_cast<std::size_t>(vector) * columns + k];
    };
    for (int a = 0; a < vectors; ++a)
      for (int b = 0; b < vectors; ++b) {
        double dot = 0.0;
        for (int k = 0; k < length; ++k) dot += entry(a, k) * entry(b, k);
        ASSERT_NEAR(dot, a == b ? 1.0 : 0.0, 1e-14) << rows << " x " << columns;
      }
  }
}

TEST(DrawOrthonormal, IsHaarDistributed) {  // trace of a Haar matrix of O(3): mean 0, variance 1
  VariateSequence variates = variates_of(4);
  const int draws = 20000;
  double mean = 0.0, square = 0.0;
  for (int draw = 0; draw < draws; ++draw) {
    double scratch[9], q[9];
    kernels::draw_orthonormal(variates, 3, 3, scratch, q);
    const double trace = q[0] + q[4] + q[8];
    mean += trace / draws;
    square += trace * trace / draws;
  }
  EXPECT_NEAR(mean, 0.0, 5.0 / std::sqrt(static_cast<double>(draws)));
  EXPECT_NEAR(square, 1.0, 5.0 * std::sqrt(2.0 / draws));  // fourth moment is at most 3
}

TEST(PortableRoot, AgreesWithPow) {
  for (int root = 1; root <= 12; ++root)
    for (int exponent = -40; exponent <= 40; ++exponent) {
      const double value = 1.7 * std::pow(10.0, exponent), truth = std::pow(value, 1.0 / root);
      ASSERT_NEAR(kernels::portable_root(value, root) / truth, 1.0, 1e-14) << value << "^(1/" << root << ")";
    }
  EXPECT_EQ(kernels::portable_root(0.0, 3), 0.0);
  EXPECT_EQ(kernels::portable_root(1.0, 7), 1.0);
}

// Leibniz: the sum over all permutations.
double determinant(int n, const std::vector<double>& a) {
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  double sum = 0.0;
  do {
    double term = 1.0;
    for (int i = 0; i < n; ++i) {
      term *= a[static_cast<std::size_t>(i) * n + order[i]];
      for (int j = 0; j < i; ++j)
        if (order[j] > order[i]) term = -term;
    }
    sum += term;
  } while (std::next_permutation(order.begin(), order.end()));
  return sum;
}

TEST(DeterminantSign, AgreesWithLeibniz) {
  VariateSequence variates = variates_of(5);
  for (int n = 1; n <= 5; ++n)
    for (int trial = 0; trial < 200; ++trial) {
      std::vector<double> a(static_cast<std::size_t>(n) * n);
      for (double& x : a) x = trial % 3 == 0 && variates.uniform() < 0.5 ? 0.0 : variates.normal();
      const double truth = determinant(n, a);
      if (std::abs(truth) < 1e-9) continue;  // rounding may decide
      ASSERT_EQ(kernels::determinant_sign(n, a.data()), truth > 0.0 ? 1 : -1) << n;
    }
}

TEST(DeterminantSign, IsZeroForAnEmptyColumn) {
  VariateSequence variates = variates_of(6);
  for (int column = 0; column < 4; ++column) {
    double a[16];
    for (int e = 0; e < 16; ++e) a[e] = e % 4 == column ? 0.0 : variates.normal();
    EXPECT_EQ(kernels::determinant_sign(4, a), 0);
  }
}

}  // namespace
}  // namespace rankfall
