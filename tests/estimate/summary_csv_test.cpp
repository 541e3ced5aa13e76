#include "estimate/report.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <sstream>

#include "estimate/law_table.hpp"
#include "made_summary.hpp"

namespace rankfall {
namespace {

using Table = std::vector<std::map<std::string, std::string>>;

// A reader of RFC 4180 for these tests: fields by the header's names.
std::vector<std::string> fields_of(const std::string& line) {
  std::vector<std::string> fields{""};
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && inside && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[i++];
    } else if (line[i] == '"') {
      inside = !inside;
    } else if (line[i] == ',' && !inside) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

Table read_csv(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  std::getline(lines, line);
  const auto names = fields_of(line);
  Table table;
  while (std::getline(lines, line)) {
    const auto fields = fields_of(line);
    EXPECT_EQ(fields.size(), names.size());
    table.emplace_back();
    for (std::size_t i = 0; i < fields.size(); ++i) table.back()[names[i]] = fields[i];
  }
  return table;
}

void expect_fields(const std::map<std::string, std::string>& row,
                   std::initializer_list<std::pair<const char*, const char*>> expected) {
  for (const auto& [name, value] : expected) EXPECT_EQ(row.at(name), value) << name;
}

// Of ThreeCells: nobody falls, half do, all do, between the probes at 400 and 500 steps of 2000.
TEST(SummaryCsv, TellsRatesAndDestinationsOfFalls) {
  const ThreeCells made;
  const Table table = read_csv(summary_csv(made.experiment, made.estimates));
  expect_fields(table[0], {{"rate", "0"}, {"rate_low", "0"}, {"rate_events", "0"}, {"rate_exposure", "8192000"}, {"constant_rate_p_value", ""},
                           {"fall_to_1", "0"}, {"fall_to_1_events", "0"}, {"p_end_2_from_2", "1"}, {"p_end_1_from_2_events", "0"},
                           {"p_end_1_from_2_trials", "4096"}});
  EXPECT_NEAR(std::stod(table[0].at("rate_high")), 3.6889 / 8192000, 1e-10);
  // An event counts at 450 steps.
  expect_fields(table[1], {{"rate_events", "2048"}, {"rate_exposure", "5017600"}, {"fall_to_1", "0.5"}, {"p_end_1_from_2", "0.5"}});
  expect_fields(table[2], {{"rate_exposure", "1843200"}, {"fall_to_1_events", "4096"}});
  const Table descent = read_csv(summary_csv(descent_experiment(), {}));
  EXPECT_TRUE(descent.empty());
  EXPECT_EQ(summary_csv(descent_experiment(), {}).find("settled_rate"), std::string::npos);
}

// A law that one cell is an instance of has columns; the others leave them empty.
TEST(SummaryCsv, SetsLawsBesideMeasurements) {
  ThreeCells made;
  EXPECT_EQ(law_table(made.experiment, made.estimates), "");
  made.estimates[1].laws = {{"some_law", "x", "A & B 2020", 2.5, 2.0, 0.2, 0.25, 7}};
  const Table table = read_csv(summary_csv(made.experiment, made.estimates));
  expect_fields(table[1], {{"law_some_law_predicted", "2.5"}, {"law_some_law_measured", "2"},
                           {"law_some_law_difference", "0.2"}, {"law_some_law_largest_difference", "0.25"},
                           {"law_some_law_replicas", "7"}});
  EXPECT_EQ(table[0].at("law_some_law_predicted"), "");
  EXPECT_EQ(table[0].at("law_some_law_replicas"), "0");
  const std::string told = law_table(made.experiment, made.estimates);
  EXPECT_TRUE(has(told, "law       learning_rate  predicted  measured  difference  largest  n  of")) << told;
  EXPECT_TRUE(has(told, "some_law            0.2        2.5         2        20 %     25 %  7  x (A & B 2020)")) << told;
}

// Of a lower bound: how far above it the median is, and whether all are.
TEST(SummaryCsv, SaysWhetherABoundHolds) {
  ThreeCells made;
  LawComparison bound{"bound", "x >= y", "A 2020", 0.4, 0.5, 0.25, 0.05, 7, LawKind::lower_bound};
  made.estimates[0].laws = {bound};
  bound.largest_difference = -0.02;
  made.estimates[1].laws = {bound};
  const std::string told = law_table(made.experiment, made.estimates);
  EXPECT_TRUE(has(told, "       0.4       0.5       +25 %        holds  7  x >= y (A 2020)")) << told;
  EXPECT_TRUE(has(told, "       0.4       0.5       +25 %  fails, -2 %  7  x >= y (A 2020)")) << told;
}

TEST(SummaryCsv, ReadsBackWithCountsAndIntervals) {
  const ThreeCells made;
  const Table table = read_csv(summary_csv(made.experiment, made.estimates));
  ASSERT_EQ(table.size(), 3U);
  EXPECT_EQ(table[1].at("learning_rate"), "0.2");
  EXPECT_EQ(std::stod(table[2].at("learning_rate")), 0.1 * 3);  // 0.30000000000000004, to the last bit
  expect_fields(table[1], {{"cell", "1"}, {"n", "4096"}, {"n_diverged", "0"}, {"p_jump", "0.5"},
                           {"p_jump_events", "2048"}, {"p_jump_trials", "4096"}});
  EXPECT_EQ(std::stod(table[1].at("p_jump_low")), made.estimates[1].jump.interval.low);
  EXPECT_EQ(std::stod(table[1].at("p_jump_high")), made.estimates[1].jump.interval.high);
  expect_fields(table[1], {{"p_rank_1_events", "2048"}, {"first_passage_median", "500"},
                           {"first_passage_censored", "2048"}, {"median_loss", "0.5"}, {"median_unobserved_error", ""},
                           {"mean_tries", "1"}, {"p_jump_up", "0"}, {"p_diverged_events", "0"}});
}

TEST(SummaryCsv, HasEveryRankUpToTheHighestInEveryRow) {
  const ThreeCells made;
  const Table table = read_csv(summary_csv(made.experiment, made.estimates));
  EXPECT_EQ(table[0].at("p_rank_1_events"), "0");
  EXPECT_EQ(table[0].at("p_rank_1_trials"), "4096");
  EXPECT_NEAR(std::stod(table[0].at("p_rank_1_high")), 1.0 - std::pow(0.025, 1.0 / 4096.0), 1e-12);
  EXPECT_EQ(table[0].at("p_rank_0_low"), "0");
  EXPECT_EQ(table[0].count("p_rank_3"), 0U);
}

TEST(SummaryCsv, RanksAreSharesOfThoseThatDidNotDiverge) {
  const Experiment experiment = made_experiment(1);
  ReplicaResults results = made_results(0, 5, 0);
  add_replica(results, {.outcome = Outcome::diverged, .steps = 1700});
  const Table table = read_csv(summary_csv(experiment, estimate(experiment, {results})));
  EXPECT_EQ(table[0].at("n"), "6");
  EXPECT_EQ(table[0].at("n_diverged"), "1");
  for (const char* rank : {"0", "1", "2"}) EXPECT_EQ(table[0].at("p_rank_" + std::string(rank) + "_trials"), "5");
  EXPECT_EQ(table[0].at("p_jump_trials"), "6");
  EXPECT_EQ(table[0].at("p_diverged_events"), "1");
}

TEST(SummaryCsv, LeavesEmptyWhatDoesNotExist) {
  const ThreeCells made;
  const Table table = read_csv(summary_csv(made.experiment, made.estimates));
  EXPECT_EQ(table[0].at("first_passage_median"), "");
  EXPECT_EQ(table[0].at("first_passage_median_high"), "");
  const Experiment one = made_experiment(1);
  const Table none = read_csv(summary_csv(one, estimate(one, {ReplicaResults{}})));
  EXPECT_EQ(none[0].at("p_jump"), "");
  EXPECT_EQ(none[0].at("p_jump_low"), "");
  EXPECT_EQ(none[0].at("p_jump_trials"), "0");
  EXPECT_EQ(none[0].at("mean_tries"), "");
}

TEST(SummaryCsv, QuotesAwkwardValuesAndListsZippedKeys) {
  Experiment experiment = made_experiment(1);
  experiment.axes = {{"file", {"problem.target", "model.depth"}, {"file", "depth"},
                      {{std::string("a,\"b\".csv")}, {3.0}}}};
  const Table table = read_csv(summary_csv(experiment, estimate(experiment, {made_results(0, 4, 1)})));
  EXPECT_EQ(table[0].at("file"), "a,\"b\".csv");
  EXPECT_EQ(table[0].at("depth"), "3");
  EXPECT_EQ(table[0].at("n"), "4");
}

}  // namespace
}  // namespace rankfall
