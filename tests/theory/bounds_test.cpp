#include "theory/bounds.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "backend/instance.hpp"
#include "tests/theory/problems.hpp"

namespace rankfall {
namespace {

// Sylvester's Hadamard matrix of order 2^k: all singular values are 2^(k/2), exact for even k.
Numbers hadamard(int order) {
  Numbers matrix;
  for (int i = 0; i < order; ++i)
    for (int j = 0; j < order; ++j)
      matrix.push_back(__builtin_popcount(static_cast<unsigned>(i & j)) % 2 == 0 ? 1.0 : -1.0);
  return matrix;
}

TEST(Bounds, LieAboveKnownNormsAndCloseToThem) {
  for (const int order : {1, 4, 16, 64}) {
    const double root = std::sqrt(static_cast<double>(order));
    const double spectral = spectral_norm_bound(order, order, hadamard(order));
    const NuclearNormBound nuclear = nuclear_norm_bound(order, order, hadamard(order));
    EXPECT_GE(spectral, root);
    EXPECT_LE(spectral, root * (1.0 + 2e-10));
    EXPECT_GE(nuclear.upper, order * root);
    EXPECT_LE(nuclear.upper, order * root * (1.0 + 2e-10));
  }
}

TEST(Bounds, LieAboveComputedNormsOfRandomMatrices) {
  std::mt19937_64 random(2);
  for (int k = 0; k < 50; ++k) {
    const int rows = 1 + k % 9, columns = 1 + k % 7;
    const Numbers matrix = random_matrix(random, rows, columns, 1 + k % 4);
    const Numbers values = singular_values_of(rows, columns, matrix);
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    EXPECT_NEAR(spectral_norm_bound(rows, columns, matrix), values.front(), 1e-11 * values.front());
    EXPECT_GT(spectral_norm_bound(rows, columns, matrix), values.front());
    EXPECT_NEAR(nuclear_norm_bound(rows, columns, matrix).upper, sum, 1e-11 * sum);
    EXPECT_GT(nuclear_norm_bound(rows, columns, matrix).upper, sum);
  }
}

// Any Y gives a lower bound, whatever its norm.
TEST(Bounds, AnyDualIsBelowAnyCompletion) {
  std::mt19937_64 random(9);
  std::normal_distribution<double> normal;
  for (const CompletionProblem& problem : random_problems(8, 200)) {
    Numbers dual;
    for (const double x : problem.values) dual.push_back(x + normal(random));
    const double lower = dual_bound(problem, dual);
    Numbers any(static_cast<std::size_t>(problem.rows) * problem.columns);
    for (double& x : any) x = normal(random);
    for (std::size_t e = 0; e < problem.values.size(); ++e)
      any[static_cast<std::size_t>(problem.entries[e].row) * problem.columns + problem.entries[e].column] =
          problem.values[e];
    EXPECT_GE(lower, 0.0);
    EXPECT_LE(lower, nuclear_norm_bound(problem.rows, problem.columns, any).upper);
    for (double& y : dual) y *= 0.0078125;
    EXPECT_NEAR(dual_bound(problem, dual), lower, 1e-11 * lower);
  }
}

// The bound of the best dual of a diagonal is tight.
TEST(Bounds, SignsOfADiagonalAreItsDual) {
  const CompletionProblem problem{3, 3, {{0, 0}, {1, 1}, {2, 2}}, {2.0, -3.0, 0.5}};
  EXPECT_NEAR(dual_bound(problem, {1.0, -1.0, 1.0}), 5.5, 1e-11);
  EXPECT_LE(dual_bound(problem, {1.0, -1.0, 1.0}), 5.5);
  EXPECT_EQ(dual_bound(problem, {-1.0, 1.0, -1.0}), 0.0);
}

}  // namespace
}  // namespace rankfall
