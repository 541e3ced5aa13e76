// Closed forms and bisections of the theory, against values found by integrating its equations and against each other; and
// that a cell is recognised as an instance of a law only where it is one.
#include <gtest/gtest.h>

#include <cmath>

#include "theory/laws.hpp"
#include "theory/limits.hpp"

namespace rankfall {
namespace {

// Numbers of an independent program (gradient flow of the two eigenvalues in float64).
TEST(AffineLimit, HasTheRatiosOfItsFlow) {
  const auto ratio = [](int depth, double scale, double inverse_mixing) {
    return affine_ratio({depth, 2, 1, scale, 1.0 / inverse_mixing, 1.0});
  };
  EXPECT_NEAR(ratio(2, 0.1, 2), 0.111111, 5e-7);
  EXPECT_NEAR(ratio(2, 0.7, 10), 0.669421, 5e-7);
  EXPECT_NEAR(ratio(3, 0.1, 2) / 1.77374e-4, 1.0, 5e-6);
  EXPECT_NEAR(ratio(3, 0.1, 10) / 0.0228069, 1.0, 5e-6);
  EXPECT_NEAR(ratio(3, 0.1, 100) / 0.554011, 1.0, 5e-6);
  EXPECT_NEAR(ratio(4, 0.1, 10) / 2.90131e-4, 1.0, 5e-6);
}

TEST(AffineLimit, WithoutMixingIsDiagonalAndWithAllOfItOfRankOne) {
  for (int depth : {2, 3, 5}) {
    EXPECT_NEAR(affine_ratio({depth, 3, 2, 0.05, 0.0, 1.7}), 1.0, 1e-12) << depth;
    EXPECT_EQ(affine_ratio({depth, 3, 2, 0.05, 1.0, 1.7}), 0.0) << depth;
  }
}

// From depth 3 on the ratio goes as scale^depth: coupled starts end at rank 1.
TEST(AffineLimit, GoesToRankOneWithTheScale) {
  for (int depth : {3, 4})
    EXPECT_NEAR(std::log10(affine_ratio({depth, 2, 1, 1e-3, 0.5, 1.0}) / affine_ratio({depth, 2, 1, 1e-4, 0.5, 1.0})), depth, 0.02);
}

// Depth 2 thresholds softly; depth 3 has its mode vanish at a quarter of the target and ridge 0.236 h a^(4/3), h = 2 c.
TEST(RidgedMode, ThresholdsSoftlyAtDepthTwoAndFoldsBeyond) {
  EXPECT_NEAR(ridged_mode(2, 0.5, 0.1, 3.0)->value, 2.8, 1e-12);
  EXPECT_FALSE(ridged_mode(2, 0.5, 1.6, 3.0).has_value());
  const double a = 2.0, fold = 0.2362 * std::pow(a, 4.0 / 3.0);
  EXPECT_FALSE(ridged_mode(3, 0.5, 1.001 * fold, a).has_value());
  EXPECT_NEAR(ridged_mode(3, 0.5, 0.9995 * fold, a)->value, a / 4.0, 0.02 * a);
  EXPECT_NEAR(ridged_mode(4, 0.5, 0.1924 * 0.9995 * std::pow(a, 1.5), a)->value, a / 3.0, 0.03 * a);
}

// A minimum: the objective rises to both sides.
TEST(RidgedMode, IsALocalMinimum) {
  for (int depth : {2, 3, 4, 7}) {
    const double c = 0.3, ridge = 0.02, target = 1.4, s = ridged_mode(depth, c, ridge, target)->value;
    const auto objective = [&](double x) { return c * (x - target) * (x - target) + ridge * depth * std::pow(x, 2.0 / depth); };
    EXPECT_LT(objective(s), objective(s + 1e-3));
    EXPECT_LT(objective(s), objective(s - 1e-3));
    EXPECT_GT(s, ridged_mode(depth, c, ridge, target)->threshold);
  }
}

const Law& law(const std::string& name) {
  return *std::find_if(laws().begin(), laws().end(), [&](const Law& each) { return each.name == name; });
}

Cell affine_cell() {
  Cell cell;
  cell.problem.rows = cell.problem.columns = 4;
  cell.problem.target.kind = TargetKind::given;
  cell.problem.target.matrix = std::make_shared<Matrix>(Matrix{4, 4, {2, 2, 0, 0, 2, 2, 0, 0, 9, 0, 2, 2, 0, 0, 2, 2}});
  cell.problem.observed = {ObservationPattern::block_diagonal, 0, {2, 2}, {}};
  cell.model = {3, {4, 4, 4, 4}, Symmetry::general};
  cell.initialization.kind = InitializationKind::affine;
  cell.initialization.blocks = 2;
  cell.initialization.mixing = 0.1;
  cell.phases.resize(1);
  return cell;
}

TEST(AffineLimit, IsRecognisedWhereItHolds) {
  const auto applies = [](const auto& change) {
    Cell cell = affine_cell();
    change(cell);
    return law("affine_limit").applies({}, cell);
  };
  EXPECT_TRUE(applies([](Cell&) {}));
  EXPECT_FALSE(applies([](Cell& cell) { cell.initialization.mixing = -0.1; }));
  EXPECT_FALSE(applies([](Cell& cell) { cell.phases[0].ridge = 0.1; }));
  EXPECT_FALSE(applies([](Cell& cell) { cell.phases[0].optimizer = Optimizer::sgd; }));
  EXPECT_FALSE(applies([](Cell& cell) { cell.phases.resize(2); }));
  EXPECT_FALSE(applies([](Cell& cell) { cell.phases[0].kind = PhaseKind::greedy_low_rank; }));
  EXPECT_FALSE(applies([](Cell& cell) { cell.problem.observed.blocks = {1, 3}; }));
  EXPECT_FALSE(applies([](Cell& cell) { cell.problem.observed = {ObservationPattern::full, 0, {}, {}}; }));
  EXPECT_FALSE(applies([](Cell& cell) { cell.model.widths[1] = 5; }));
  EXPECT_FALSE(applies([](Cell& cell) { cell.problem.noise = 0.1; }));
  auto uneven = std::make_shared<Matrix>(*affine_cell().problem.target.matrix);
  uneven->entries[5] = 2.5;
  EXPECT_FALSE(applies([&](Cell& cell) { cell.problem.target.matrix = uneven; }));
  const TargetSpec own{TargetKind::given, 1, {}, uneven};
  EXPECT_FALSE(applies([&](Cell& cell) { cell.phases[0].target = own; }));
  EXPECT_TRUE(applies([&](Cell& cell) {  // what is trained on, not what the problem says
    cell.phases[0].target = cell.problem.target;
    cell.problem.target = own;
  }));
}

// Two replicas of three and two probes, two singular values each; NaN where a mode has no direction.
TEST(Laws, VelocitiesAreComparedWhereTheyAreLargest) {
  Cell cell = affine_cell();
  cell.probe.velocities = true;
  EXPECT_FALSE(law("mode_velocity").applies({}, cell));
  cell.probe.trajectory = true;
  EXPECT_TRUE(law("mode_velocity").applies({}, cell));
  const double nan = std::nan("");
  ReplicaResults results;
  results.singular_value_count = 2;
  results.trajectory_begin = {0, 3, 5};
  results.trajectory_mode_velocity = {0.1, nan, 0.5, -2.0, 0.25, 1.0, nan, nan, 0.0, nan};
  results.trajectory_mode_velocity_balanced = {0.1, nan, 0.5, -1.5, 0.25, 1.0, nan, nan, 0.0, nan};
  const auto found = law("mode_velocity").read({cell}, results, 0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->measured, -2.0);
  EXPECT_EQ(found->predicted, -1.5);
  EXPECT_FALSE(law("mode_velocity").read({cell}, results, 1));
}

// Made results: of three replicas two have come to rest, balanced to a part in a thousand and exactly.
TEST(Laws, AreReadOffTheReplicasTheySpeakOf) {
  Experiment experiment;
  Cell cell = affine_cell();
  cell.problem.observed = {ObservationPattern::random, 3, {}, {}};
  cell.initialization.kind = InitializationKind::gaussian;
  cell.phases[0].ridge = 0.1;
  cell.phases[0].stop.gradient_norm = 1e-6;
  experiment.cells = {cell};
  ReplicaResults results;
  results.count = 3;
  results.singular_value_count = 4;
  results.outcome = {Outcome::converged, Outcome::exhausted, Outcome::converged};
  results.singular_values = {8, 1, 0, 0, 1, 1, 1, 1, 27, 0, 0, 0};
  for (auto& array : results.observable) array.assign(3, 0.0);
  results.observable[static_cast<std::size_t>(Observable::representation_cost)] = {15.015, 7.0, 27.0};  // 3 (4 + 1), 3 * 9
  std::vector<CellEstimate> estimates(1);
  add_laws(experiment, {results}, estimates);
  ASSERT_EQ(estimates[0].laws.size(), 1u);
  const LawComparison& found = estimates[0].laws[0];
  EXPECT_EQ(found.law, "balanced_cost");
  EXPECT_EQ(found.replicas, 2);
  EXPECT_NEAR(found.predicted, 21.0, 1e-12);
  EXPECT_NEAR(found.largest_difference, 1e-3, 1e-12);
  EXPECT_NEAR(found.difference, 5e-4, 1e-12);
}

}  // namespace
}  // namespace rankfall
