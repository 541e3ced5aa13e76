// Minima of the regularised objective, followed through their fold to the saddle: against closed forms and an independent
// program.
#include "theory/critical_branch.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "theory/critical_rank.hpp"
#include "theory/linear_system.hpp"

namespace rankfall {
namespace {

using dense::Numbers;

// All entries of diag(values) observed; loss 1/2 sum e^2, so that h = 1.
RidgedProblem diagonal_problem(int depth, const Numbers& values) {
  const auto n = static_cast<int>(values.size());
  RidgedProblem problem{n, n, depth, 0.5, {}, Numbers(values.size() * values.size(), 0.0)};
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) problem.entries.push_back({i, j, 1.0});
  for (int i = 0; i < n; ++i) problem.target[static_cast<std::size_t>(i * n + i)] = values[static_cast<std::size_t>(i)];
  return problem;
}

// The instance of examples/rank_jumps.toml.
RidgedProblem completion_5x5() {
  const Numbers u{-.7, .7, -1.4, 1.4, .2}, v{.5, -1.7, -.4, -.1, 1.3};
  RidgedProblem problem{5, 5, 3, 0.1, {}, {}};
  for (const double left : u)
    for (const double right : v) problem.target.push_back(left * right);
  for (const int place : {0, 5, 10, 11, 12, 13, 15, 19, 20, 24}) problem.entries.push_back({place / 5, place % 5, 1.0});
  return problem;
}

Numbers random_point(const RidgedObjective& objective, unsigned seed, double scale) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal;
  Numbers point(static_cast<std::size_t>(objective.size()));
  for (double& x : point) x = scale * normal(random);
  return point;
}

Numbers minimum_from(const RidgedObjective& objective, Numbers point, double ridge, double rate) {
  for (int step = 0; step < 4000; ++step) {
    const Numbers gradient = objective.gradient(point, ridge);
    for (std::size_t k = 0; k < point.size(); ++k) point[k] -= rate * gradient[k];
  }
  const auto found = find_critical_point(objective, point, ridge);
  EXPECT_TRUE(found && is_minimum(objective, *found, ridge));
  return found.value_or(point);
}

TEST(LinearSystem, ExchangesRows) {
  const auto x = solve_linear({0, 2, 1, 1, 1, 0, 3, 0, 1}, {7, 3, 6});
  ASSERT_TRUE(x);
  EXPECT_NEAR((*x)[0], 1.0, 1e-15);
  EXPECT_NEAR((*x)[1], 2.0, 1e-15);
  EXPECT_NEAR((*x)[2], 3.0, 1e-15);
  EXPECT_FALSE(solve_linear({1, 2, 2, 4}, {1, 1}));
}

TEST(RidgedObjective, DerivativesAreThoseOfDifferences) {
  RidgedProblem problem = completion_5x5();
  problem.depth = 4;
  problem.entries[3].weight = 0.7;
  const RidgedObjective objective(problem, 2);
  const Numbers point = random_point(objective, 5, 0.6), gradient = objective.gradient(point, 0.03),
                hessian = objective.hessian(point, 0.03);
  const double h = 1e-5;
  for (std::size_t k = 0; k < point.size(); ++k) {
    Numbers above = point, below = point;
    above[k] += h;
    below[k] -= h;
    EXPECT_NEAR(gradient[k], (objective.value(above, 0.03) - objective.value(below, 0.03)) / (2 * h), 1e-8);
    const Numbers up = objective.gradient(above, 0.03), down = objective.gradient(below, 0.03);
    for (std::size_t j = 0; j < point.size(); ++j)
      EXPECT_NEAR(hessian[k * point.size() + j], (up[j] - down[j]) / (2 * h), 1e-8);
  }
}

TEST(RidgedObjective, RotationsChangeNothing) {
  const RidgedObjective objective(completion_5x5(), 3);
  const Numbers point = random_point(objective, 6, 0.6), gradient = objective.gradient(point, 0.03);
  const auto rotations = objective.rotations(point);
  EXPECT_EQ(rotations.size(), 6u);
  const Numbers w = objective.end_to_end(point);
  for (const Numbers& direction : rotations) {
    EXPECT_NEAR(dense::dot(direction, gradient), 0.0, 1e-13);
    Numbers moved = point;
    for (std::size_t k = 0; k < point.size(); ++k) moved[k] += 1e-6 * direction[k];
    const Numbers after = objective.end_to_end(moved);
    for (std::size_t e = 0; e < w.size(); ++e) EXPECT_NEAR(after[e], w[e], 1e-10);
  }
}

