// Checks of jumps, ranks and their intervals: each fires exactly at its threshold.
#include <gtest/gtest.h>

#include "made_diagnosis.hpp"

namespace rankfall {
namespace {

TEST(DiagnosisOfEstimates, OneUpwardJumpOfTheLastPhase) {
  OneCell made = sound(100);
  add_event(made.results, 500, 1, 2, 0);  // of the first phase
  EXPECT_FALSE(found(made, Problem::upward_jumps));
  add_event(made.results, 1500, 2, 3);
  add_event(made.results, 1700, 2, 3);
  const auto finding = found(made, Problem::upward_jumps);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->count, 1);
  EXPECT_EQ(finding->of, 100);
  EXPECT_EQ(finding->example, 99);
  made.cell().phases.back().optimizer = Optimizer::gradient_descent;  // which climbs from small starts
  EXPECT_FALSE(found(made, Problem::upward_jumps));
}

// No jump among 100: the interval is [0, 0.0362], so 3 more are within it and 4 are not.
TEST(DiagnosisOfEstimates, AJumpProbabilityThatAnotherToleranceMovesOutOfItsInterval) {
  OneCell made{.thresholds = {1.0}};
  made.experiment.replicas = 100;
  made.results = near_threshold(100, 3);
  EXPECT_FALSE(found(made, Problem::tolerance_decides));
  made.results = near_threshold(100, 4);
  const auto finding = found(made, Problem::tolerance_decides);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->rank, std::nullopt);
  EXPECT_EQ(finding->estimate->events, 0);
  ASSERT_EQ(finding->recounts.size(), 2U);
  EXPECT_EQ(finding->recounts[0].events, 0);
  EXPECT_EQ(finding->recounts[1].events, 4);
  made.thresholds = {};
  EXPECT_FALSE(found(made, Problem::tolerance_decides));
}

TEST(DiagnosisOfEstimates, AFinalRankThatAnotherToleranceMovesOutOfItsInterval) {
  OneCell made{.thresholds = {1.0}};
  made.experiment.replicas = 100;
  made.cell().phases.back().optimizer = Optimizer::gradient_descent;
  made.cell().probe.classify_at_end = RankKind::numerical;
  made.results = near_threshold(100, 3);
  EXPECT_FALSE(found(made, Problem::tolerance_decides));
  made.results = near_threshold(100, 4);
  const auto finding = found(made, Problem::tolerance_decides);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->rank, 1);  // one that no replica has at the tolerance used
  EXPECT_EQ(finding->recounts[1].events, 4);
}

TEST(DiagnosisOfEstimates, LabelsThatDiffer) {
  OneCell made = sound(100);
  for (std::size_t i = 0; i < 4; ++i) made.results.numerical_rank[99 - i] = 1;
  EXPECT_FALSE(found(made, Problem::label_decides));
  made.results.numerical_rank[95] = 1;
  made.results.rank[99] = 1;  // a jump by its label, which agrees with the rank it has
  EXPECT_FALSE(found(made, Problem::label_decides));
  made.results.numerical_rank[99] = 2;
  const auto finding = found(made, Problem::label_decides);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->count, 5);
  EXPECT_EQ(finding->estimate->events, 76);
  EXPECT_EQ(finding->recounts.at(0).events, 75);
  made.cell().probe.classify_at_end = RankKind::numerical;
  EXPECT_FALSE(found(made, Problem::label_decides));
}

// Clopper-Pearson of 18 events in 10^5 is [1.067e-4, 2.845e-4], half as wide as 0.494 of the estimate; of 17, 0.509.
TEST(DiagnosisOfEstimates, TooFewJumps) {
  OneCell made = sound(100);
  const auto with_jumps = [&](int jumps) {
    made.results = made_results(0, 100000, jumps);
    made.experiment.replicas = 100000;
    return found(made, Problem::too_few_events);
  };
  EXPECT_FALSE(with_jumps(18));
  const auto wide = with_jumps(17);
  ASSERT_TRUE(wide);
  EXPECT_EQ(wide->count, 17);
  EXPECT_NEAR(*wide->measure, 0.509, 1e-3);
  const auto none = with_jumps(0);
  ASSERT_TRUE(none);
  EXPECT_EQ(none->measure, std::nullopt);
  EXPECT_GT(none->estimate->interval.high, 0.0);
}

TEST(DiagnosisOfEstimates, NoReplicaThatCouldFall) {
  OneCell made = sound(100);
  made.cell().phases.back().stop.rank_at_most = 2;
  const auto finding = found(made, Problem::too_few_events);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->of, 0);
}

// Ranks 1 and 2 as 1 : 19 and rarer. At 5 % of 100 replicas the interval of rank 1 is wide.
TEST(DiagnosisOfEstimates, TooFewReplicasOfARank) {
  OneCell made = sound(100);
  made.cell().phases.back().optimizer = Optimizer::gradient_descent;
  made.results = made_results(0, 100, 4);
  EXPECT_FALSE(found(made, Problem::too_few_events));  // rarer than 5 %
  made.results = made_results(0, 100, 5);
  const auto finding = found(made, Problem::too_few_events);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->rank, 1);
  EXPECT_EQ(finding->count, 5);
  made.results = made_results(0, 100, 50);
  EXPECT_FALSE(found(made, Problem::too_few_events));
}

TEST(DiagnosisOfEstimates, HalfOfTheTimesCensored) {
  OneCell made = sound(100);
  made.results = made_results(0, 100, 51);
  EXPECT_FALSE(found(made, Problem::censored));
  made.results = made_results(0, 100, 50);
  const auto finding = found(made, Problem::censored);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->count, 50);
  EXPECT_EQ(finding->of, 100);
  made.results = made_results(0, 100, 0);  // told as too few events
  EXPECT_FALSE(found(made, Problem::censored));
}

}  // namespace
}  // namespace rankfall
