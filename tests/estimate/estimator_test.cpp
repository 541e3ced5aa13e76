#include "estimate/estimator.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "made_replicas.hpp"

namespace rankfall {
namespace {

void expect_passage(const PassageTime& passage, double time, bool observed) {
  EXPECT_EQ(passage.time, time);
  EXPECT_EQ(passage.observed, observed);
}

TEST(FirstPassages, CountFromTheLastPhaseToTheFirstProbeBelow) {
  ReplicaResults results;
  results.first = 64;
  add_replica(results, {.start_rank = 3, .rank = 1});
  add_event(results, 600, 3, 2, 0);  // of the first phase: not a jump
  add_event(results, 1400, 3, 2);
  add_event(results, 1900, 2, 1);    // the second fall does not count
  add_replica(results, {});
  const auto times = first_passages(made_cell(), results);
  ASSERT_EQ(times.size(), 2U);
  expect_passage(times[0], 400, true);
  expect_passage(times[1], 2000, false);
}

TEST(FirstPassages, AFallFromAnEarlierRiseToTheStartRankIsNoJump) {
  ReplicaResults results;
  add_replica(results, {});
  add_event(results, 1200, 2, 3);
  add_event(results, 1300, 3, 2);
  expect_passage(first_passages(made_cell(), results).at(0), 2000, false);
  add_event(results, 1700, 2, 1);
  results.rank[0] = 1;
  expect_passage(first_passages(made_cell(), results).at(0), 700, true);
}

TEST(FirstPassages, AReplicaThatCameBackHasStillJumped) {
  ReplicaResults results;
  add_replica(results, {.rank = 2});
  add_event(results, 1200, 2, 1);
  add_event(results, 1500, 1, 2);
  expect_passage(first_passages(made_cell(), results).at(0), 200, true);
}

TEST(FirstPassages, ALowerLabelIsAJumpWithoutATime) {
  ReplicaResults results;
  add_replica(results, {.rank = 1});
  expect_passage(first_passages(made_cell(), results).at(0), 2000, false);
  EXPECT_EQ(estimate_cell(made_cell(), {}, results).jump.events, 1);
}

TEST(FirstPassages, DivergenceCensorsUnlessTheRankFellBefore) {
  ReplicaResults results;
  add_replica(results, {.outcome = Outcome::diverged, .steps = 1800});
  add_replica(results, {.outcome = Outcome::diverged, .steps = 1800});
  add_event(results, 1300, 2, 1);
  const auto times = first_passages(made_cell(), results);
  expect_passage(times.at(0), 800, false);
  expect_passage(times.at(1), 300, true);
}

TEST(FirstPassages, OnlyOfReplicasThatCanFall) {
  ReplicaResults results;
  add_replica(results, {.start_rank = -1, .outcome = Outcome::diverged, .steps = 400, .start_step = 0});
  add_replica(results, {.start_rank = 0, .rank = 0});
  add_replica(results, {.start_rank = 1, .rank = 1});
  add_replica(results, {.start_rank = 2, .rank = 2});
  EXPECT_EQ(first_passages(made_cell(), results).size(), 2U);
  Cell cell = made_cell();
  cell.phases.back().stop.rank_at_most = 1;
  EXPECT_EQ(first_passages(cell, results).size(), 1U);
  cell.phases.back().stop.rank_at_most = 2;
  EXPECT_TRUE(first_passages(cell, results).empty());
}

// Ten replicas, every case once or more; counted by hand.
ReplicaResults ten_replicas() {
  ReplicaResults results;
  add_replica(results, {.rank = 1, .tries = 3, .loss = 1.0});   // falls twice
  add_event(results, 1100, 3, 2);                               // noise above the start rank coming back down
  add_event(results, 1400, 2, 1);
  add_replica(results, {.rank = 1, .outcome = Outcome::stopped, .steps = 1600, .loss = 2.0});
  add_event(results, 1600, 2, 1);
  add_replica(results, {.rank = 1, .loss = 3.0});               // by label
  add_replica(results, {.rank = 3, .loss = 4.0});               // two rises
  add_event(results, 1200, 2, 3);
  add_event(results, 1300, 3, 2);
  add_event(results, 1400, 2, 3);
  add_replica(results, {.rank = 2, .loss = 5.0});               // falls and comes back
  add_event(results, 1500, 2, 1);
  add_event(results, 1900, 1, 2);
  add_replica(results, {.outcome = Outcome::diverged, .steps = 1700});
  add_replica(results, {.start_rank = -1, .outcome = Outcome::diverged, .steps = 300, .start_step = 0});
  add_replica(results, {.outcome = Outcome::converged, .steps = 2000, .loss = 6.0});
  add_replica(results, {.loss = 7.0});
  add_replica(results, {.start_rank = 0, .rank = 0, .loss = 8.0});
  return results;
}

TEST(EstimateCell, CountsEveryCase) {
  const CellEstimate cell = estimate_cell(made_cell(), {}, ten_replicas());
  EXPECT_EQ(cell.replicas, 10);
  EXPECT_EQ(cell.jump.trials, 8);       // not the one that never began, not the one of rank 0
  EXPECT_EQ(cell.jump.events, 4);
  EXPECT_EQ(cell.jump_up.trials, 9);
  EXPECT_EQ(cell.jump_up.events, 2);
  EXPECT_EQ(cell.converged.events, 1);
  EXPECT_EQ(cell.converged.trials, 10);
  EXPECT_EQ(cell.diverged.events, 2);
  EXPECT_EQ(cell.diverged.trials, 10);
  EXPECT_EQ(cell.mean_tries_numerator, 12);
}

TEST(EstimateCell, RanksAreSharesOfThoseThatDidNotDiverge) {
  const CellEstimate cell = estimate_cell(made_cell(), {}, ten_replicas());
  const std::map<int, std::int64_t> expected{{0, 1}, {1, 3}, {2, 3}, {3, 1}};
  ASSERT_EQ(cell.final_rank.size(), expected.size());
  for (const auto& [rank, events] : expected) {
    EXPECT_EQ(cell.final_rank.at(rank).events, events);
    EXPECT_EQ(cell.final_rank.at(rank).trials, 8);
  }
}

// Events at 400, 500, 600; censored at 700, 1000 and, one of them labelled lower, three times at 2000.
// S: 7/8, 6/8, 5/8.
TEST(EstimateCell, FirstPassageCurve) {
  const SurvivalCurve curve = estimate_cell(made_cell(), {}, ten_replicas()).first_passage;
  EXPECT_EQ(curve.time, (std::vector<double>{400, 500, 600}));
  EXPECT_EQ(curve.at_risk, (std::vector<std::int64_t>{8, 7, 6}));
  EXPECT_DOUBLE_EQ(curve.survival[2], 5.0 / 8.0);
  EXPECT_EQ(curve.censored, 5);
  EXPECT_EQ(curve.median, std::nullopt);
}

TEST(EstimateCell, MediansLeaveOutTheDiverged) {
  const CellEstimate cell = estimate_cell(made_cell(), {}, ten_replicas());
  EXPECT_EQ(cell.median[static_cast<std::size_t>(Observable::loss)], 4.5);
  EXPECT_EQ(cell.median[static_cast<std::size_t>(Observable::unobserved_error)], std::nullopt);
}

TEST(EstimateCell, WithoutReplicasKnowsNothing) {
  const CellEstimate cell = estimate_cell(made_cell(), {}, ReplicaResults{});
  EXPECT_EQ(cell.replicas, 0);
  EXPECT_EQ(cell.jump.trials, 0);
  EXPECT_EQ(cell.jump.interval.high, 1.0);
  EXPECT_TRUE(cell.final_rank.empty());
  EXPECT_EQ(cell.first_passage.median, std::nullopt);
}

// One result split into two blocks says the same of each replica; `first` only shifts the event's replica.
TEST(EstimateCell, DoesNotDependOnWhereTheBlockStarts) {
  ReplicaResults shifted = ten_replicas();
  shifted.first = 4096;
  for (RankEvent& event : shifted.events) event.replica += 4096;
  EXPECT_EQ(estimate_cell(made_cell(), {}, shifted).jump.events, 4);
  EXPECT_EQ(estimate_cell(made_cell(), {}, shifted).jump_up.events, 2);
}

TEST(Estimate, HasAnEntryPerCellWithTheExperimentsConfidence) {
  Experiment experiment = made_experiment(2);
  experiment.estimate.confidence = 0.99;
  const auto estimates = estimate(experiment, {made_results(0, 20, 0), made_results(1, 20, 20)});
  ASSERT_EQ(estimates.size(), 2U);
  EXPECT_EQ(estimates[1].cell, 1);
  EXPECT_NEAR(estimates[0].jump.interval.high, 1.0 - std::pow(0.005, 1.0 / 20.0), 1e-12);
  EXPECT_NEAR(estimates[1].jump.interval.low, std::pow(0.005, 1.0 / 20.0), 1e-12);
}

}  // namespace
}  // namespace rankfall
