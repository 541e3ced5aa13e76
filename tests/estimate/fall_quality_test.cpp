#include "estimate/fall_quality.hpp"

#include <gtest/gtest.h>

#include "estimate/estimator.hpp"
#include "estimate/report.hpp"
#include "made_summary.hpp"

namespace rankfall {
namespace {

// A fall of the replica added last.
void add_fall(ReplicaResults& results, std::int64_t step, int before, int after, double error_before, double error_after) {
  add_event(results, step, before, after);
  results.events.back().error_before = error_before;
  results.events.back().error_after = error_after;
}

// Good, bad, straight to rank 0, by way of rank 1 to rank 0, up and down again, none.
ReplicaResults fallen() {
  ReplicaResults results;
  results.cell = 0;
  add_replica(results, {.rank = 1});
  add_fall(results, 1500, 2, 1, 1.0, 0.25);
  add_replica(results, {.rank = 1});
  add_fall(results, 1600, 2, 1, 0.5, 0.75);
  add_replica(results, {.rank = 0});
  add_fall(results, 1700, 2, 0, 1.0, 0.1);
  add_replica(results, {.rank = 0});
  add_fall(results, 1400, 2, 1, 3.0, 2.0);
  add_fall(results, 1800, 1, 0, 2.0, 4.0);
  add_replica(results, {.rank = 1});
  add_fall(results, 1200, 2, 3, 9.0, 9.5);
  add_fall(results, 1300, 3, 1, 9.5, 0.5);
  add_replica(results, {});
  return results;
}

TEST(FallQuality, IsOfFirstFallsAboveRankZero) {
  const Experiment experiment = made_experiment(1);
  const CellEstimate found = estimate_cell(experiment.cells[0], experiment.estimate, fallen());
  EXPECT_EQ(found.fall_quality.good.events, 3);
  EXPECT_EQ(found.fall_quality.good.trials, 4);
  EXPECT_EQ(found.fall_quality.over_collapsed.events, 2);
  EXPECT_EQ(found.fall_quality.over_collapsed.trials, 6);
  EXPECT_EQ(found.fall_quality.error_before, 2.0);   // of .5, 1, 3, 9.5
  EXPECT_EQ(found.fall_quality.error_after, 0.625);  // of .25, .5, .75, 2
}

TEST(FallQuality, IsNotKnownWhereAllIsObserved) {
  const Experiment experiment = made_experiment(1);
  const CellEstimate found = estimate_cell(experiment.cells[0], experiment.estimate, made_results(0, 5, 3));
  EXPECT_EQ(found.fall_quality.good.trials, 0);
  EXPECT_EQ(found.fall_quality.over_collapsed.events, 0);
  EXPECT_EQ(found.fall_quality.over_collapsed.trials, 5);
}

TEST(FallQuality, IsTold) {
  const Experiment experiment = made_experiment(1);
  const std::vector<CellEstimate> estimates = estimate(experiment, {fallen()});
  const std::string csv = summary_csv(experiment, estimates), table = summary_table(experiment, estimates);
  EXPECT_NE(csv.find(",p_good_fall,p_good_fall_low,p_good_fall_high,p_good_fall_events,p_good_fall_trials,p_over_collapse,"), csv.npos);
  EXPECT_NE(table.find("Good falls"), table.npos) << table;
  EXPECT_NE(table.find("0.750"), table.npos) << table;
}

}  // namespace
}  // namespace rankfall
