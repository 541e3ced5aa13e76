// Checks of replicas: each fires exactly at its threshold. And the list that checks make.
#include <gtest/gtest.h>

#include "made_diagnosis.hpp"

namespace rankfall {
namespace {

void set_outcomes(OneCell& made, Outcome outcome, int count) {
  for (auto& each : made.results.outcome) each = Outcome::converged;
  for (int i = 0; i < count; ++i) made.results.outcome[static_cast<std::size_t>(i)] = outcome;
}

TEST(Diagnosis, FindsNothingWhereNothingIsWrong) { EXPECT_TRUE(problems_of(sound(100)).empty()); }

TEST(Diagnosis, NamesEveryProblem) {
  EXPECT_STREQ(problem_names.back(), "selected_starts");
  EXPECT_STREQ(problem_names[static_cast<std::size_t>(Problem::too_few_events)], "too_few_events");
  EXPECT_EQ(problem_names.size(), static_cast<std::size_t>(Problem::selected_starts) + 1);
}

TEST(Diagnosis, OneMissingReplica) {
  OneCell made = sound(100);
  made.experiment.replicas = 101;
  const auto finding = found(made, Problem::missing_replicas);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->count, 1);
  EXPECT_EQ(finding->of, 101);
  EXPECT_EQ(problems_of(made).size(), 1U);
}

TEST(Diagnosis, OfACellWithoutReplicasOnlyTheyAreMissing) {
  OneCell made = sound(100);
  made.results = {};
  ASSERT_EQ(problems_of(made).size(), 1U);
  EXPECT_EQ(found(made, Problem::missing_replicas)->count, 100);
}

TEST(Diagnosis, OneDivergedReplica) {
  OneCell made = sound(100);
  add_replica(made.results, {.outcome = Outcome::diverged});
  made.experiment.replicas = 101;
  const auto finding = found(made, Problem::diverged);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->count, 1);
  EXPECT_EQ(finding->of, 101);
  EXPECT_EQ(finding->example, 100);
  made.experiment.replicas = 102;  // unfinished: places are not indices
  EXPECT_EQ(found(made, Problem::diverged)->example, std::nullopt);
}

// A flow in the first phase: its outcome is not kept, its time is.
TEST(Diagnosis, FlowThatStalledBeforeTheLastPhase) {
  OneCell made = sound(100);
  PhaseSpec& flow = made.cell().phases[0];
  flow.optimizer = Optimizer::gradient_flow;
  flow.time = 10.0;
  flow.stop.blow_up = 1e3;
  for (double& time : made.results.time) time = 10.0;
  EXPECT_FALSE(found(made, Problem::stalled));
  made.results.time[4] = 9.5;
  const auto finding = found(made, Problem::stalled);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->count, 1);
  EXPECT_EQ(finding->example, 4);
  flow.stop.gradient_norm = 1e-6;  // may have held
  EXPECT_FALSE(found(made, Problem::stalled));
  made.results.outcome[4] = Outcome::stalled;
  EXPECT_TRUE(found(made, Problem::stalled));
}

TEST(Diagnosis, UnsettledStart) {
  OneCell made = sound(200);
  made.cell().phases[0].stop.gradient_norm = 1e-6;
  for (auto& step : made.results.start_step) step = 999;
  made.results.start_step[7] = 1000;
  EXPECT_FALSE(found(made, Problem::unsettled_start));  // 1 of 200: below 1 %
  made.results.start_step[8] = 1000;
  const auto finding = found(made, Problem::unsettled_start);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->count, 2);
  EXPECT_EQ(finding->example, 7);
  made.cell().phases[0].stop = {};  // it was meant to run to its end
  EXPECT_FALSE(found(made, Problem::unsettled_start));
  made.cell().phases[0].stop.rank_at_most = 2;
  EXPECT_FALSE(found(made, Problem::unsettled_start));
}

TEST(Diagnosis, Unconverged) {
  OneCell made = sound(200);
  made.cell().phases[1].stop.plateau = 1e-6;
  set_outcomes(made, Outcome::exhausted, 1);
  EXPECT_FALSE(found(made, Problem::unconverged));
  set_outcomes(made, Outcome::exhausted, 2);
  const auto finding = found(made, Problem::unconverged);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->count, 2);
  EXPECT_EQ(finding->measure, 1.5);
  made.cell().phases[1].stop = {};
  EXPECT_FALSE(found(made, Problem::unconverged));
}

TEST(Diagnosis, StillMoving) {
  OneCell made = sound(200);
  made.cell().phases[1].optimizer = Optimizer::gradient_descent;
  made.cell().probe.classify_at_end = RankKind::numerical;
  auto& norm = made.results.observable[static_cast<std::size_t>(Observable::gradient_norm)];
  std::fill(norm.begin(), norm.end(), 1e-5);  // at rest
  norm[5] = 2e-5;
  EXPECT_FALSE(found(made, Problem::still_moving));
  norm[6] = 4e-5;
  const auto finding = found(made, Problem::still_moving);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->count, 2);
  EXPECT_DOUBLE_EQ(*finding->measure, 3e-5);
  made.cell().probe.classify_at_end = RankKind::quenched;
  EXPECT_FALSE(found(made, Problem::still_moving));
  made.cell().probe.classify_at_end = RankKind::numerical;
  made.cell().phases[1].optimizer = Optimizer::sgd;
  EXPECT_FALSE(found(made, Problem::still_moving));
}

TEST(Diagnosis, TenTriesPerReplica) {
  OneCell made = sound(100);
  for (auto& tries : made.results.tries) tries = 10;
  made.results.tries[3] = 9;
  EXPECT_FALSE(found(made, Problem::selected_starts));
  made.results.tries[4] = 11;
  const auto finding = found(made, Problem::selected_starts);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->count, 1000);
}

TEST(Diagnosis, ListsCellsAndProblemsInOrder) {
  Experiment experiment = made_experiment(3);
  experiment.replicas = 101;
  RunResults results{made_results(0, 100, 0), made_results(1, 100, 100), made_results(2, 100, 1)};
  results[2].outcome[0] = Outcome::diverged;
  const auto findings = find_problems(experiment, results, std::vector<RankThresholds>(3));
  std::vector<Problem> problems;
  for (const Finding& finding : findings) problems.push_back(finding.problem);
  EXPECT_EQ(problems, (std::vector{Problem::missing_replicas, Problem::diverged, Problem::too_few_events,
                                   Problem::censored}));
  ASSERT_EQ(findings[2].cells.size(), 2U);
  EXPECT_EQ(findings[2].cells[0].cell, 0);
  EXPECT_EQ(findings[2].cells[1].cell, 2);
  EXPECT_EQ(findings[0].cells.size(), 3U);
}

}  // namespace
}  // namespace rankfall
