#include "theory/representation_cost.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/theory/problems.hpp"

namespace rankfall {
namespace {

std::vector<LocalCost> costs_of(const std::vector<CompletionProblem>& problems, const LocalCostOptions& options) {
  const auto minima = complete(problems, {1e-10, 200, 0});
  std::vector<const Completion*> pointers;
  for (const Completion& minimum : minima) pointers.push_back(&minimum);
  return local_representation_costs(problems, pointers, options);
}

LocalCost cost_of_one(const CompletionProblem& problem, int depth) {
  return costs_of({problem}, {depth, 8, 0}).front();
}

// Depth 2 is the nuclear norm, twice; depth 1 the zero-filled matrix.
TEST(RepresentationCost, ConvexDepthsAreTheNuclearNormAndTheZeroFilledMatrix) {
  const auto problems = random_problems(21, 40);
  const auto minima = complete(problems, {});
  const auto two = costs_of(problems, {2, 4, 0}), one = costs_of(problems, {1, 4, 0});
  for (std::size_t k = 0; k < problems.size(); ++k) {
    SCOPED_TRACE(k);
    double squares = 0.0;
    for (const double x : problems[k].values) squares += x * x;
    EXPECT_NEAR(one[k].value, squares, 1e-9 * squares);
    EXPECT_GE(two[k].value, 2.0 * minima[k].lower * (1.0 - 1e-7));
    EXPECT_LE(two[k].value, 2.0 * minima[k].upper * (1.0 + 1e-7));
  }
}

// Deep networks prefer the rank-one completion v v^T, v = (1, R, 1, R), to the minimum of the nuclear norm.
TEST(RepresentationCost, DepthPrefersRankOneInTheCounterExample) {
  for (const double R : {2.0, 3.0}) {
    const CompletionProblem problem{4, 4, {{0, 2}, {0, 3}, {1, 2}, {2, 0}, {2, 1}, {3, 0}}, {1, R, R, 1, R, R}};
    for (const int depth : {3, 4, 6}) {
      const LocalCost cost = cost_of_one(problem, depth);
      const double of_rank_one = depth * std::pow(2.0 + 2.0 * R * R, 2.0 / depth);
      EXPECT_LE(cost.value, of_rank_one * (1.0 + 1e-6));
      EXPECT_GE(cost.reached, 1);
      EXPECT_EQ(cost.starts, 8);
    }
  }
}

// A 2 x 2 matrix with one hidden entry x: a scan over x finds the minimum.
TEST(RepresentationCost, EqualsAScanOverOneHiddenEntry) {
  for (const int depth : {3, 4}) {
    const CompletionProblem problem{2, 2, {{0, 0}, {0, 1}, {1, 0}}, {1.0, 0.5, 0.25}};
    double least = 1e9;
    for (int k = -20000; k <= 20000; ++k) {
      const double x = 1e-4 * k, squares = 1.0 + 0.25 + 0.0625 + x * x, determinant = std::abs(x - 0.125);
      const double sum = std::sqrt(squares + 2.0 * determinant),
                   difference = std::sqrt(std::max(0.0, squares - 2.0 * determinant));
      const double large = (sum + difference) / 2.0, small = (sum - difference) / 2.0;
      least =
          std::min(least, depth * (std::pow(large, 2.0 / depth) + (small > 1e-9 ? std::pow(small, 2.0 / depth) : 0.0)));
    }
    EXPECT_NEAR(cost_of_one(problem, depth).value, least, 1e-6 * least);
    EXPECT_EQ(cost_of_one(problem, depth).rank(), 1);
  }
}

TEST(RepresentationCost, WhollyObservedMatrixHasItsOwnCost) {
  std::mt19937_64 random(4);
  const Numbers matrix = random_matrix(random, 5, 3, 2);
  const CompletionProblem problem = observe(5, 3, matrix, all_places(5, 3));
  const auto values = complete({problem}, {}).front().singular_values;
  const LocalCost cost = cost_of_one(problem, 3);
  EXPECT_NEAR(cost.value, 3.0 * (std::cbrt(values[0] * values[0]) + std::cbrt(values[1] * values[1])), 1e-10);
  EXPECT_EQ(cost.reached, 8);
  EXPECT_EQ(cost.rank(), 2);
}

// Nothing is free in deep products: 10 * (1e-9)^(1/5) = 0.158.
TEST(RepresentationCost, SmallSingularValuesCount) {
  const CompletionProblem whole{2, 2, {{0, 0}, {0, 1}, {1, 0}, {1, 1}}, {1.0, 0.0, 0.0, 1e-9}};
  EXPECT_NEAR(cost_of_one(whole, 10).value, 10.0 * (1.0 + std::pow(1e-9, 0.2)), 1e-9);
  // Only rank 2 fits: rows 1 and 2 are proportional but for 1e-9, whatever the hidden entry is. The 2 x 2 minor is 1e-9.
  const CompletionProblem part{2, 3, {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {0, 2}}, {1.0, 0.0, 0.0, 1e-9, 0.0}};
  EXPECT_NEAR(cost_of_one(part, 10).value, 10.0 * (1.0 + std::pow(1e-9, 0.2)), 1e-6);
}

// A completion of rank one costs what its only singular value does, however deep: no debris of smoothing is left.
TEST(RepresentationCost, DeepProductsOfRankOneLeaveNoDebris) {
  for (const int depth : {10, 30}) {
    const CompletionProblem problem{3, 4, {{0, 0}, {0, 1}, {0, 2}, {0, 3}, {1, 0}, {2, 1}}, {1.0, 2.0, 1.0, 0.5, 1.0, 1.0}};
    const LocalCost cost = cost_of_one(problem, depth);
    EXPECT_NEAR(cost.value, depth * std::pow(cost.singular_values.front(), 2.0 / depth), 1e-9 * cost.value);
  }
}

// Homogeneous of degree 2 / L, the same for the transpose, and nothing for nothing.
TEST(RepresentationCost, ScalesAndTransposes) {
  for (CompletionProblem problem : random_problems(23, 15)) {
    CompletionProblem large = problem, turned = problem;
    for (double& x : large.values) x = std::scalbn(x, 6);
    std::swap(turned.rows, turned.columns);
    for (ObservedEntry& entry : turned.entries) std::swap(entry.row, entry.column);
    const auto costs = costs_of({problem, large, turned}, {3, 4, 0});
    EXPECT_NEAR(costs[1].value, 16.0 * costs[0].value, 1e-12 * costs[1].value);
    EXPECT_EQ(costs[1].reached, costs[0].reached);
    if (problem.rows != problem.columns) {  // a square one is solved by other rows, and may find other minima
      EXPECT_NEAR(costs[2].value, costs[0].value, 1e-12 * costs[0].value);
    }
  }
  EXPECT_EQ(cost_of_one({3, 3, {{0, 1}}, {0.0}}, 3).value, 0.0);
}

TEST(ThreadsRepresentationCost, BitsDoNotDependOnBatchOrThreads) {
  const auto problems = random_problems(24, 12);
  const auto together = costs_of(problems, {3, 3, 3});
  for (std::size_t k = 0; k < problems.size(); ++k) {
    const LocalCost alone = costs_of({problems[k]}, {3, 3, 1}).front();
    EXPECT_EQ(alone.value, together[k].value);
    EXPECT_EQ(alone.singular_values, together[k].singular_values);
  }
}

}  // namespace
}  // namespace rankfall
