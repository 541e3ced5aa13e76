// Escape from small starts: closed forms against their differential equation, and the laws read off made results.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "theory/escape_laws.hpp"
#include "theory/limits.hpp"

namespace rankfall {
namespace {

// A mode of every factor, ds/dt = rate s^(L-1), by the classical Runge-Kutta method of fourth order.
double grown(int depth, double s, double rate, double time, int steps) {
  const auto slope = [&](double x) { return rate * std::pow(x, depth - 1); };
  const double h = time / steps;
  for (int k = 0; k < steps; ++k) {
    const double a = slope(s), b = slope(s + 0.5 * h * a), c = slope(s + 0.5 * h * b), d = slope(s + h * c);
    s += h / 6.0 * (a + 2.0 * b + 2.0 * c + d);
  }
  return s;
}

TEST(EscapeTime, IsWhenTheModeHasGrownToTheSize) {
  for (int depth : {2, 3, 4, 6})
    for (double rate : {0.4, 7.0}) {
      const double scale = 0.05, size = 0.6, time = escape_time(depth, scale, rate, size);
      EXPECT_NEAR(grown(depth, scale, rate, time, 200000), size, 1e-8) << depth << " " << rate;
    }
}

TEST(EscapeTime, IsFiniteForAnySizeBeyondDepthTwo) {
  EXPECT_NEAR(escape_time(3, 0.1, 8.9), 1.0 / (0.1 * 8.9), 1e-12);
  EXPECT_NEAR(escape_time(4, 0.1, 8.9), 1.0 / (2.0 * 0.01 * 8.9), 1e-12);
  for (int depth : {3, 5}) {
    EXPECT_LT(escape_time(depth, 0.1, 2.0, 1e3), escape_time(depth, 0.1, 2.0));
    EXPECT_NEAR(escape_time(depth, 0.1, 2.0, 1e8) / escape_time(depth, 0.1, 2.0), 1.0, 1e-6);
    // additive along the way
    EXPECT_NEAR(escape_time(depth, 0.1, 2.0, 0.3) + escape_time(depth, 0.3, 2.0), escape_time(depth, 0.1, 2.0), 1e-9);
  }
  EXPECT_GT(escape_time(2, 1e-3, 1.0, 1e6), escape_time(2, 1e-3, 1.0, 1e3) + 6.0);  // unbounded: log(1e3) more
}

// Two modes of one flow: where the first is 1e4 times larger than both began, the second hardly moves any more.
TEST(FrozenMode, IsWhereTheOthersAreWhenTheFirstBlowsUp) {
  for (int depth : {3, 4, 5})
    for (double ratio : {0.8, 0.3, 0.0, -0.7}) {
      const double scale = 0.2, rate = 1.3, time = escape_time(depth, scale, rate, 2000.0);
      const double left = std::pow(grown(depth, scale, ratio * rate, time, 20000), depth);
      EXPECT_NEAR(left / frozen_mode(depth, scale, ratio), 1.0, 5e-3) << depth << " " << ratio;
    }
  EXPECT_EQ(frozen_mode(3, 0.5, 0.0), 0.125);  // nothing drives it
}

TEST(FrozenMode, IsProportionalToTheStartWhateverTheGap) {
  for (int depth : {3, 4, 7})
    for (double ratio : {0.95, 0.5}) {
      const double slope = std::log(frozen_mode(depth, 0.1, ratio) / frozen_mode(depth, 0.01, ratio)) / (depth * std::log(10.0));
      EXPECT_NEAR(slope, distance_exponent(depth, ratio), 1e-12);
    }
  // At depth 2 the second mode of W has come to scale^2 e^(2 lambda_2 t) when the first is of size 1.
  for (double ratio : {0.9, 0.61}) {
    const auto second = [&](double scale) { return std::pow(grown(2, scale, ratio, escape_time(2, scale, 1.0, 1.0), 4000), 2); };
    EXPECT_NEAR(std::log(second(1e-2) / second(1e-3)) / (2.0 * std::log(10.0)), distance_exponent(2, ratio), 1e-6);
  }
}

// Two cells, depth 3, W_l = 0.1 I and 0.01 I, whose made results have a path of one escape with lambda_1 = 4.
struct MadeRun {
  Experiment experiment;
  RunResults results;
  std::vector<CellEstimate> estimates{2};

