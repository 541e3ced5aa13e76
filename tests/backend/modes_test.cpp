// Modes of W: singular triples, their alignment with the target's, and how fast singular values move.
#include "backend/modes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "backend/greedy_escape.hpp"
#include "backend/instance.hpp"
#include "tests/backend/reference.hpp"
#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

DenseMatrix normal_matrix(int rows, int columns, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  DenseMatrix a = zeros(rows, columns);
  for (double& x : a.entries) x = normal(random);
  return a;
}

// Orthonormal columns.
DenseMatrix orthonormal(int rows, int columns, unsigned seed) {
  const SingularTriples triples = singular_triples(rows, columns, normal_matrix(rows, columns, seed).entries);
  return transposed(DenseMatrix{columns, rows, triples.left});
}

DenseMatrix diagonal_of(const std::vector<double>& values) {
  const int n = static_cast<int>(values.size());
  DenseMatrix d = zeros(n, n);
  for (int i = 0; i < n; ++i) d.at(i, i) = values[static_cast<std::size_t>(i)];
  return d;
}

void expect_identity(const DenseMatrix& a) {
  for (int i = 0; i < a.rows; ++i)
    for (int j = 0; j < a.columns; ++j) EXPECT_NEAR(a.at(i, j), i == j ? 1.0 : 0.0, 1e-14) << i << ' ' << j;
}

TEST(SingularTriples, AreThoseOfTheMatrix) {
  for (const auto& [rows, columns] : {std::pair{5, 3}, {3, 5}, {4, 4}, {1, 6}, {6, 1}}) {
    const DenseMatrix a = normal_matrix(rows, columns, 7);
    const SingularTriples found = singular_triples(rows, columns, a.entries);
    EXPECT_EQ(found.value, singular_values_of(rows, columns, a.entries));
    const int count = static_cast<int>(found.value.size());
    const DenseMatrix left{count, rows, found.left}, right{count, columns, found.right};
    expect_identity(times(left, transposed(left)));
    expect_identity(times(right, transposed(right)));
    const DenseMatrix again = times(transposed(left), times(diagonal_of(found.value), right));
    EXPECT_LT(squares(difference(again, a)), 1e-26);
  }
}

TEST(SingularTriples, OfWhatRoundingLeavesHaveNoDirection) {
  const DenseMatrix once = times(normal_matrix(4, 1, 1), normal_matrix(1, 4, 2));
  const SingularTriples found = singular_triples(4, 4, once.entries);
  EXPECT_TRUE(found.has_direction(0));
  for (std::size_t r = 1; r < 4; ++r) EXPECT_FALSE(found.has_direction(r));
  EXPECT_FALSE(singular_triples(2, 3, std::vector<double>(6, 0.0)).has_direction(0));
}

ModeReading alignment(const DenseMatrix& target, const DenseMatrix& w) {
  ModeReading reading;
  TargetModes(target.rows, target.columns, target.entries).align(singular_triples(w.rows, w.columns, w.entries), reading);
  return reading;
}

TEST(Alignment, IsTheCosineOfSimpleModes) {
  const DenseMatrix u = orthonormal(4, 3, 1), v = orthonormal(3, 3, 2), target = times(u, times(diagonal_of({3, 2, 1}), transposed(v)));
  const double angle = 0.3;
  DenseMatrix turn = diagonal_of({1, 1, 1});
  turn.at(0, 0) = turn.at(1, 1) = std::cos(angle);
  turn.at(0, 1) = -(turn.at(1, 0) = std::sin(angle));
  const DenseMatrix w = times(times(u, turn), times(diagonal_of({7, 5, 0.5}), transposed(v)));
  const ModeReading found = alignment(target, w);
  const double left[] = {std::cos(angle), std::cos(angle), 1.0};
  for (std::size_t r = 0; r < 3; ++r) {
    EXPECT_NEAR(found.left[r], left[r], 1e-13) << r;
    EXPECT_NEAR(found.right[r], 1.0, 1e-13) << r;
  }
}