TEST(RidgedObjective, TheSensitivityIsThatOfEntries) {
  RidgedProblem problem = completion_5x5();
  problem.entries[7].weight = 1.9;
  const RidgedObjective objective(problem, 2);
  const Numbers point = random_point(objective, 8, 0.6);
  Numbers squares(25, 0.0);
  for (std::size_t k = 0; k < point.size(); ++k) {  // W is linear in every number of a factor
    Numbers moved = point;
    moved[k] += 1.0;
    const Numbers after = objective.end_to_end(moved), before = objective.end_to_end(point);
    for (std::size_t e = 0; e < 25; ++e) squares[e] += (after[e] - before[e]) * (after[e] - before[e]);
  }
  double largest = 0.0;
  for (const ObservedEntry& entry : problem.entries)
    largest = std::max(largest, entry.weight * squares[static_cast<std::size_t>(5 * entry.row + entry.column)]);
  EXPECT_NEAR(objective.largest_sensitivity(point), largest, 1e-12);
}

// U(x) = (a - x)^2 / 2 + ridge L x^(2/L): rests where ridge = (a - x) x^q / 2, q = 1 - 2/L, folds at x = a q / (1 + q).
double ridge_of(double x, double a, double q) { return 0.5 * (a - x) * std::pow(x, q); }

TEST(CriticalBranch, ASingleModeFoldsWhereTheFormulaSays) {
  for (const int depth : {3, 4, 5, 7}) {
    const double a = 1.7, q = 1.0 - 2.0 / depth, xi = q / (1.0 + q);
    const double fold = 0.5 * std::pow(a, 1.0 + q) * (1.0 - xi) * std::pow(xi, q);
    const RidgedObjective objective(diagonal_problem(depth, {a}), 1);
    for (const double share : {0.05, 0.5, 0.95}) {
      const double ridge = share * fold;
      const Numbers minimum = minimum_from(objective, Numbers(static_cast<std::size_t>(depth), std::pow(a, 1.0 / depth)), ridge, 0.02);
      const CriticalBranch branch = follow_minimum(objective, minimum, ridge);
      ASSERT_EQ(branch.end, BranchEnd::saddle) << depth << ' ' << share;
      EXPECT_NEAR(branch.critical_ridge / fold, 1.0, 1e-12);
      EXPECT_NEAR(objective.singular_values(branch.fold)[0], xi * a, 1e-7);  // a / 4 for depth 3, a / 3 for depth 4
      const double saddle = objective.singular_values(branch.saddle)[0];
      EXPECT_LT(saddle, xi * a);
      EXPECT_NEAR(ridge_of(saddle, a, q) / ridge, 1.0, 1e-10);
    }
  }
}

TEST(CriticalBranch, TheSmallestModeOfADiagonalTargetFoldsByItself) {
  const double ridge = 0.1, q = 1.0 / 3.0, fold = 0.5 * std::pow(2.0, 1.0 + q) * 0.75 * std::pow(0.25, q);
  const RidgedObjective objective(diagonal_problem(3, {3.0, 2.0, 0.0}), 2);
  Numbers start(static_cast<std::size_t>(objective.size()), 0.0);  // 2 x 3, 2 x 2, 3 x 2
  start[0] = start[6] = start[10] = std::cbrt(3.0);
  start[4] = start[9] = start[13] = std::cbrt(2.0);
  const Numbers minimum = minimum_from(objective, start, ridge, 0.02);
  const CriticalBranch branch = follow_minimum(objective, minimum, ridge);
  ASSERT_EQ(branch.end, BranchEnd::saddle);
  EXPECT_NEAR(branch.critical_ridge, fold, 1e-12);
  EXPECT_NEAR(objective.singular_values(branch.fold)[1], 0.5, 1e-7);
  const Numbers values = objective.singular_values(branch.saddle), rest = objective.singular_values(minimum);
  EXPECT_NEAR(values[0], rest[0], 1e-10);  // the other mode is where it was
  EXPECT_LT(values[1], 0.5);
  EXPECT_NEAR(ridge_of(values[1], 2.0, q), ridge, 1e-11);
  EXPECT_NEAR(dense::dot(objective.gradient(branch.saddle, ridge), objective.gradient(branch.saddle, ridge)), 0.0, 1e-24);
}

