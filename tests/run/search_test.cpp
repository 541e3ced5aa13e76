// A search trains what a plain run would, and no more than its rounds ask for.
#include <gtest/gtest.h>

#include <algorithm>

#include "estimate/estimator.hpp"
#include "estimate/search.hpp"
#include "tests/backend/support.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

const std::string searched_text = R"(
name = "search"
seed = 4
replicas = 24
[problem]
rows = 4
rank = 2
observed_count = 10
[model]
depth = 3
[initialization]
scale = 0.5
[objective]
ridge = 0.02
[[phase]]
name = "noise"
optimizer = "sgd"
learning_rate = { schedule = "cosine", from = 0.1, to = 0.02, hold = 5 }
steps = 60
[probe]
every = 30
rank_tolerance = 0.1
classify_at_end = "numerical"
[sweep]
"phase.noise.learning_rate.from" = [0.02, 0.1, 0.2, 0.3, 0.4]
)";

Experiment plain_experiment(const Overrides& overrides = {}) { return parse_experiment(searched_text, "search.toml", "", overrides); }

Experiment searching(const std::string& more = "") {
  return parse_experiment(searched_text + "[search]\nrank = 2\nfactor = 2\nconfirm = 40\n" + more, "search.toml", "");
}

TEST(SearchRun, IsAPlainRunOfTheCellsThatGoOn) {
  const Experiment experiment = searching();
  const test::Folder folder;
  EXPECT_EQ(test::run_into(folder.file("out"), experiment).end, RunEnd::done);
  const StoredRun run = load_run(folder.file("out"));
  EXPECT_TRUE(run.complete);
  const RunResults plain = test::train(plain_experiment({"replicas=136"}));

  // 5 cells with 24, 3 with 48, 2 with 96, 1 with 96 + 40.
  std::vector<std::int64_t> goals(5, 24);
  std::vector<int> cells{0, 1, 2, 3, 4};
  const std::int64_t rounds[] = {24, 48, 96};
  for (std::size_t round = 0; round < 3; ++round) {
    for (const int c : cells) goals[static_cast<std::size_t>(c)] = rounds[round];
    std::stable_sort(cells.begin(), cells.end(), [&](int a, int b) {
      return *ended_with(plain[static_cast<std::size_t>(a)], 2, 0, rounds[round]) > *ended_with(plain[static_cast<std::size_t>(b)], 2, 0, rounds[round]);
    });
    cells.resize((cells.size() + 1) / 2);
    std::sort(cells.begin(), cells.end());
  }
  const auto winner = static_cast<std::size_t>(cells.front());
  goals[winner] = 136;
  std::int64_t all = 0;
  for (std::size_t c = 0; c < 5; ++c) {
    EXPECT_EQ(run.results[c].count, goals[c]) << c;
    for (std::int64_t r = 0; r < std::min(goals[c], run.results[c].count); ++r)
      EXPECT_EQ(test::bits_of(run.results[c], r), test::bits_of(plain[c], r));
    all += goals[c];
  }
  EXPECT_EQ(experiment.estimate.search->all_replicas(), all);
  const auto estimates = estimate(experiment, run.results);
  ASSERT_TRUE(estimates[winner].search->confirmed.has_value());
  EXPECT_EQ(estimates[winner].search->confirmed->events, *ended_with(plain[winner], 2, 96, 136));
  EXPECT_EQ(estimates[winner].search->confirmed->trials, 40);
}

TEST(SearchRun, DoesNotDependOnThreadsShardsOrWhatWasThereBefore) {
  const Experiment experiment = searching();
  const test::Folder folder;
  test::run_into(folder.file("one"), experiment);
  const std::string checksum = test::checksum_in(folder.file("one"));
  test::run_into(folder.file("two"), experiment, test::with_threads(2));
  EXPECT_EQ(test::checksum_in(folder.file("two")), checksum);
  RunEnd end = RunEnd::shard_done;
  for (int turn = 0; turn < 40 && end != RunEnd::done; ++turn) {
    RunOptions options;
    options.shard = {1 + turn % 3, 3};
    end = test::run_into(folder.file("shards"), experiment, options).end;
  }
  EXPECT_EQ(end, RunEnd::done);
  EXPECT_EQ(test::checksum_in(folder.file("shards")), checksum);
  test::run_into(folder.file("grown"), searching("finalists = 2\n"));
  test::run_into(folder.file("grown"), experiment);
  EXPECT_EQ(test::checksum_in(folder.file("grown")), checksum);
}

}  // namespace
}  // namespace rankfall
