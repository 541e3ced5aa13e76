// Problems of an experiment, and trained replicas beside their solutions.
#include "run/references.hpp"

#include <cmath>

#include "estimate/estimator.hpp"
#include "estimate/report.hpp"
#include "run/nuclear.hpp"
#include "run/observed_graphs.hpp"
#include "tests/run/support.hpp"
#include "theory/parallel.hpp"

namespace rankfall::test {
namespace {

TEST(References, CellsThatShareAProblemShareItsNumber) {
  const Experiment experiment =
      small_experiment({"sweep={\"problem.observed_count\"=[9, 10], \"objective.ridge\"=[0, 1e-3]}"});
  const auto cells = solve_references(experiment, Goals(4, 600), {});
  ASSERT_EQ(cells.size(), 4U);
  for (const CellReferences& cell : cells) ASSERT_EQ(cell.problems.size(), 1U);
  EXPECT_EQ(cells[0].problems[0].number, cells[1].problems[0].number);
  EXPECT_EQ(cells[2].problems[0].number, cells[3].problems[0].number);
  EXPECT_NE(cells[0].problems[0].number, cells[2].problems[0].number);
  EXPECT_EQ(cells[0].problems[0].problem.entries.size(), 9U);
  EXPECT_EQ(cells[3].problems[0].problem.entries.size(), 10U);
}

TEST(References, EachReplicaOfItsOwnInstanceHasItsOwn) {
  const Experiment experiment = small_experiment({"problem.instances=\"per-replica\""});
  const auto few = solve_references(experiment, {5, 3}, {}), more = solve_references(experiment, {2, 30}, {});
  ASSERT_EQ(few[0].problems.size(), 5U);
  ASSERT_EQ(more[1].problems.size(), 30U);
  EXPECT_NE(few[0].problems[0].minimum.upper, few[0].problems[1].minimum.upper);
  for (std::size_t r = 0; r < 3; ++r)  // a replica's problem is its own, however many there are
    EXPECT_EQ(few[1].problems[r].minimum.upper, more[1].problems[r].minimum.upper);
  EXPECT_EQ(compare(few[0], nullptr).problems, 5);
  EXPECT_FALSE(compare(few[0], nullptr).ratio.has_value());
}

TEST(References, WhollyObservedTargetsHaveNoUnobservedError) {
  const Experiment experiment = small_experiment({"problem={rows=4, rank=2, observed=\"full\"}"});
  const auto cells = solve_references(experiment, {1, 1}, {});
  EXPECT_FALSE(cells[0].problems[0].unobserved_error.has_value());
  EXPECT_EQ(cells[0].problems[0].minimum.rank(), 2);
}

// The completion is of what the last phase sees, and its error against that phase's target.
TEST(References, AreOfTheLastPhasesTarget) {
  const Experiment experiment = small_experiment({"phase.noise.target=[[1,0,0,0],[0,2,0,0],[0,0,3,0],[0,0,0,4]]",
                                                  "problem={rows=4, rank=2, observed=[[0, 0], [1, 1], [2, 2]]}"});
  const Reference found = solve_references(experiment, {1, 1}, {})[0].problems[0];
  EXPECT_NEAR(found.minimum.upper, 6.0, 1e-6);
  double squares = 0.0;
  for (std::size_t e = 0; e < 16; ++e) squares += std::pow(found.minimum.completion[e] - (e % 5 == 0 ? 1.0 + static_cast<double>(e) / 5.0 : 0.0), 2.0);
  EXPECT_NEAR(found.unobserved_error.value(), std::sqrt(squares / 13.0), 1e-12);
}

// Made results: nuclear norms 1, 2, 3, 4 times the minimum, and one replica that diverged.
TEST(References, RatiosAreOfReplicasThatDidNotDiverge) {
  const Experiment experiment = small_experiment();
  const auto cells = solve_references(experiment, {5, 5}, {});
  const double minimum = cells[0].problems[0].minimum.upper;
  ReplicaResults results;
  results.count = 5;
  results.outcome.assign(5, Outcome::converged);
  results.outcome[4] = Outcome::diverged;
  results.observable[static_cast<std::size_t>(Observable::nuclear_norm)] = {minimum, 2 * minimum, 3 * minimum,
                                                                            4 * minimum, NAN};
  const NuclearComparison comparison = compare(cells[0], &results);
  EXPECT_EQ(comparison.compared, 4);
  ASSERT_TRUE(comparison.ratio.has_value());
  EXPECT_NEAR((*comparison.ratio)[0], 1.75, 1e-12);
  EXPECT_NEAR((*comparison.ratio)[1], 2.5, 1e-12);
  EXPECT_NEAR((*comparison.ratio)[2], 3.25, 1e-12);
}

// Behind a gap replica r no longer has problem r, however many replicas there are: an adaptive run may have more than
// `replicas` and a hole.
TEST(References, CellsWithAProblemPerReplicaAreComparedUpToTheirEndOnlyWithoutAHole) {
  const Experiment own = small_experiment({"problem.instances=\"per-replica\"", "replicas=300", "sweep={}",
                                           "estimate.relative_half_width=1e-3", "estimate.max_replicas=1024"});
  const Experiment shared = small_experiment({"sweep={}"});
  const Folder folder;
  run_into(folder.file("out"), own, with_threads(1));
  std::filesystem::remove(folder.file("out") + "/results.nc");
  const auto results = [&] { return load_run(folder.file("out")).results.front(); };
  const auto unit = [&](std::int64_t first) {
    return ResultDirectory{folder.file("out")}.units() + "/" + unit_name({0, first, 256});
  };
  std::filesystem::rename(unit(768), folder.file("last"));
  const ReplicaResults cut = results();
  EXPECT_EQ(cut.count, 768);
  EXPECT_EQ(comparable(own, cut), &cut);
  std::filesystem::rename(folder.file("last"), unit(768));
  std::filesystem::remove(unit(512));
  const ReplicaResults holed = results();
  EXPECT_EQ(holed.left_out, 256);
  EXPECT_GT(holed.count, own.replicas);
  EXPECT_EQ(comparable(own, holed), nullptr);
  EXPECT_EQ(comparable(shared, holed), &holed);
}

TEST(References, SummariesHaveTheComparisonWhereItIsAskedFor) {
  const Folder folder;
  for (const char* asked : {"false", "true"}) {
    const Experiment experiment = small_experiment({std::string("estimate.nuclear_norm=") + asked, "replicas=40"});
    run_into(folder.file(asked), experiment, with_threads(1));
  }
  const std::string without = content(folder.file("false") + "/summary.csv"),
                    with = content(folder.file("true") + "/summary.csv");
  EXPECT_EQ(without.find("nuclear"), std::string::npos);
  const std::string header = with.substr(0, with.find('\n'));
  EXPECT_EQ(header,
            without.substr(0, without.find('\n')) +
                ",nuclear_norm_minimum,nuclear_norm_gap,nuclear_norm_ratio_median,nuclear_norm_ratio_quartile_1,"
                "nuclear_norm_ratio_quartile_3,nuclear_norm_unobserved_error");
  const StoredRun stored = load_run(folder.file("true"));
  auto estimates = estimate(stored.experiment, stored.results);
  const std::string bare = summary_table(small_experiment(), estimates);
  EXPECT_EQ(bare.find("|W|*/min"), std::string::npos);
  add_graphs(observed_graphs(stored.experiment, replicas_in(stored.results)), estimates);
  add_comparisons(stored.experiment, stored.results, estimates);
  EXPECT_NE(summary_table(stored.experiment, estimates).find("|W|*/min"), std::string::npos);
  EXPECT_EQ(summary_csv(stored.experiment, estimates), with);
  ASSERT_TRUE(estimates[1].nuclear.has_value());
  EXPECT_EQ(estimates[1].nuclear->compared, 40);
  EXPECT_LE(estimates[1].nuclear->relative_gap, 1e-8);
}

// Such an experiment is refused when it is read; whatever else a comparison meets, what was trained is not lost.
TEST(References, AComparisonThatFailsLeavesAllResults) {
  Experiment experiment = small_experiment({"problem={rows=96, observed=\"full\"}", "replicas=1", "sweep={}",
                                            "initialization.scale=0.01", "phase.noise.steps=1", "phase.settle.steps=1"});
  experiment.estimate.nuclear_norm = true;
  const Folder folder;
  EXPECT_THROW(run_into(folder.file("out"), experiment, with_threads(1)), ConfigError);
  EXPECT_EQ(load_run(folder.file("out")).replicas_done, 1);
  for (const char* name : {"/results.nc", "/summary.csv", "/run.json"})
    EXPECT_TRUE(std::filesystem::exists(folder.file("out") + name)) << name;
}

// Depth 2 is twice the nuclear norm, with its proof; deeper, the search finds what it finds, and says from how many
// starts.
TEST(References, LocalCostsGoWithTheDepth) {
  const Experiment experiment = small_experiment({"sweep={\"model.depth\"=[2, 4]}"});
  auto cells = solve_references(experiment, {1, 1}, {});
  add_local_costs(experiment, 6, 1, cells);
  const Reference &two = cells[0].problems[0], &four = cells[1].problems[0];
  ASSERT_TRUE(two.cost.has_value());
  ASSERT_TRUE(four.cost.has_value());
  EXPECT_EQ(two.number, four.number);
  EXPECT_NEAR(two.cost->value, 2.0 * two.minimum.upper, 1e-6 * two.cost->value);
  EXPECT_EQ(four.cost->starts, 6);
  EXPECT_GE(four.cost->reached, 1);
  EXPECT_LE(four.cost->reached, 6);
  const NuclearComparison comparison = compare(cells[1], nullptr);
  EXPECT_EQ(comparison.local_cost, four.cost->value);
  EXPECT_EQ(comparison.cost_reached, four.cost->reached);
}

// A stop is heard before the first step, and whoever asked for it is told.
TEST(References, AStopEndsWhatIsSolved) {
  const Experiment experiment = small_experiment({"estimate.nuclear_norm=true", "sweep={\"model.depth\"=[3]}"});
  auto cells = solve_references(experiment, {1}, {});
  std::stop_source source;
  source.request_stop();
  CompletionOptions options;
  options.stop = source.get_token();
  EXPECT_THROW(solve_references(experiment, {1}, options), Stopped);
  EXPECT_THROW(add_local_costs(experiment, 2, 1, cells, source.get_token()), Stopped);
}

// What was written stays as it is but for the summary, which would be of other results; the next call makes it.
TEST(References, AStoppedComparisonLeavesResultsAndNoSummary) {
  const Experiment experiment = small_experiment({"estimate.nuclear_norm=true", "replicas=40"});
  const Folder folder;
  const ResultDirectory out{folder.file("out")};
  run_into(out.path, experiment, with_threads(1));
  const std::string summary = content(out.summary()), checksum = checksum_in(out.path);
  std::stop_source source;
  source.request_stop();
  EXPECT_THROW(write_products(out, experiment, first_goals(experiment), {}, source.get_token()), Stopped);
  EXPECT_FALSE(std::filesystem::exists(out.summary()));
  EXPECT_TRUE(std::filesystem::exists(out.results()));
  const Told told = run_into(out.path, experiment, with_threads(1));
  EXPECT_EQ(told.end, RunEnd::done);
  EXPECT_EQ(content(out.summary()), summary);
  EXPECT_EQ(checksum_in(out.path), checksum);
}

// Whoever prints gets what was written, also where everything was there already; problems are solved once.
TEST(References, WhatIsPrintedIsWhatWasWritten) {
  const Experiment experiment = small_experiment({"estimate.nuclear_norm=true", "replicas=40"});
  const Folder folder;
  RunOptions options = with_threads(1);
  options.directory = folder.file("out");
  for (const char* time : {"first", "again"}) {
    std::vector<CellEstimate> estimates;
    testing::internal::CaptureStderr();
    run_experiment(experiment, options, Ranks(), [&](std::vector<CellEstimate>&& all) { estimates = std::move(all); });
    const std::string told = testing::internal::GetCapturedStderr();
    EXPECT_EQ(summary_csv(experiment, estimates), content(options.directory + "/summary.csv")) << time;
    EXPECT_EQ(told.find("solving the problems"), told.rfind("solving the problems")) << time;
    EXPECT_NE(told.find("solving the problems"), std::string::npos) << time;
  }
}

TEST(References, SymmetricModelsHaveNoLocalCost) {
  const Experiment experiment = small_experiment({"model={symmetric=true}"});
  auto cells = solve_references(experiment, {1, 1}, {});
  add_local_costs(experiment, 2, 1, cells);
  EXPECT_FALSE(cells[0].problems[0].cost.has_value());
  EXPECT_FALSE(compare(cells[0], nullptr).local_cost.has_value());
}

// Rank 4 at most, and at most 2: the second cannot reach what the search would find.
TEST(References, NarrowModelsHaveNoLocalCost) {
  const Experiment experiment = small_experiment({"sweep={\"model.width\"=[4, 2]}"});
  auto cells = solve_references(experiment, {1, 1}, {});
  add_local_costs(experiment, 2, 1, cells);
  EXPECT_TRUE(cells[0].problems[0].cost.has_value());
  EXPECT_FALSE(cells[1].problems[0].cost.has_value());
}

TEST(References, SummariesHaveLocalCostsWhereTheyAreAskedFor) {
  const Folder folder;
  run_into(folder.file("run"), small_experiment({"estimate.representation_cost_starts=3", "replicas=40"}),
           with_threads(1));
  const std::string text = content(folder.file("run") + "/summary.csv");
  EXPECT_NE(text.find(",local_cost,local_cost_starts,local_cost_reached,local_cost_ratio_median,"), std::string::npos);
  EXPECT_EQ(text.find("nuclear_norm_minimum"), std::string::npos);
  EXPECT_EQ(text.find(",,\n"), std::string::npos);  // the last fields have values
}

// Too few steps: every text says what the bounds are worth.
TEST(NuclearReport, SaysWhatWasNotReached) {
  const NuclearReport rough = nuclear_report(small_experiment(), {1e-8, 3, 1}),
                      fine = nuclear_report(small_experiment(), {});
  EXPECT_EQ(rough.unreached, 1);
  EXPECT_EQ(fine.unreached, 0);
  EXPECT_NE(nuclear_text(rough).find("did not reach the tolerance 1e-08"), std::string::npos);
  EXPECT_EQ(nuclear_text(fine).find("did not reach"), std::string::npos);
  EXPECT_NE(nuclear_json(rough).find("\"reached\": false"), std::string::npos);
  EXPECT_EQ(nuclear_json(fine).find("\"reached\": false"), std::string::npos);
}

}  // namespace
}  // namespace rankfall::test
