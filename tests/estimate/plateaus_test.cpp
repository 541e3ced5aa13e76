// What is estimated and told of plateaus.
#include "estimate/plateaus.hpp"

#include <gtest/gtest.h>

#include "estimate/intervals.hpp"
#include "estimate/report.hpp"
#include "made_summary.hpp"

namespace rankfall {
namespace {

// Three replicas: two plateaus of rank 0, one of them in a flow; a replica with two of rank 2; one with none.
struct Rested {
  Experiment experiment = descent_experiment();
  ReplicaResults results = made_results(0, 3, 0);
  Rested() {
    experiment.replicas = 3;
    Cell& cell = experiment.cells[0];
    PhaseSpec flow;
    flow.name = "flow";
    flow.optimizer = Optimizer::gradient_flow;
    flow.time = 10.0;
    cell.phases.push_back(flow);
    cell.probe.plateau = PlateauRule{};
    results.plateaus = {{0, 0, 300, 0.0, 0.0, 1.0, 0.1, 0, 0},   {0, 1000, 1010, 2.0, 6.5, 1.0, 0.1, 0, 1},
                        {1, 100, 200, 0.0, 0.0, 0.5, 0.1, 2, 0}, {1, 400, 600, 0.0, 0.0, 0.5, 0.1, 2, 0}};
  }
};

TEST(PlateauEstimate, CountsReplicasAndAveragesDurations) {
  const Rested rested;
  const CellEstimate found = estimate_cell(rested.experiment.cells[0], rested.experiment.estimate, rested.results);
  EXPECT_EQ(found.plateaus_seen, 4);
  ASSERT_EQ(found.plateaus.size(), 2u);
  const PlateauEstimate &zero = found.plateaus.at(0), &two = found.plateaus.at(2);
  EXPECT_EQ(zero.replicas.events, 1);
  EXPECT_EQ(zero.replicas.trials, 3);
  EXPECT_EQ(zero.replicas.interval.high, proportion(1, 3, rested.experiment.estimate).interval.high);
  EXPECT_EQ(zero.steps->mean, 300.0);
  EXPECT_EQ(zero.time->mean, 4.5);
  EXPECT_EQ(two.replicas.events, 1);
  EXPECT_EQ(two.steps->plateaus, 2);
  EXPECT_EQ(two.steps->mean, 150.0);
  EXPECT_EQ(two.steps->quartile[0], 125.0);
  EXPECT_FALSE(two.time);
}

TEST(PlateauEstimate, IsInTheTableAndTheColumns) {
  const Rested rested;
  const auto estimates = estimate(rested.experiment, {rested.results});
  const std::string table = summary_table(rested.experiment, estimates), csv = summary_csv(rested.experiment, estimates);
  EXPECT_TRUE(has(table, "at most 0.1 of its peaks before and behind")) << table;
  EXPECT_TRUE(has(table, "150 [125, 175]")) << table;
  EXPECT_TRUE(has(table, "1.33")) << table;
  EXPECT_TRUE(has(csv, "plateaus_per_replica,p_plateau_rank_0,")) << csv;
  EXPECT_TRUE(has(csv, "plateau_steps_rank_2_mean,plateau_steps_rank_2_median,")) << csv;
  EXPECT_TRUE(has(csv, ",300,300,300,300,4.5,4.5,4.5,4.5,")) << csv;
  EXPECT_EQ(share_at_rest(estimates[0], 1, rested.experiment.estimate).events, 0);
  EXPECT_TRUE(has(methods_sentence(rested.experiment, estimates, "1"), "fallen to 0.1 of each"));
}

TEST(PlateauEstimate, IsNotToldWhereItWasNotAsked) {
  Rested rested;
  rested.experiment.cells[0].probe.plateau.reset();
  const auto estimates = estimate(rested.experiment, {rested.results});
  EXPECT_FALSE(has(summary_table(rested.experiment, estimates), "Plateau"));
  EXPECT_FALSE(has(summary_csv(rested.experiment, estimates), "plateau"));
}

}  // namespace
}  // namespace rankfall