// A program in SciPy that knows nothing of factors - min of C + 3 ridge sum s^(2/3) over W of rank 2, sigma_2 held, and a root
// of its slope - has these saddles.
TEST(CriticalBranch, SaddlesOfTheRankJumpsInstance) {
  const RidgedObjective objective(completion_5x5(), 2);
  struct Known {
    double ridge, second, first;
  };
  double at_fold = 0.0;
  for (const Known& known : {Known{0.03, 0.020825519966, 3.947008500492}, Known{0.04, 0.050909568738, 3.774051533694},
                             Known{0.05, 0.110191783551, 3.609102907830}}) {
    std::optional<CriticalBranch> branch;
    for (unsigned seed = 1; !branch && seed < 40; ++seed) {  // of the minimum of rank 2, which not all starts lead to
      Numbers point = random_point(objective, seed, 0.8);
      for (int step = 0; step < 4000; ++step) {
        const Numbers gradient = objective.gradient(point, known.ridge);
        for (std::size_t k = 0; k < point.size(); ++k) point[k] -= 0.04 * gradient[k];
      }
      if (objective.singular_values(point)[1] < 0.5) continue;
      const auto minimum = find_critical_point(objective, point, known.ridge);
      if (minimum && is_minimum(objective, *minimum, known.ridge)) branch = follow_minimum(objective, *minimum, known.ridge);
    }
    ASSERT_TRUE(branch);
    ASSERT_EQ(branch->end, BranchEnd::saddle);
    EXPECT_NEAR(objective.singular_values(branch->saddle)[0], known.first, 2e-7);  // as exact as the descent there
    EXPECT_NEAR(objective.singular_values(branch->saddle)[1], known.second, 5e-9);
    if (at_fold == 0.0) at_fold = branch->critical_ridge;
    EXPECT_NEAR(branch->critical_ridge, at_fold, 1e-12);  // the fold does not depend on where one begins
  }
  EXPECT_NEAR(at_fold, 0.0621955574, 1e-9);
}

// What descent has not brought to rest is told from modes; bases of wide hidden spaces do not matter.
TEST(CriticalRank, CountsModesOfWideFactors) {
  const RidgedProblem problem = diagonal_problem(3, {3.0, 2.0, 0.0});
  const double ridge = 0.1;
  Factorization model{3, {3, 4, 5, 3}, Symmetry::general};
  std::mt19937_64 random(2);
  std::normal_distribution<double> normal(0.0, 0.5);
  Numbers factors(4 * 3 + 5 * 4 + 3 * 5);
  for (double& x : factors) x = normal(random);
  const auto gradient_step = [&] {  // of the wide factors, written out
    const dense::Dense a = dense::factor_of(model, factors, 0), b = dense::factor_of(model, factors, 1), c = dense::factor_of(model, factors, 2);
    const dense::Dense slope = loss_gradient(problem, dense::product(c, dense::product(b, a)));
    const dense::Dense by_a = dense::product(dense::transposed(dense::product(c, b)), slope);
    const dense::Dense by_b = dense::product(dense::transposed(c), dense::product(slope, dense::transposed(a)));
    const dense::Dense by_c = dense::product(slope, dense::transposed(dense::product(b, a)));
    Numbers all = by_a.entries;
    all.insert(all.end(), by_b.entries.begin(), by_b.entries.end());
    all.insert(all.end(), by_c.entries.begin(), by_c.entries.end());
    for (std::size_t k = 0; k < all.size(); ++k) factors[k] -= 0.05 * (all[k] + 2.0 * ridge * factors[k]);
  };
  for (int step = 0; step < 3000; ++step) gradient_step();
  ASSERT_EQ(critical_rank(problem, model, factors, ridge), 2);
  const RidgedObjective objective(problem, 2);
  const Numbers point = without_other_modes(model, factors, 2);
  const auto rest = find_critical_point(objective, point, ridge);
  ASSERT_TRUE(rest);
  EXPECT_TRUE(is_minimum(objective, *rest, ridge));
  EXPECT_NEAR(ridge_of(objective.singular_values(*rest)[1], 2.0, 1.0 / 3.0), ridge, 1e-12);
}

}  // namespace
}  // namespace rankfall
