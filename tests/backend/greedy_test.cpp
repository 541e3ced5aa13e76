// Greedy low-rank learning: its solutions where they are known, and how far from the last of them flows end.
#include <gtest/gtest.h>

#include "tests/backend/greedy_texts.hpp"

namespace rankfall {
namespace {

using namespace test;

TEST(Greedy, ReachesTheCounterExampleInOnePhase) {
  const std::string symmetric = "model.symmetric=true", deep = "phase.greedy.pair=eigenvector";
  for (const Overrides& model :
       {Overrides{symmetric}, Overrides{deep}, Overrides{deep, "model.depth=3"}, Overrides{deep, "model.depth=4"}}) {
    const ReplicaResults found = train_one_cell(counter_example + greedy_phase, model);
    EXPECT_EQ(found.outcome[0], Outcome::converged);
    EXPECT_EQ(found.greedy_outcome[0], 0);
    EXPECT_EQ(std::vector<std::int32_t>(found.greedy_rank.begin(), found.greedy_rank.begin() + 3),
              (std::vector<std::int32_t>{0, 1, -1}));
    EXPECT_NEAR(found.greedy_escape_rate[0], (1.0 + std::sqrt(17.0)) / 2.0, 1e-12);
    EXPECT_NEAR(found.greedy_gap[0], (std::sqrt(17.0) - 1.0) / (std::sqrt(17.0) + 1.0), 1e-12);
    EXPECT_LE(found.greedy_escape_rate[1], 1e-6 * found.greedy_escape_rate[0]);
    EXPECT_NEAR(found.greedy_loss[0], 9.0, 1e-12);
    EXPECT_LT(found.greedy_loss[1], 1e-14);
    EXPECT_NEAR(found.greedy_nuclear_norm[1], 10.0, 1e-6);
    EXPECT_LT(found.greedy_unobserved_error[1], 1e-6);
    EXPECT_TRUE(std::isnan(found.greedy_loss[2]));
    // The state that is left is that of the last solution.
    EXPECT_EQ(value(found, Observable::loss, 0), found.greedy_loss[1]);
    EXPECT_EQ(found.rank[0], 1);
    ASSERT_EQ(found.events.size(), 1u);
    EXPECT_EQ(found.events[0].rank_after, 1);
    EXPECT_EQ(found.time[0], found.greedy_time[1]);
  }
}

// The gradient at 0 is symmetric with eigenvalues in pairs +-: a singular pair is not unique, and that is told.
TEST(Greedy, TellsThatAnEscapeIsNotUnique) {
  const ReplicaResults found = train_one_cell(counter_example + greedy_phase);
  EXPECT_NEAR(found.greedy_gap[0], 1.0, 1e-12);
  EXPECT_EQ(found.greedy_outcome[0], 0);
}

// All observed: solutions are the best approximations of rank r, escapes are driven by the next singular value.
class Truncation : public testing::TestWithParam<std::string> {};

TEST_P(Truncation, IsTheSolution) {
  const double spectrum[] = {3.0, 2.0, 0.5};
  const std::string problem =
      "replicas = 1\n[problem]\nrows = 4\nspectrum = [3, 2, 0.5]\n[objective]\nloss = 'half-sum-squared'\n";
  const ReplicaResults found = train_one_cell(problem + greedy_phase, {GetParam()});
  ASSERT_EQ(found.greedy_outcome[0], 0);
  double loss = 0.5 * (9.0 + 4.0 + 0.25), nuclear = 0.0, left = 3.0;
  for (std::size_t r = 0; r <= 3; ++r) {
    EXPECT_EQ(found.greedy_rank[r], static_cast<int>(r));
    EXPECT_NEAR(found.greedy_loss[r], loss, 1e-7);
    EXPECT_NEAR(found.greedy_nuclear_norm[r], nuclear, 1e-6);
    EXPECT_NEAR(found.greedy_escape_rate[r], left, 1e-6);
    if (r < 2) {
      EXPECT_NEAR(found.greedy_gap[r], spectrum[r + 1] / spectrum[r], 1e-6);
    }
    if (r == 3) break;
    loss -= 0.5 * spectrum[r] * spectrum[r];
    nuclear += spectrum[r];
    left = r < 2 ? spectrum[r + 1] : 0.0;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Truncation,
                         testing::Values("model.symmetric=true", "model.depth=2", "model.depth=3", "model.depth=4",
                                         "problem.columns=6", "problem.columns=3", "phase.greedy.escape=1e-20",
                                         "objective.loss=half-sum-squared", "model.width=3"));

// Over the cone of positive semidefinite matrices the end is a minimum though the gradient is not zero: KKT.
TEST(Greedy, EndsAtTheMinimumOverTheCone) {
  const ReplicaResults found = train_one_cell(
      "replicas = 1\n[problem]\ntarget = [[2, 0, 0], [0, 1, 0], [0, 0, -1]]\n[model]\nsymmetric = true\n"
      "[objective]\nloss = 'half-sum-squared'\n" +
      greedy_phase);
  EXPECT_EQ(found.greedy_outcome[0], 0);
  EXPECT_EQ(found.greedy_rank[2], 2);
  EXPECT_NEAR(found.greedy_loss[2], 0.5, 1e-12);
  EXPECT_LE(found.greedy_escape_rate[2], 2e-6);
  EXPECT_TRUE(std::isnan(found.greedy_loss[3]));
}

TEST(Greedy, StopsAtItsMaximumRankAndStalls) {
  const std::string problem =
      "replicas = 2\n[problem]\nrows = 4\nspectrum = [3, 2, 1]\n[initialization]\n" + greedy_phase;
  const ReplicaResults cut_off = train_one_cell(problem, {"phase.greedy.maximum_rank=2"});
  EXPECT_EQ(cut_off.outcome[0], Outcome::stopped);
  EXPECT_EQ(cut_off.solution_count, 3);
  EXPECT_EQ(cut_off.greedy_rank[2], 2);
  const ReplicaResults stalled = train_one_cell(problem, {"phase.greedy.maximum_steps=50"});
  EXPECT_EQ(stalled.outcome[0], Outcome::stalled);
  EXPECT_EQ(stalled.steps[0], 50);
  EXPECT_EQ(stalled.greedy_rank[1], -1);
}

// ||W - v v^T||_F where the flow from W(0) = a I ends: computed with an independent program.
struct EndOfScale {
  int depth;
  double scale;  // a
  double distance;
};
class EndOfFlow : public testing::TestWithParam<EndOfScale> {};

TEST_P(EndOfFlow, IsAsFarFromTheGreedySolution) {
  const auto [depth, a, distance] = GetParam();
  const std::string flow =
      "[[phase]]\nname = 'flow'\noptimizer = 'gradient-flow'\ntime = 1e12\nstop = { loss = 1e-18 }\n"
      "[compare]\ngreedy = true\npair = 'eigenvector'\n[probe]\nevery = 1\n";
  const std::string scale = std::to_string(std::pow(a, 1.0 / depth));
  const ReplicaResults found =
      train_one_cell(counter_example + flow, {"model.depth=" + std::to_string(depth), "initialization.scale=" + scale});
  EXPECT_NEAR(found.greedy_end_distance[0] / distance, 1.0, 5e-3);
  EXPECT_NEAR(found.greedy_approach[1], found.greedy_end_distance[0], 0.2 * distance);
  EXPECT_LE(found.greedy_distance_maximum[0], 1.001 * distance);  // the flow leaves the path for good
  EXPECT_GE(found.greedy_distance_maximum[0], 0.15 * distance);   // and has passed it nearer to its middle
  EXPECT_EQ(found.greedy_rank[1], 1);
}

INSTANTIATE_TEST_SUITE_P(All, EndOfFlow,
                         testing::Values(EndOfScale{2, 1e-1, 5.725}, EndOfScale{2, 1e-4, 2.603}, EndOfScale{2, 1e-8, 0.329},
                                         EndOfScale{3, 1e-1, 4.37}, EndOfScale{3, 1e-2, 1.153}, EndOfScale{3, 1e-3, 9.27e-2},
                                         EndOfScale{4, 1e-2, 0.360}, EndOfScale{4, 1e-4, 2.36e-3}));

}  // namespace
}  // namespace rankfall