// A rotation among equal modes is no misalignment, and neither is one among what the target has not.
TEST(Alignment, IsOfSubspacesWhereTheTargetHasEqualValues) {
  const DenseMatrix u = orthonormal(5, 5, 3), v = orthonormal(5, 5, 4),
                    target = times(u, times(diagonal_of({2, 2, 1, 0, 0}), transposed(v)));
  DenseMatrix turn = diagonal_of({1, 1, 1, 1, 1});
  for (const int k : {0, 3}) {
    turn.at(k, k) = turn.at(k + 1, k + 1) = 0.6;
    turn.at(k, k + 1) = -(turn.at(k + 1, k) = 0.8);
  }
  const DenseMatrix w = times(times(u, turn), times(diagonal_of({9, 7, 5, 3, 1}), transposed(times(v, turn))));
  for (const double length : alignment(target, w).left) EXPECT_NEAR(length, 1.0, 1e-13);
  const DenseMatrix other = times(times(u, turn), times(diagonal_of({9, 1, 7, 5, 3}), transposed(v)));
  const ModeReading found = alignment(target, other);  // modes in the order of the columns 0, 2, 3, 4, 1
  const double expected[] = {1.0, 0.0, 0.0, 1.0, 0.0};
  for (std::size_t r = 0; r < 5; ++r) EXPECT_NEAR(found.left[r], expected[r], 1e-13) << r;
}

// dW_l/dt = -grad_l over a short time, by an independent gradient and LAPACK's singular values.
TEST(Velocities, AreThoseOfSmallStepsOfTheFlow) {
  const double h = 1e-6;
  for (const auto& widths : {std::vector{3, 4}, {3, 5, 4}, {4, 3, 5, 3}, {3, 3, 3, 3, 3}}) {
    const Factorization model{static_cast<int>(widths.size()) - 1, widths, Symmetry::general};
    Factors factors;
    std::vector<double> flat;
    for (int l = 0; l < model.factors(); ++l) {
      factors.push_back(normal_matrix(model.factor_rows(l), model.factor_columns(l), static_cast<unsigned>(l)));
      flat.insert(flat.end(), factors.back().entries.begin(), factors.back().entries.end());
    }
    Objective objective{normal_matrix(model.rows(), model.columns(), 9), zeros(model.rows(), model.columns()), 0.25, 0.03};
    for (std::size_t e = 0; e < objective.weight.entries.size(); ++e) objective.weight.entries[e] = e % 3 == 0 ? 0.0 : 1.5;
    ObservedData data;
    data.weight = objective.weight.entries;
    data.target = objective.target.entries;
    const DenseMatrix w = product(factors);
    ModeReading found;
    find_velocities(model, flat, loss_gradient(data, objective.c, w.entries), objective.ridge,
                    singular_triples(w.rows, w.columns, w.entries), found);
    Factors later = factors, earlier = factors;
    descend(objective, later, h);
    descend(objective, earlier, -h);
    const auto after = lapack_singular_values(product(later)), before = lapack_singular_values(product(earlier));
    for (std::size_t r = 0; r < after.size(); ++r)
      EXPECT_NEAR(found.velocity[r], (after[r] - before[r]) / (2.0 * h), 1e-6 * std::fabs(found.velocity[r]) + 1e-7) << r;
    if (model.factors() == 1) continue;
    EXPECT_GT(std::fabs(found.velocity[0] - found.balanced[0]), 1e-3);  // these are not balanced
  }
}

// W_l = S^(1/L) between the bases: balanced, so both are the same number; modes from 1 to 1e-4.
TEST(Velocities, AreTheLawWhereFactorsAreBalanced) {
  const std::vector<double> s{1.0, 0.3, 1e-2, 1e-4};
  for (int depth = 1; depth <= 4; ++depth) {
    const Factorization model{depth, std::vector<int>(static_cast<std::size_t>(depth) + 1, 4), Symmetry::general};
    std::vector<double> root;
    for (const double x : s) root.push_back(std::pow(x, 1.0 / depth));
    Factors factors(static_cast<std::size_t>(depth), diagonal_of(root));
    factors.front() = times(factors.front(), transposed(orthonormal(4, 4, 5)));
    factors.back() = times(orthonormal(4, 4, 6), factors.back());
    std::vector<double> flat;
    for (const DenseMatrix& factor : factors) flat.insert(flat.end(), factor.entries.begin(), factor.entries.end());
    const DenseMatrix w = product(factors), gradient = normal_matrix(4, 4, 8);
    ModeReading found;
    find_velocities(model, flat, gradient.entries, 0.02, singular_triples(4, 4, w.entries), found);
    for (std::size_t r = 0; r < 4; ++r) EXPECT_NEAR(found.velocity[r] / found.balanced[r], 1.0, 1e-10) << depth << ' ' << r;
  }
}

