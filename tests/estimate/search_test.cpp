// Successive halving: which cells go on, and what is known of the winner.
#include <gtest/gtest.h>

#include <random>

#include "estimate/report.hpp"
#include "estimate/search.hpp"

namespace rankfall {
namespace {

// `cells` cells; rounds of 40, 80, 160 for 6 of them, then 100 fresh replicas.
Experiment searched(int cells, int finalists = 1) {
  Experiment experiment;
  experiment.axes = {{"rate", {"phase.a.learning_rate"}, {"rate"}, {{}}}};
  for (int c = 0; c < cells; ++c) {
    Cell cell;
    cell.index = c;
    cell.position = {c};
    cell.phases.resize(1);
    experiment.cells.push_back(cell);
    experiment.axes[0].values[0].emplace_back(0.1 * c);
  }
  experiment.replicas = 40;
  SearchRule rule{1, 2, finalists, 100, {}, {}};
  for (std::int64_t left = cells, replicas = 40; left > finalists; left = std::max<std::int64_t>(finalists, (left + 1) / 2), replicas *= 2) {
    rule.cells.push_back(left);
    rule.rounds.push_back(replicas);
  }
  experiment.estimate.search = rule;
  return experiment;
}

TEST(SearchStages, KeepTheBestOfEachRound) {
  const Experiment experiment = searched(6);
  // Of a cell's replicas below `end`; cell 4 is best at first, cell 1 in the end.
  const std::int64_t until[6][3] = {{5, 10, 20}, {9, 30, 90}, {9, 8, 7}, {9, 8, 7}, {30, 31, 32}, {8, 100, 200}};
  const auto count = [&](const Cell& cell, std::int64_t first, std::int64_t end) -> std::optional<std::int64_t> {
    if (first > 0) return 50;
    return until[cell.index][end == 40 ? 0 : end == 80 ? 1 : 2];
  };
  const auto stages = search_stages(experiment, count);
  ASSERT_EQ(stages.size(), 4u);
  EXPECT_EQ(stages[1].cells, (std::vector<int>{1, 2, 4}));  // of 1, 2 and 3, equals, the earlier two; not 5, though it would win
  EXPECT_EQ(stages[2].cells, (std::vector<int>{1, 4}));
  EXPECT_EQ(stages[3].cells, std::vector<int>{1});
  EXPECT_EQ(stages[3].first, 160);
  EXPECT_EQ(stages[3].end, 260);
  EXPECT_EQ(stages[3].events, std::vector<std::int64_t>{50});
}

TEST(SearchStages, WaitForReplicasThatAreMissing) {
  const Experiment experiment = searched(6);
  const auto stages = search_stages(experiment, [](const Cell& cell, std::int64_t, std::int64_t end) {
    return end == 80 && cell.index == 1 ? std::nullopt : std::optional<std::int64_t>(cell.index);
  });
  ASSERT_EQ(stages.size(), 4u);  // cell 1 has gone before
  const auto halted = search_stages(experiment, [](const Cell& cell, std::int64_t, std::int64_t end) {
    return end == 80 && cell.index == 4 ? std::nullopt : std::optional<std::int64_t>(cell.index);
  });
  ASSERT_EQ(halted.size(), 2u);
  EXPECT_EQ(halted[1].cells, (std::vector<int>{3, 4, 5}));
  EXPECT_TRUE(halted[1].events.empty());
}

// Results of replicas whose final rank is 1 with one probability in all cells.
RunResults drawn(const Experiment& experiment, double probability, std::mt19937_64& random) {
  std::bernoulli_distribution falls(probability);
  RunResults results(experiment.cells.size());
  for (std::size_t c = 0; c < results.size(); ++c) {
    results[c].cell = static_cast<int>(c);
    results[c].count = experiment.most_replicas();
    for (std::int64_t r = 0; r < results[c].count; ++r) results[c].rank.push_back(falls(random) ? 1 : 2);
  }
  return results;
}

// Among equals the winner was lucky: what it was chosen by is too high, its fresh replicas are not, and their intervals hold.
TEST(Search, TellsTheWinnerFromFreshReplicas) {
  std::mt19937_64 random(5);
  const Experiment experiment = searched(16, 2);
  double selected = 0.0, fresh = 0.0;
  int held = 0;
  constexpr int runs = 400;
  for (int run = 0; run < runs; ++run) {
    std::vector<CellEstimate> estimates(experiment.cells.size());
    add_search(experiment, drawn(experiment, 0.3, random), estimates);
    int confirmed = 0, inside = 0;
    for (const CellEstimate& estimate : estimates) {
      ASSERT_TRUE(estimate.search.has_value());
      if (!estimate.search->confirmed) continue;
      ++confirmed;
      const Proportion& share = *estimate.search->confirmed;
      EXPECT_EQ(share.trials, 100);
      inside += share.interval.low <= 0.3 && 0.3 <= share.interval.high ? 1 : 0;
      selected += estimate.search->selection.value() / (2 * runs);
      fresh += share.value() / (2 * runs);
    }
    EXPECT_EQ(confirmed, 2);
    held += inside == 2 ? 1 : 0;
  }
  const double scatter = std::sqrt(0.3 * 0.7 / (100.0 * 2 * runs));
  EXPECT_GT(selected, 0.3 + 10.0 * scatter);
  EXPECT_NEAR(fresh, 0.3, 4.0 * scatter);
  EXPECT_GE(held, runs * 95 / 100 - 3 * 5);  // both at once, with 95 %
}

TEST(Search, CountsDivergedReplicasAsMisses) {
  ReplicaResults results;
  results.count = 6;
  results.rank = {1, -1, 1, -1, 2, 1};
  EXPECT_EQ(ended_with(results, 1, 0, 6), 3);
  EXPECT_EQ(ended_with(results, 1, 3, 6), 1);
  EXPECT_EQ(ended_with(results, 1, 0, 7), std::nullopt);
  results.left_out = 1;
  EXPECT_EQ(ended_with(results, 1, 0, 6), std::nullopt);
}

}  // namespace
}  // namespace rankfall