  explicit MadeRun(int depth) {
    experiment.axes = {{"scale", {"initialization.scale"}, {"scale"}, {{0.1, 0.01}}}};
    for (int c = 0; c < 2; ++c) {
      Cell& cell = experiment.cells.emplace_back();
      cell.index = c;
      cell.position = {c};
      cell.problem.rows = cell.problem.columns = 2;
      cell.problem.target.kind = TargetKind::given;
      cell.problem.target.matrix = std::make_shared<Matrix>(Matrix{2, 2, {1, 0, 0, 1}});
      cell.model = {depth, std::vector<int>(static_cast<std::size_t>(depth) + 1, 2), Symmetry::general};
      cell.initialization.kind = InitializationKind::identity;
      cell.initialization.scale = c == 0 ? 0.1 : 0.01;
      cell.phases.resize(1);
      cell.phases[0].optimizer = Optimizer::gradient_flow;
      cell.greedy_path.emplace();
      cell.greedy_path->greedy_spec.pair = EscapePair::eigenvector;
      cell.probe.trajectory = true;
      results.push_back(made(c));
    }
  }
  static ReplicaResults made(int cell) {
    ReplicaResults own;
    own.cell = cell;
    own.count = own.compared = 1;
    own.solution_count = own.singular_value_count = 2;
    own.outcome = {Outcome::exhausted};
    own.singular_values = {3.0, 0.0};
    for (auto& array : own.observable) array.assign(1, 0.0);
    own.greedy_outcome = {static_cast<int>(Outcome::converged)};
    own.greedy_loss = {1.0, 0.0};
    own.greedy_nuclear_norm = {0.0, 3.0};
    own.greedy_escape_rate = {4.0, 0.0};
    own.greedy_gap = {0.25, 0.0};
    own.greedy_end_distance = {cell == 0 ? 0.2 : 0.2 * std::pow(10.0, -2.5)};
    own.trajectory_begin = {0, 3};
    own.trajectory_time = {0.0, 2.0, 3.0};  // sigma_1 passes 1.5 at 2.5
    own.trajectory_singular_values = {0.1, 0, 1.0, 0, 2.0, 0};
    return own;
  }
  const LawComparison* found(std::size_t cell, const std::string& name) const {
    for (const LawComparison& law : estimates[cell].laws)
      if (law.law == name) return &law;
    return nullptr;
  }
};

TEST(EscapeLaws, AreReadOffProbesAndNeighbours) {
  MadeRun deep(3);
  add_laws(deep.experiment, deep.results, deep.estimates);
  ASSERT_NE(deep.found(0, "escape_time"), nullptr);
  EXPECT_NEAR(deep.found(0, "escape_time")->predicted, 2.5, 1e-12);  // 1 / (0.1 * 4)
  EXPECT_NEAR(deep.found(0, "escape_time")->measured, 2.5, 1e-12);
  EXPECT_EQ(deep.found(0, "distance_exponent"), nullptr);  // of the smaller scale
  ASSERT_NE(deep.found(1, "distance_exponent"), nullptr);
  EXPECT_EQ(deep.found(1, "distance_exponent")->predicted, 1.0);
  EXPECT_NEAR(deep.found(1, "distance_exponent")->measured, 2.5 / 3.0, 1e-12);  // W(0) falls by 10^3
}

TEST(EscapeLaws, OfDepthTwoGoByTheGapOfTheOnlyEscape) {
  MadeRun shallow(2);
  add_laws(shallow.experiment, shallow.results, shallow.estimates);
  EXPECT_EQ(shallow.found(0, "escape_time"), nullptr);
  ASSERT_NE(shallow.found(1, "distance_exponent"), nullptr);
  EXPECT_EQ(shallow.found(1, "distance_exponent")->predicted, 0.75);
  MadeRun ridged(2), unfinished(2);
  for (Cell& cell : ridged.experiment.cells) cell.phases[0].ridge = 0.1;
  unfinished.results[0].greedy_outcome = {static_cast<int>(Outcome::stalled)};
  for (MadeRun* run : {&ridged, &unfinished}) {
    add_laws(run->experiment, run->results, run->estimates);
    EXPECT_EQ(run->found(1, "distance_exponent"), nullptr);
  }
}

}  // namespace
}  // namespace rankfall
