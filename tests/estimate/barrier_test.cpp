#include "estimate/barrier.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "estimate/estimator.hpp"
#include "estimate/report_text.hpp"
#include "estimate/waiting.hpp"
#include "made_replicas.hpp"

namespace rankfall {
namespace {

constexpr double intercept = 2.0, height = 0.3;

double rate_at(double learning_rate) { return std::exp(intercept - height / learning_rate); }

TEST(Barrier, OfTwoPointsIsTheLineThroughThem) {
  const auto fit = fit_barrier({{0.05, 40, 1e5}, {0.1, 900, 1e4}}, 0.95);
  ASSERT_TRUE(fit);
  const double V = std::log(900 / 1e4 / (40 / 1e5)) / (1 / 0.05 - 1 / 0.1);
  EXPECT_NEAR(fit->height, V, 1e-9);
  EXPECT_NEAR(fit->intercept, std::log(900 / 1e4) + V / 0.1, 1e-8);
  EXPECT_NEAR(fit->interval.high - fit->height, 1.959964 * std::sqrt(1.0 / 40 + 1.0 / 900) / 10, 1e-6);  // var ln(rate) = 1/events
  EXPECT_FALSE(fit->p_value);
  EXPECT_EQ(fit->cells, 2);
  EXPECT_EQ(fit->events, 940);
}

TEST(Barrier, CoversItsTruth) {
  std::mt19937_64 random(2);
  int covered = 0, rejected = 0;
  constexpr int repeats = 500;
  for (int i = 0; i < repeats; ++i) {
    std::vector<RatePoint> points;
    for (const double learning_rate : {0.04, 0.05, 0.06, 0.08}) {
      const double exposure = 5e3;
      std::poisson_distribution<std::int64_t> law(exposure * rate_at(learning_rate));
      points.push_back({learning_rate, law(random), exposure});
    }
    const auto fit = fit_barrier(points, 0.95);
    ASSERT_TRUE(fit);
    covered += fit->interval.low < height && height < fit->interval.high;
    rejected += *fit->p_value < 0.05;
  }
  EXPECT_GE(covered, repeats * 0.93);
  EXPECT_LE(rejected, repeats * 0.08);
}

// No event in a long time is a low rate.
TEST(Barrier, ACellWithoutEventsCounts) {
  const auto without = fit_barrier({{0.06, 30, 1e5}, {0.08, 400, 1e5}}, 0.95);
  const auto with = fit_barrier({{0.04, 0, 1e6}, {0.06, 30, 1e5}, {0.08, 400, 1e5}}, 0.95);
  EXPECT_GT(with->height, without->height);
  EXPECT_EQ(with->cells, 3);
}

TEST(Barrier, OfOneRateIsUnknown) {
  EXPECT_FALSE(fit_barrier({{0.06, 30, 1e5}}, 0.95));
  EXPECT_FALSE(fit_barrier({{0.06, 30, 1e5}, {0.08, 0, 1e5}}, 0.95));
  EXPECT_FALSE(fit_barrier({{0.06, 0, 1e5}, {0.08, 0, 1e5}}, 0.95));
  EXPECT_FALSE(fit_barrier({{0.06, 30, 1e5}, {0.08, 7, 0.0}}, 0.95));
}

// Rates that no such law has: the interval is widened, and p says so.
TEST(Barrier, OfAnotherLawIsRejected) {
  const auto fit = fit_barrier({{0.04, 1000, 1e5}, {0.05, 100, 1e5}, {0.06, 1000, 1e5}}, 0.95);
  EXPECT_LT(*fit->p_value, 1e-6);
  EXPECT_GT(fit->interval.high - fit->interval.low, 0.5);
}

TEST(Barrier, BelongsToTheCellsOfAnAxisOfRates) {
  Experiment experiment = made_experiment(3);
  RunResults results;
  for (int c = 0; c < 3; ++c) {
    experiment.cells[static_cast<std::size_t>(c)].phases.back().learning_rate = 0.1 * (c + 1);
    results.push_back(made_results(c, 200, 20 + 60 * c));
  }
  const auto estimates = estimate(experiment, results);
  ASSERT_TRUE(estimates[0].barrier && estimates[1].barrier && estimates[2].barrier);
  EXPECT_GT(estimates[0].barrier->height, 0.0);
  EXPECT_EQ(estimates[0].barrier->height, estimates[2].barrier->height);
  EXPECT_EQ(estimates[0].barrier->cells, 3);
  experiment.axes[0].keys = {"phase.settle.learning_rate"};
  for (Cell& cell : experiment.cells) cell.phases.back().learning_rate = 0.1;
  EXPECT_FALSE(estimate(experiment, results)[0].barrier);
}

// All falls come in the second half. Where they are too few to show it, the dead time is that of the next learning rate.
TEST(Barrier, CutsTheDeadTimeThatFewEventsDoNotShow) {
  Experiment experiment = made_experiment(2);
  RunResults results(2);
  for (int c = 0; c < 2; ++c) {
    experiment.cells[static_cast<std::size_t>(c)].phases.back().learning_rate = 0.1 * (c + 1);
    for (int i = 0; i < 1000; ++i) {
      const bool falls = i < (c == 0 ? 8 : 400);
      const std::int64_t step = 2100 + 100 * (i % 10);
      add_replica(results[static_cast<std::size_t>(c)], {.rank = falls ? 1 : 2, .outcome = falls ? Outcome::stopped : Outcome::exhausted,
                                                         .steps = falls ? step : 3000});
      if (falls) add_event(results[static_cast<std::size_t>(c)], step, 2, 1);
    }
  }
  const auto estimates = estimate(experiment, results);
  ASSERT_TRUE(estimates[0].waiting && estimates[1].waiting && estimates[0].barrier);
  EXPECT_EQ(estimates[0].waiting->settled_from, 0.0);
  const double dead = estimates[1].waiting->settled_from;
  ASSERT_EQ(dead, 1000.0);
  const Rate few = rate_behind(first_passages(experiment.cells[0], results[0]), dead, 0.95);
  EXPECT_EQ(few.events, 8);
  const double rate = estimates[1].waiting->settled.value();
  EXPECT_NEAR(estimates[0].barrier->height, std::log(rate / few.value()) / (1 / 0.1 - 1 / 0.2), 1e-9);
}

// A cold start's earlier phases have no length: its SGD does not begin at a minimum.
TEST(Barrier, IsNotAskedOfColdStarts) {
  Experiment experiment = made_experiment(1);
  EXPECT_EQ(question_of(experiment), Question::jumps);
  experiment.cells[0].phases[0].steps = 0;
  EXPECT_EQ(question_of(experiment), Question::final_ranks);
}

}  // namespace
}  // namespace rankfall
