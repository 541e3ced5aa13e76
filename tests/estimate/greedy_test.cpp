// What is estimated and told of greedy low-rank learning.
#include "estimate/greedy.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "estimate/report.hpp"
#include "made_summary.hpp"

namespace rankfall {
namespace {

// Two replicas with two solutions beside W = 0, one with a single one that stalled; the second escapes from a closed
// gap.
struct Learnt {
  Experiment experiment = descent_experiment();
  ReplicaResults results = made_results(0, 3, 0);
  Learnt() {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    experiment.replicas = 3;
    PhaseSpec path;
    path.kind = PhaseKind::greedy_low_rank;
    path.greedy_spec.maximum_rank = 2;
    path.greedy_spec.escape = 1e-12;
    experiment.cells[0].greedy_path = path;
    results.solution_count = 3;
    results.compared = 1;
    results.greedy_outcome = {0, 0, 5};
    results.greedy_rank = {0, 1, 2, 0, 1, 2, 0, 1, -1};
    results.greedy_loss = {8, 4, 1, 8, 4, 3, 8, 5, nan};
    results.greedy_unobserved_error = {1, 0.5, 0.25, 1, 0.5, 0.75, 1, 0.6, nan};
    results.greedy_nuclear_norm = {0, 3, 4, 0, 3, 4, 0, 3, nan};
    results.greedy_escape_rate = {2, 1, 0, 2, 1, 0, 2, 1, nan};
    results.greedy_gap = {0.5, 0.6, 1, 0.5, 0.999, 1, 0.5, 1, nan};
    results.greedy_time = {0, 7, 9, 0, 7, 9, 0, 7, nan};
    results.greedy_distance_maximum = {0.125, 0.5, 3};
    results.greedy_end_distance = {0.0625, 0.25, 2};
    results.greedy_approach = {0, 0.1, 0.2, 0, 0.3, 0.4, 0, 0.5, nan};
  }
};

TEST(GreedyEstimate, TakesMediansOverThoseThatCameThere) {
  const Learnt learnt;
  const auto found = estimate_greedy(learnt.results);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->learned, 3);
  EXPECT_EQ(found->unfinished, 1);
  EXPECT_EQ(found->ambiguous, 1);  // the last solution's gap is of no escape
  ASSERT_EQ(found->solutions.size(), 3u);
  EXPECT_EQ(found->solutions[1].replicas, 3);
  EXPECT_EQ(found->solutions[2].replicas, 2);
  EXPECT_EQ(found->solutions[1].loss, 4.0);
  EXPECT_EQ(found->solutions[2].loss, 2.0);
  EXPECT_EQ(found->solutions[2].rank, 2.0);
  EXPECT_EQ(found->solutions[1].approach, 0.3);
  EXPECT_EQ(found->distance_maximum, 0.5);
  EXPECT_EQ(found->end_distance, 0.25);
  EXPECT_FALSE(estimate_greedy(made_results(0, 3, 0)));
}

TEST(GreedyEstimate, IsToldInTheTableAndTheFile) {
  const Learnt learnt;
  const auto estimates = estimate(learnt.experiment, {learnt.results});
  const std::string table = summary_table(learnt.experiment, estimates);
  EXPECT_TRUE(has(table, "Greedy low-rank learning; medians over replicas.")) << table;
  EXPECT_TRUE(has(table, "lambda_2/lambda_1 is above 0.99 at an escape in 1 of 3 replicas")) << table;
  EXPECT_TRUE(has(table, "did not come to its end in 1 of 3 replicas")) << table;
  EXPECT_TRUE(has(table, "0.5                 0.25\n")) << table;
  const std::string csv = summary_csv(learnt.experiment, estimates);
  EXPECT_TRUE(
      has(csv,
          ",greedy_learned,greedy_unfinished,greedy_ambiguous,median_greedy_rank,median_greedy_unobserved_error,"
          "median_greedy_distance_maximum,median_greedy_end_distance\n"))
      << csv;
  EXPECT_TRUE(has(csv, ",3,1,1,2,0.5,0.5,0.25\n")) << csv;
  EXPECT_TRUE(has(methods_sentence(learnt.experiment, estimates, "0"),
                  "Greedy low-rank learning (Li, Luo & Lyu 2021), as a path of reference, started at W = 0"));
  const ThreeCells without;
  EXPECT_EQ(greedy_table(without.experiment, without.estimates), "");
  EXPECT_FALSE(has(summary_csv(without.experiment, without.estimates), "greedy"));
}

}  // namespace
}  // namespace rankfall