struct Run {
  const char* name;
  Overrides overrides;
};
class ModesOfRuns : public testing::TestWithParam<Run> {};

// Descent so slow that a step is the flow: whatever the loss and the model, s moves by rate * velocity.
TEST_P(ModesOfRuns, MoveAsTheVelocitySays) {
  Overrides all = GetParam().overrides;
  all.push_back("probe.alignment=true");
  const ReplicaResults found = train_one_cell(R"(
precision = 'float64'
replicas = 3
[problem]
rows = 4
rank = 2
observed_count = 10
[model]
depth = 3
[initialization]
scale = 0.6
[[phase]]
learning_rate = 1e-8
steps = 1
[probe]
trajectory = true
velocities = true
classify_at_end = 'numerical'
)", all);
  for (std::size_t r = 0; r < 3; ++r) {
    const auto at = static_cast<std::size_t>(found.trajectory_begin[r]) * 4;
    for (std::size_t k = at; k < at + 4; ++k) {
      if (std::isnan(found.trajectory_mode_velocity[k])) continue;
      const double moved = (found.trajectory_singular_values[k + 4] - found.trajectory_singular_values[k]) / 1e-8;
      EXPECT_NEAR(moved, found.trajectory_mode_velocity[k], 1e-5 * std::fabs(moved) + 1e-7) << k;
      EXPECT_GE(found.trajectory_alignment_left[k], 0.0);
      EXPECT_LE(found.trajectory_alignment_right[k], 1.0);
      const std::size_t end = r * 4 + k - at;
      EXPECT_EQ(found.mode_velocity[end], found.trajectory_mode_velocity[k + 4]);
      EXPECT_EQ(found.alignment_right[end], found.trajectory_alignment_right[k + 4]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ModesOfRuns,
                         testing::Values(Run{"Entries", {}}, Run{"HalfSum", {"objective.loss=half-sum-squared"}},
                                         Run{"Ridge", {"objective.ridge=0.1"}},
                                         Run{"Measurements", {"problem.observed=gaussian"}},
                                         Run{"Symmetric", {"model.depth=2", "model.symmetric=true", "objective.ridge=0.1"}},
                                         Run{"Narrow", {"model.width=2"}},
                                         Run{"Own", {"problem.instances=per-replica", "problem.noise=0.3"}}),
                         [](const auto& test) { return test.param.name; });

// The symmetric model has one factor, so it is balanced whatever the start; a flow keeps a balanced start balanced.
TEST(Velocities, AreTheLawAlongWholeFlows) {
  const std::string text = R"(
replicas = 4
[problem]
rows = 4
spectrum = [3, 2, 1]
[objective]
loss = 'half-sum-squared'
[[phase]]
optimizer = 'gradient-flow'
time = 3
[probe]
times = { linspace = [0.1, 3, 8] }
trajectory = true
velocities = true
)";
  const auto largest = [&](const Overrides& overrides) {
    const ReplicaResults found = train_one_cell(text, overrides);
    double most = 0.0;
    for (std::size_t k = 0; k < found.trajectory_mode_velocity.size(); ++k) {
      const double s = found.trajectory_singular_values[k], difference = found.trajectory_mode_velocity[k] - found.trajectory_mode_velocity_balanced[k];
      if (s > 1e-6) most = std::max(most, std::fabs(difference));
    }
    return most;
  };
  EXPECT_LT(largest({"model.symmetric=true", "initialization.scale=0.3"}), 1e-12);
  EXPECT_LT(largest({"model.depth=3", "initialization={kind='balanced', scale=0.5}"}), 1e-6);
  EXPECT_GT(largest({"model.depth=3", "initialization.scale=0.5"}), 0.1);
}

}  // namespace
}  // namespace rankfall
