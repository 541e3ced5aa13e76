#include "estimate/absorption.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "estimate/estimator.hpp"
#include "estimate/report.hpp"
#include "made_summary.hpp"

namespace rankfall {
namespace {

// Two sets, three replicas: nobody left B_1.
ReplicaResults monitored_results() {
  ReplicaResults results = made_results(0, 3, 0);
  results.monitors = 1;
  results.singular_value_count = 2;
  results.singular_values.assign(6, 1.0);
  results.absorbing_entries = {0, 1, 3, 1, 1, 0};
  results.absorbing_exits = {0, 0, 2, 0, 1, 0};
  results.absorbing_steps = {0, 1000, 300, 2000, 100, 0};
  results.layer_rank = {2, 1, -1};
  results.residual_maximum = {1.0, 2.5, std::numeric_limits<double>::quiet_NaN()};
  results.imbalance_maximum = {0.25, 0.125, 0.0};
  results.factor_norm_maximum = {1.5, 1.0, 1.25};
  return results;
}

Experiment monitored_experiment() {
  Experiment experiment = made_experiment(1);
  experiment.cells[0].probe.monitor = MonitorSpec{};
  experiment.cells[0].model.widths = {2, 2, 2};
  return experiment;
}

TEST(Absorption, CountsWhoCameInAndWhoLeft) {
  const Experiment experiment = monitored_experiment();
  const auto found = estimate_monitor(experiment.cells[0], experiment.estimate, monitored_results());
  ASSERT_TRUE(found);
  ASSERT_EQ(found->sets.size(), 2u);
  EXPECT_EQ(found->sets[0].replicas, 2);
  EXPECT_EQ(found->sets[0].inside, 1);
  EXPECT_EQ(found->sets[0].entries, 4);
  EXPECT_EQ(found->sets[0].exits.events, 3);
  EXPECT_EQ(found->sets[0].exits.exposure, 400.0);
  EXPECT_EQ(found->sets[1].replicas, 2);
  EXPECT_EQ(found->sets[1].inside, 2);
  EXPECT_EQ(found->sets[1].exits.events, 0);
  EXPECT_EQ(found->sets[1].exits.exposure, 3000.0);
  EXPECT_EQ(found->layers_agree.events, 1);  // made replicas have rank 2
  EXPECT_EQ(found->layers_agree.trials, 2);
  EXPECT_EQ(found->residual, 2.5);
  EXPECT_EQ(found->imbalance, 0.25);
  EXPECT_EQ(found->factor_norm, 1.5);
}

// Without an exit the bound is -ln(1 - confidence) over the steps; with k exits P(Poisson(bound * steps) <= k) is what is left.
TEST(Absorption, BoundIsTheOneSidedPoissonOne) {
  EstimateSpec spec;
  Rate none;
  none.exposure = 3000.0;
  EXPECT_NEAR(bound_of_exits(none, spec) * 3000.0, 2.995732273553991, 1e-9);
  spec.confidence = 0.99;
  EXPECT_NEAR(bound_of_exits(none, spec) * 3000.0, -std::log(0.01), 1e-9);
  Rate three{3, 400.0, {}};
  spec.confidence = 0.95;
  const double mean = bound_of_exits(three, spec) * 400.0;
  EXPECT_NEAR(std::exp(-mean) * (1.0 + mean + mean * mean / 2.0 + mean * mean * mean / 6.0), 0.05, 1e-9);
}

TEST(Absorption, IsTold) {
  const Experiment experiment = monitored_experiment();
  const std::vector<CellEstimate> estimates = estimate(experiment, {monitored_results()});
  const std::string table = absorption_table(experiment, estimates), csv = summary_csv(experiment, estimates);
  EXPECT_NE(table.find("0 of 3000"), table.npos) << table;
  EXPECT_NE(table.find("< 0.001"), table.npos) << table;
  EXPECT_NE(table.find("3 of 400"), table.npos) << table;
  EXPECT_NE(csv.find(",absorbing_1_exits,absorbing_1_steps,absorbing_1_exit_rate,absorbing_1_exit_rate_low,absorbing_1_exit_rate_high,"
                     "absorbing_1_exit_rate_bound,p_layers_agree,"), csv.npos) << csv;
  EXPECT_NE(csv.find(",2,2,2,0,3000,0,0,"), csv.npos) << csv;
  EXPECT_EQ(monitor_fields(experiment, estimates[0]).size(), monitor_columns(experiment).size());
  EXPECT_TRUE(monitor_columns(made_experiment(1)).empty());
  EXPECT_EQ(absorption_table(made_experiment(1), estimates), "");
}

}  // namespace
}  // namespace rankfall
