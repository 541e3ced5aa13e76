// When a cell has enough replicas, and how many it gets otherwise.
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "estimate/adaptive.hpp"
#include "estimate/intervals.hpp"

namespace rankfall {
namespace {

const EstimateSpec spec{};
const AdaptiveRule rule{.relative_half_width = 0.1, .min_events = 10, .max_replicas = 100'000};

TEST(AdaptiveRule, HoldsWhenTheIntervalIsNarrowAndEventsAreMany) {
  // Half-width over estimate is about 1.96 sqrt((1 - p) / (p n)): 0.1 at p = 1/2 needs n = 384.
  EXPECT_FALSE(is_met(rule, proportion(190, 380, spec)));
  EXPECT_TRUE(is_met(rule, proportion(210, 420, spec)));
  AdaptiveRule many_events = rule;
  many_events.min_events = 211;
  EXPECT_FALSE(is_met(many_events, proportion(210, 420, spec)));
  EXPECT_FALSE(is_met(rule, proportion(0, 50'000, spec)));
  EXPECT_FALSE(is_met(rule, proportion(0, 0, spec)));
}

TEST(AdaptiveRule, AsksForWhatTheWidthNeedsButNeverMoreThanTwice) {
  const std::int64_t close = wanted_replicas(rule, proportion(150, 300, spec), 300);
  EXPECT_GT(close, 380);
  EXPECT_LT(close, 450);
  EXPECT_EQ(wanted_replicas(rule, proportion(20, 1000, spec), 1000), 2000);
  EXPECT_EQ(wanted_replicas(rule, proportion(0, 1000, spec), 1000), 2000);
  EXPECT_EQ(wanted_replicas(rule, proportion(8, 1000, spec), 1000), 1250);  // two more events
  EXPECT_EQ(wanted_replicas(rule, proportion(210, 420, spec), 420), 420);
}

TEST(AdaptiveRule, EndsAtTheMost) {
  EXPECT_EQ(wanted_replicas(rule, proportion(0, 80'000, spec), 80'000), 100'000);
  EXPECT_EQ(wanted_replicas(rule, proportion(0, 100'000, spec), 100'000), 100'000);
  for (std::int64_t have = 1, rounds = 0; have < rule.max_replicas; ++rounds) {
    const std::int64_t next = wanted_replicas(rule, proportion(0, have, spec), have);
    EXPECT_GT(next, have);
    have = next;
    ASSERT_LT(rounds, 20);
  }
}

TEST(AdaptiveRule, WatchesWhatItIsToldTo) {
  CellEstimate estimate;
  estimate.replicas = 100;
  estimate.jump = proportion(1, 90, spec);
  estimate.jump_up = proportion(2, 100, spec);
  estimate.converged = proportion(3, 100, spec);
  estimate.diverged = proportion(4, 100, spec);
  estimate.final_rank[2] = proportion(5, 96, spec);
  const auto events = [&](Estimated what, int rank) {
    AdaptiveRule own = rule;
    own.what = what;
    own.rank = rank;
    return watched(own, spec, estimate).events;
  };
  EXPECT_EQ(events(Estimated::jump, 0), 1);
  EXPECT_EQ(events(Estimated::jump_up, 0), 2);
  EXPECT_EQ(events(Estimated::converged, 0), 3);
  EXPECT_EQ(events(Estimated::diverged, 0), 4);
  EXPECT_EQ(events(Estimated::final_rank, 2), 5);
  AdaptiveRule absent = rule;
  absent.what = Estimated::final_rank;
  absent.rank = 7;
  EXPECT_EQ(watched(absent, spec, estimate).events, 0);
  EXPECT_EQ(watched(absent, spec, estimate).trials, 96);
}

// Stopping when the estimate looks good biases it. How much, by brute force: whole batches of 256 under the rule.
class Stopping : public testing::TestWithParam<double> {};

TEST_P(Stopping, CostsLittleCoverageAndLittleBias) {
  const double p = GetParam();
  const AdaptiveRule coarse{.relative_half_width = 0.2, .min_events = 10, .max_replicas = 1'000'000};
  std::mt19937_64 random(5);
  constexpr int repeats = 2000;
  int covered = 0;
  double sum = 0.0, half_width = 0.0;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    std::int64_t have = 256, events = std::binomial_distribution<std::int64_t>(have, p)(random);
    for (;;) {
      const std::int64_t wanted = wanted_replicas(coarse, proportion(events, have, spec), have);
      if (wanted == have) break;
      const std::int64_t added = (wanted + 255) / 256 * 256 - have;
      events += std::binomial_distribution<std::int64_t>(added, p)(random);
      have += added;
    }
    const Proportion share = proportion(events, have, spec);
    covered += share.interval.low <= p && p <= share.interval.high ? 1 : 0;
    sum += share.value();
    half_width += 0.5 * (share.interval.high - share.interval.low);
  }
  const double bias = (sum / repeats - p) / (half_width / repeats);
  RecordProperty("coverage", std::to_string(covered / static_cast<double>(repeats)));
  RecordProperty("bias_in_half_widths", std::to_string(bias));
  EXPECT_GT(covered, 0.935 * repeats);  // nominal 0.95, five standard errors of its estimate below
  EXPECT_LT(std::abs(bias), 0.2);
}

INSTANTIATE_TEST_SUITE_P(All, Stopping, testing::Values(0.7, 0.3, 0.1, 0.03, 0.01, 0.003));

}  // namespace
}  // namespace rankfall
