// Replicas are added until intervals are narrow enough, by a rule that only sees a cell's own replicas.
#include <gtest/gtest.h>

#include "estimate/adaptive.hpp"
#include "estimate/estimator.hpp"
#include "run/references.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using namespace test;

Experiment adaptive_experiment(const Overrides& more = {}) {
  Overrides all{"replicas=100", "estimate.relative_half_width=0.12", "estimate.max_replicas=3000"};
  all.insert(all.end(), more.begin(), more.end());
  return small_experiment(all);
}

std::vector<std::int64_t> counts_in(const std::string& path) {
  std::vector<std::int64_t> counts;
  for (const ReplicaResults& cell : load_run(path).results) counts.push_back(cell.count);
  return counts;
}

TEST(Adaptive, EndsWhereTheRuleHoldsAndNoSooner) {
  const Experiment experiment = adaptive_experiment();
  const AdaptiveRule& rule = *experiment.estimate.adaptive;
  const Folder folder;
  run_into(folder.file("out"), experiment);
  const StoredRun run = load_run(folder.file("out"));
  EXPECT_TRUE(run.complete);
  bool grew = false;
  for (std::size_t c = 0; c < run.results.size(); ++c) {
    const auto met = [&](const ReplicaResults& results) {
      const CellEstimate cell = estimate_cell(experiment.cells[c], experiment.estimate, results);
      return is_met(rule, watched(rule, experiment.estimate, cell));
    };
    EXPECT_TRUE(met(run.results[c]) || run.results[c].count == rule.max_replicas) << c;
    grew = grew || run.results[c].count > 256;
    EXPECT_TRUE(run.results[c].count % 256 == 0 || run.results[c].count == rule.max_replicas);
  }
  EXPECT_TRUE(grew);
}

// The first replicas are those of a plain run with as many.
TEST(Adaptive, AddsReplicasToTheSameOnes) {
  const Folder folder;
  run_into(folder.file("out"), adaptive_experiment());
  const StoredRun grown = load_run(folder.file("out"));
  run_into(folder.file("plain"), small_experiment({"replicas=3000"}));
  const StoredRun plain = load_run(folder.file("plain"));
  for (std::size_t c = 0; c < 2; ++c)
    EXPECT_TRUE(std::equal(grown.results[c].singular_values.begin(), grown.results[c].singular_values.end(),
                           plain.results[c].singular_values.begin()));
}

TEST(Adaptive, DoesNotDependOnThreadsShardsInterruptionsOrOtherCells) {
  const Experiment experiment = adaptive_experiment();
  const Folder folder;
  run_into(folder.file("one"), experiment);
  const std::string checksum = checksum_in(folder.file("one"));
  run_into(folder.file("two"), experiment, with_threads(2));
  EXPECT_EQ(checksum_in(folder.file("two")), checksum);

  RunEnd end = RunEnd::shard_done;  // shards of one directory take turns: each sees what the others have added
  for (int turn = 0; turn < 40 && end != RunEnd::done; ++turn) {
    RunOptions options;
    options.shard = {1 + turn % 3, 3};
    end = run_into(folder.file("shards"), experiment, options).end;
  }
  EXPECT_EQ(end, RunEnd::done);
  EXPECT_EQ(checksum_in(folder.file("shards")), checksum);

  run_into(folder.file("resumed"), adaptive_experiment({"estimate.relative_half_width=0.3"}));
  run_into(folder.file("resumed"), experiment);
  EXPECT_EQ(checksum_in(folder.file("resumed")), checksum);

  run_into(folder.file("alone"), adaptive_experiment({"sweep.\"phase.noise.learning_rate\"=[0.06]"}));
  EXPECT_EQ(counts_in(folder.file("alone"))[0], counts_in(folder.file("one"))[1]);
}

// Cells that are pairs keep equal numbers of replicas: whichever interval is wide asks for both.
TEST(Adaptive, RaisesPairsTogether) {
  const Experiment experiment = adaptive_experiment({"compare.cold_start=true", "estimate.max_replicas=1500"});
  ASSERT_EQ(experiment.cells.size(), 4u);
  const Folder folder;
  run_into(folder.file("out"), experiment);
  const StoredRun run = load_run(folder.file("out"));
  EXPECT_TRUE(run.complete);
  const AdaptiveRule& rule = *experiment.estimate.adaptive;
  for (std::size_t c = 0; c < 4; c += 2) {
    EXPECT_EQ(run.results[c].count, run.results[c + 1].count);
    for (const std::size_t own : {c, c + 1}) {
      const CellEstimate cell = estimate_cell(experiment.cells[own], experiment.estimate, run.results[own]);
      EXPECT_TRUE(is_met(rule, watched(rule, experiment.estimate, cell)) || run.results[own].count == rule.max_replicas);
    }
  }
  EXPECT_EQ(goals_on_disk({folder.file("out")}, experiment), replicas_in(run.results));
  run_into(folder.file("resumed"), adaptive_experiment({"compare.cold_start=true", "estimate.max_replicas=600"}));
  run_into(folder.file("resumed"), experiment);
  EXPECT_EQ(checksum_in(folder.file("resumed")), checksum_in(folder.file("out")));
}

TEST(Adaptive, AFinishedCellIsLeftAlone) {
  const Experiment experiment = adaptive_experiment();
  const Folder folder;
  run_into(folder.file("out"), experiment);
  const std::string record = content(folder.file("out") + "/run.json");
  run_into(folder.file("out"), experiment);
  EXPECT_EQ(content(folder.file("out") + "/run.json"), record);
}

TEST(Run, ACompleteOneIsLeftAsItIs) {
  const Folder folder;
  run_into(folder.file("out"), small_experiment());
  const std::string record = content(folder.file("out") + "/run.json");
  run_into(folder.file("out"), small_experiment());
  EXPECT_EQ(content(folder.file("out") + "/run.json"), record);
  run_into(folder.file("out"), small_experiment({"estimate.confidence=0.9"}));  // the summary is another
  EXPECT_NE(content(folder.file("out") + "/run.json"), record);
}

}  // namespace
}  // namespace rankfall
