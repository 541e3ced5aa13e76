#include "estimate/report.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <sstream>

#include "estimate/estimator.hpp"
#include "made_replicas.hpp"

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

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Three cells of 4096: none jumps, half do, all do.
struct ThreeCells {
  Experiment experiment = made_experiment(3);
  std::vector<CellEstimate> estimates;
  ThreeCells() {
    experiment.replicas = 4096;
    estimates = estimate(experiment, {made_results(0, 4096, 0), made_results(1, 4096, 2048),
                                      made_results(2, 4096, 4096)});
  }
};

TEST(SummaryCsv, ReadsBackWithCountsAndIntervals) {
  const ThreeCells made;
  const Table table = read_csv(summary_csv(made.experiment, made.estimates));
  ASSERT_EQ(table.size(), 3U);
  EXPECT_EQ(table[1].at("learning_rate"), "0.2");
  EXPECT_EQ(std::stod(table[2].at("learning_rate")), 0.1 * 3);  // 0.30000000000000004, to the last bit
  EXPECT_EQ(table[1].at("cell"), "1");
  EXPECT_EQ(table[1].at("n"), "4096");
  EXPECT_EQ(table[1].at("n_diverged"), "0");
  EXPECT_EQ(table[1].at("p_jump"), "0.5");
  EXPECT_EQ(table[1].at("p_jump_events"), "2048");
  EXPECT_EQ(table[1].at("p_jump_trials"), "4096");
  EXPECT_EQ(std::stod(table[1].at("p_jump_low")), made.estimates[1].jump.interval.low);
  EXPECT_EQ(std::stod(table[1].at("p_jump_high")), made.estimates[1].jump.interval.high);
  EXPECT_EQ(table[1].at("p_rank_1_events"), "2048");
  EXPECT_EQ(table[1].at("first_passage_median"), "500");
  EXPECT_EQ(table[1].at("first_passage_censored"), "2048");
  EXPECT_EQ(table[1].at("median_loss"), "0.5");
  EXPECT_EQ(table[1].at("median_unobserved_error"), "");
  EXPECT_EQ(table[1].at("mean_tries"), "1");
  EXPECT_EQ(table[1].at("p_jump_up"), "0");
  EXPECT_EQ(table[1].at("p_diverged_events"), "0");
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

TEST(SummaryTable, PrintsNoneAsAnUpperAndAllAsALowerBound) {
  const ThreeCells made;
  const auto lines = lines_of(summary_table(made.experiment, made.estimates));
  ASSERT_EQ(lines.size(), 6U);  // two of caption, titles, three cells
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
  EXPECT_EQ(lines.back(), "... and 3 more cells in summary.csv");
  EXPECT_EQ(lines.size(), 2U + 1U + 40U + 1U);
}

TEST(SummaryTable, SaysHowMuchIsMissing) {
  Experiment experiment = made_experiment(2);
  experiment.replicas = 10;
  const auto estimates = estimate(experiment, {made_results(0, 10, 3), ReplicaResults{}});
  EXPECT_EQ(lines_of(summary_table(experiment, estimates)).back(), "Unfinished: 10 of 20 replicas so far.");
}

// Without noise in the last phase the question is the final rank.
Experiment descent_experiment() {
  Experiment experiment = made_experiment(1);
  experiment.cells[0].phases = {experiment.cells[0].phases[0]};
  return experiment;
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

TEST(MethodsSentence, SaysWhatAPaperMustSay) {
  const ThreeCells made;
  const std::string text = methods_sentence(made.experiment, made.estimates, "0.1.0");
  EXPECT_TRUE(has(text, "With rankfall 0.1.0 in float32 precision (seed 7), 4096 replicas were trained in each of "
                        "3 cells (12288 in all)."));
  EXPECT_TRUE(has(text, "at the start of the last phase, 'noise' (SGD, horizon 2000 steps)."));
  EXPECT_TRUE(has(text, "Of 12288 replicas whose rank could fall, 6144 jumped and 6144 were censored."));
  EXPECT_TRUE(has(text, "in 0 of 12288 replicas (one-sided exact 95 % upper bound: 0.00024 per replica)"));
  EXPECT_TRUE(has(text, "None diverged."));
  EXPECT_TRUE(has(text, "above 0.004 times the largest singular value of the target"));
  EXPECT_TRUE(has(text, "labelled by the rank of the minimum that noise-free gradient descent reaches"));
  EXPECT_TRUE(has(text, "every 100 steps"));
  EXPECT_TRUE(has(text, "95 % Clopper-Pearson intervals"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
}

TEST(MethodsSentence, OfOneReplicaIsInTheSingular) {
  Experiment experiment = made_experiment(1);
  experiment.replicas = 1;
  const std::string text = methods_sentence(experiment, estimate(experiment, {made_results(0, 1, 0)}), "0.1.0");
  EXPECT_TRUE(has(text, "1 replica was trained."));
  EXPECT_TRUE(has(text, "Of 1 replica whose rank could fall, 0 jumped and 1 was censored."));
}

TEST(MethodsSentence, NamesWhatVariesAndWhatWasRequired) {
  Experiment experiment = made_experiment(2);
  experiment.replicas = 12;
  experiment.precision = Precision::float64;
  experiment.seeding = Seeding::common;
  experiment.cells[1].phases.back().steps = 5000;
  for (Cell& cell : experiment.cells) {
    cell.initialization.requirement = Requirement::settled_rank;
    cell.initialization.settled_rank = 2;
    cell.probe.classify_at_end = RankKind::numerical;
    cell.probe.tolerance_is_absolute = true;
  }
  ReplicaResults unfinished = made_results(1, 3, 1);
  unfinished.tries = {5, 5, 5};
  add_replica(unfinished, {.outcome = Outcome::diverged, .steps = 1200, .tries = 5});
  const auto estimates = estimate(experiment, {made_results(0, 12, 0), unfinished});
  const std::string text = methods_sentence(experiment, estimates, "0.1.0");
  EXPECT_TRUE(has(text, "float64"));
  EXPECT_TRUE(has(text, "4 to 12 replicas were trained in each of 2 cells (16 in all, with the same random draws in "
                        "every cell), of 24 planned."));
  EXPECT_TRUE(has(text, "horizon 2000 to 5000 steps"));
  EXPECT_TRUE(has(text, "redrawn until the rank after the first phase was 2 (2 draws per replica on average)"));
  EXPECT_TRUE(has(text, "1 replica diverged;"));
  EXPECT_TRUE(has(text, "singular values of W above 0.004."));
  EXPECT_FALSE(has(text, "descent reaches"));
}

TEST(MethodsSentence, OfDescentAloneSpeaksOfConvergence) {
  const Experiment experiment = descent_experiment();
  const std::string text = methods_sentence(experiment, estimate(experiment, {made_results(0, 4, 0)}), "0.1.0");
  EXPECT_TRUE(has(text, "Within the horizon of 1000 steps, 0 of 4 replicas converged."));
  EXPECT_FALSE(has(text, "Kaplan-Meier"));
  EXPECT_EQ(methods_sentence(experiment, estimate(experiment, {ReplicaResults{}}), "0.1.0"),
            "No replica has finished yet.\n");
}

}  // namespace
}  // namespace rankfall
