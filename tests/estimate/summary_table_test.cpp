#include "estimate/report.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "made_summary.hpp"

namespace rankfall {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(SummaryTable, PrintsNoneAsAnUpperAndAllAsALowerBound) {
  const ThreeCells made;
  const auto lines = lines_of(summary_table(made.experiment, made.estimates));
  ASSERT_GE(lines.size(), 6U);  // two of caption, titles, three cells; tables of first falls follow
  EXPECT_TRUE(has(lines[3], "< 0.0009  [0.0000, 0.0009]"));
  EXPECT_TRUE(has(lines[3], "> 2000"));
  EXPECT_TRUE(has(lines[3], "2: all"));
  EXPECT_TRUE(has(lines[4], "0.5000  [0.4846, 0.5154]"));
  EXPECT_TRUE(has(lines[4], "1: 50.0%  2: 50.0%"));
  EXPECT_TRUE(has(lines[5], "> 0.9991  [0.9991, 1.0000]"));
  EXPECT_TRUE(has(lines[5], "500 [500, 500]"));
}

TEST(SummaryTable, IsAlignedAndNarrow) {
  const ThreeCells made;
  const auto lines = lines_of(summary_table(made.experiment, made.estimates));
  for (const auto& line : lines) EXPECT_LE(line.size(), 110U) << line;
  const std::size_t point = lines[4].find("0.5000");
  EXPECT_EQ(lines[3].find("0.0009"), point);
  EXPECT_EQ(lines[5].find("0.9991"), point);
  const std::size_t histogram = lines[2].find("final rank");
  for (std::size_t i = 3; i < 6; ++i) EXPECT_EQ(lines[i].find(':'), histogram + 1);
}

TEST(SummaryTable, RareEventsOfAMillionReplicasAreNotRoundedAway) {
  const Experiment experiment = made_experiment(1);
  CellEstimate cell;
  cell.replicas = 1000000;
  cell.jump = {2, 1000000, {2.4e-7, 7.2e-6}};
  cell.final_rank[1] = {2, 1000000, {}};
  cell.final_rank[2] = {999998, 1000000, {}};
  cell.first_passage.censored = 999998;
  const std::string text = summary_table(experiment, {cell});
  EXPECT_TRUE(has(text, "0.000002  [0.000000, 0.000007]"));
  EXPECT_TRUE(has(text, "1: <0.1%  2: >99.9%"));
}

TEST(SummaryTable, DivergedReplicasHaveAColumnOnlyWhereTheyOccur) {
  const Experiment experiment = made_experiment(1);
  ReplicaResults results = made_results(0, 10, 5);
  EXPECT_FALSE(has(summary_table(experiment, estimate(experiment, {results})), "diverged"));
  add_replica(results, {.outcome = Outcome::diverged, .steps = 1700});
  EXPECT_TRUE(has(summary_table(experiment, estimate(experiment, {results})), "diverged"));
}

TEST(SummaryTable, OfManyCellsShowsFortyAndCountsTheRest) {
  const Experiment experiment = made_experiment(43);
  RunResults results;
  for (int cell = 0; cell < 43; ++cell) results.push_back(made_results(cell, 2, 1));
  const auto lines = lines_of(summary_table(experiment, estimate(experiment, results)));
  ASSERT_GE(lines.size(), 2U + 1U + 40U + 1U);
  EXPECT_EQ(lines[43], "... and 3 more cells in summary.csv");
}

TEST(SummaryTable, SaysHowMuchIsMissing) {
  Experiment experiment = made_experiment(2);
  experiment.replicas = 10;
  const auto estimates = estimate(experiment, {made_results(0, 10, 3), ReplicaResults{}});
  EXPECT_EQ(lines_of(summary_table(experiment, estimates)).back(), "Unfinished: 10 of 20 replicas so far.");
}

TEST(SummaryTable, OfDescentAloneShowsRanksAndConvergence) {
  const Experiment experiment = descent_experiment();
  ReplicaResults results;
  for (int i = 0; i < 8; ++i) {
    add_replica(results, {.rank = i < 2 ? 1 : 3, .outcome = Outcome::converged, .unobserved_error = 0.25});
  }
  const auto lines = lines_of(summary_table(experiment, estimate(experiment, {results})));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_FALSE(has(lines[0], "P(jump)"));
  EXPECT_TRUE(has(lines[1], "converged"));
  EXPECT_TRUE(has(lines[2], "> 0.631"));  // 0.025^(1/8)
  EXPECT_TRUE(has(lines[2], "0.25     1    0.250  [0.032, 0.651]"));
  EXPECT_TRUE(has(lines[3], "3    0.750  [0.349, 0.968]"));
  EXPECT_EQ(lines[3].find_first_not_of(' '), lines[3].find('3'));  // the cell's own texts stand on its first line only
}

TEST(SummaryTable, AsksForJumpsWhereNoiseActsOnAMinimum) {
  const auto asks = [](const Experiment& experiment) {
    return has(summary_table(experiment, estimate(experiment, {made_results(0, 4, 1)})), "P(jump)");
  };
  Experiment experiment = made_experiment(1);
  EXPECT_TRUE(asks(experiment));
  std::vector<PhaseSpec>& phases = experiment.cells[0].phases;
  phases.push_back(phases.front());  // annealed by descent: what fell in the noise is not counted in the last phase
  EXPECT_FALSE(asks(experiment));
  phases = {phases[1]};              // noise from the initialization on
  EXPECT_FALSE(asks(experiment));
  experiment.cells[0].initialization.kind = InitializationKind::given;
  EXPECT_TRUE(asks(experiment));
  experiment.cells[0].initialization.kind = InitializationKind::gaussian;
  phases[0].stop.rank_at_most = 1;
  EXPECT_TRUE(asks(experiment));
}

TEST(SummaryTable, OfManyRanksShowsTheMostFrequent) {
  const Experiment experiment = made_experiment(1);
  ReplicaResults results;
  for (const int rank : {0, 1, 1, 1, 2, 3, 3, 4, 4, 4}) add_replica(results, {.start_rank = 5, .rank = rank});
  EXPECT_TRUE(has(summary_table(experiment, estimate(experiment, {results})),
                  "1: 30.0%  3: 20.0%  4: 30.0%  other: 20.0%"));
}

}  // namespace
}  // namespace rankfall
