#include "estimate/coupling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "estimate/estimator.hpp"
#include "estimate/report.hpp"
#include "made_summary.hpp"

namespace rankfall {
namespace {

TEST(Coupling, IsAShareOfThoseThatHaveBlocks) {
  Experiment experiment = made_experiment(1);
  experiment.cells[0].probe.coupling = true;
  ReplicaResults results = made_results(0, 5, 0);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  results.couplings = 1;
  results.coupling_blocks = {1.0, 1.0, 3.0, nan, 1.0};
  results.coupling_index = {0.1, 0.3, 0.0, nan, nan};
  const std::vector<CellEstimate> estimates = estimate(experiment, {results});
  EXPECT_EQ(estimates[0].coupled.events, 3);
  EXPECT_EQ(estimates[0].coupled.trials, 4);
  EXPECT_EQ(estimates[0].median_coupling_index, 0.1);
  const std::string csv = summary_csv(experiment, estimates), table = coupling_table(experiment, estimates);
  EXPECT_NE(csv.find(",p_coupled,p_coupled_low,p_coupled_high,p_coupled_events,p_coupled_trials,median_coupling_index"), csv.npos) << csv;
  EXPECT_NE(csv.find(",3,4,0.1\n"), csv.npos) << csv;
  EXPECT_NE(table.find("P(coupled)"), table.npos) << table;
  experiment.cells[0].probe.coupling = false;
  EXPECT_EQ(coupling_table(experiment, estimates), "");
}

}  // namespace
}  // namespace rankfall
