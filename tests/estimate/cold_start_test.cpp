// Warm cells beside their cold ones: which replicas are pairs, what is counted of them, and what is told.
#include <gtest/gtest.h>

#include <sstream>

#include "estimate/cold_start.hpp"
#include "estimate/paired.hpp"
#include "estimate/report.hpp"
#include "made_summary.hpp"

namespace rankfall {
namespace {

Experiment pair_of_cells() {
  Experiment experiment = made_experiment(1);
  experiment.cells.push_back(experiment.cells[0]);
  for (int c = 0; c < 2; ++c) {
    Cell& cell = experiment.cells[static_cast<std::size_t>(c)];
    cell.index = c;
    cell.position = {0, c};
    cell.start = c == 0 ? Start::warm : Start::cold;
    cell.label = c == 0 ? "learning_rate=0.1 start=warm" : "learning_rate=0.1 start=cold";
  }
  experiment.axes.push_back({"start", {"compare.cold_start"}, {"start"}, {{std::string("warm"), std::string("cold")}}});
  return experiment;
}

// Eight replicas that do not diverge and two that do, in one start each. Warm ends at rank 2 but for replicas 0 and 1, cold at 1
// but for replicas 0 and 7; the error of replica r is r warm, and 1 cold.
struct MadePair {
  Experiment experiment = pair_of_cells();
  RunResults results = RunResults(2);
  std::vector<CellEstimate> estimates;

  explicit MadePair(int cold_replicas = 10) {
    results[1].cell = 1;
    for (int r = 0; r < 10; ++r) {
      add_replica(results[0], {.rank = r < 2 ? 1 : 2,
                               .outcome = r == 8 ? Outcome::diverged : r == 3 ? Outcome::converged : Outcome::exhausted,
                               .unobserved_error = static_cast<double>(r)});
      if (r >= cold_replicas) continue;
      add_replica(results[1], {.rank = r == 0 || r == 7 ? 2 : 1,
                               .outcome = r == 9 ? Outcome::diverged : Outcome::converged,
                               .unobserved_error = 1.0});
    }
    experiment.replicas = 10;
    estimates = estimate(experiment, results);
  }
};

TEST(PairedCells, AreComparedReplicaByReplica) {
  const MadePair made;
  EXPECT_FALSE(made.estimates[1].paired);
  ASSERT_TRUE(made.estimates[0].paired);
  const PairedEstimate& paired = *made.estimates[0].paired;
  EXPECT_EQ(paired.pairs, 8);
  const PairedProportion& two = paired.final_rank.at(2);
  EXPECT_EQ(two.warm, 6);
  EXPECT_EQ(two.cold, 2);
  EXPECT_EQ(two.warm_only, 5);  // replicas 2 to 6
  EXPECT_EQ(two.cold_only, 1);  // replica 0
  EXPECT_EQ(two.value(), 0.5);
  EXPECT_EQ(two.p_value, mcnemar_p_value(5, 1));
  const Interval interval = paired_difference_interval(5, 1, 8, 0.95);
  EXPECT_EQ(two.difference.low, interval.low);
  EXPECT_EQ(two.difference.high, interval.high);
  EXPECT_EQ(paired.final_rank.at(1).value(), -0.5);
  EXPECT_EQ(paired.converged.warm, 1);
  EXPECT_EQ(paired.converged.cold_only, 7);
  const auto& error = paired.median[1];
  ASSERT_TRUE(error);
  EXPECT_EQ(error->pairs, 8);
  EXPECT_EQ(error->warm, 3.5);
  EXPECT_EQ(error->cold, 1.0);
  EXPECT_EQ(error->difference, 2.5);
  ASSERT_TRUE(error->interval);  // of -1, 0, .. 6: the smallest and the largest
  EXPECT_EQ(error->interval->low, -1.0);
  EXPECT_EQ(error->interval->high, 6.0);
}

TEST(PairedCells, OfAnUnfinishedRunAreThoseThatAreThere) {
  EXPECT_EQ(MadePair(5).estimates[0].paired->pairs, 5);
  MadePair gap;
  gap.results[1].left_out = 256;  // places are not the replicas' numbers
  EXPECT_FALSE(estimate(gap.experiment, gap.results)[0].paired);
}

std::vector<std::string> split_line(const std::string& line) {
  std::vector<std::string> fields;
  std::istringstream stream(line + ",");
  for (std::string field; std::getline(stream, field, ',');) fields.push_back(field);
  return fields;
}

TEST(PairedCells, AreInTheSummaryOfTheWarmOne) {
  const MadePair made;
  std::istringstream csv(summary_csv(made.experiment, made.estimates));
  std::string header, warm, cold;
  std::getline(csv, header);
  std::getline(csv, warm);
  std::getline(csv, cold);
  const auto names = split_line(header), of_warm = split_line(warm), of_cold = split_line(cold);
  ASSERT_EQ(names.size(), of_warm.size());
  ASSERT_EQ(names.size(), of_cold.size());
  const auto field = [&](const std::vector<std::string>& row, const std::string& name) {
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? "no such column" : row[static_cast<std::size_t>(found - names.begin())];
  };
  EXPECT_EQ(field(of_warm, "start"), "warm");
  EXPECT_EQ(field(of_cold, "start"), "cold");
  EXPECT_EQ(field(of_warm, "pairs"), "8");
  EXPECT_EQ(field(of_cold, "pairs"), "");
  EXPECT_EQ(field(of_warm, "paired_rank_2_warm_only"), "5");
  EXPECT_EQ(field(of_warm, "paired_rank_2_difference"), "0.5");
  EXPECT_EQ(field(of_warm, "paired_rank_0_warm"), "0");  // nobody's rank
  EXPECT_EQ(std::stod(field(of_warm, "paired_rank_0_difference_high")), paired_difference_interval(0, 0, 8, 0.95).high);
  EXPECT_EQ(field(of_warm, "paired_unobserved_error_difference"), "2.5");
  EXPECT_EQ(field(of_warm, "paired_stable_rank_difference"), "0");
  EXPECT_EQ(field(of_cold, "paired_stable_rank_difference"), "");
}

TEST(PairedCells, AreInTheTableAndTheMethods) {
  const MadePair made;
  const std::string table = summary_table(made.experiment, made.estimates);
  EXPECT_TRUE(has(table, "Warm beside cold start"));
  EXPECT_TRUE(has(table, "learning_rate=0.1      8  P(rank 1)")) << table;
  EXPECT_TRUE(has(table, "+0.500"));
  EXPECT_TRUE(has(table, "[-1, +6]"));
  const std::string methods = methods_sentence(made.experiment, made.estimates, "1");
  EXPECT_TRUE(has(methods, "8 pairs of which neither diverged")) << methods;
  EXPECT_TRUE(has(methods, "Tango 1998"));
  const ThreeCells plain;
  EXPECT_FALSE(has(summary_table(plain.experiment, plain.estimates), "cold"));
  EXPECT_FALSE(has(methods_sentence(plain.experiment, plain.estimates, "1"), "cold"));
  EXPECT_FALSE(has(summary_csv(plain.experiment, plain.estimates), "paired"));
}

}  // namespace
}  // namespace rankfall
