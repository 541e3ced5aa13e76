#include "estimate/waiting.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "estimate/incidence.hpp"

namespace rankfall {
namespace {

// Seen at probes `every` steps apart until the horizon.
PassageTime probed(double time, double horizon, double every) {
  if (time >= horizon) return {horizon, false};
  const double found = every * (std::floor(time / every) + 1.0);
  return {found, true, found - every, 1};
}

template <class Draw>
std::vector<PassageTime> sample(int replicas, double horizon, double every, Draw draw) {
  std::vector<PassageTime> passages;
  for (int i = 0; i < replicas; ++i) passages.push_back(probed(draw(), horizon, every));
  return passages;
}

// Garwood's table: limits of a Poisson mean for 0, 1, 10 and 100 events.
TEST(PoissonRate, HasGarwoodsLimits) {
  const auto limits = [](std::int64_t events) { return poisson_rate(events, 1.0, 0.95).interval; };
  EXPECT_EQ(limits(0).low, 0.0);
  EXPECT_NEAR(limits(0).high, 3.6889, 5e-5);
  EXPECT_NEAR(limits(1).low, 0.0253, 5e-5);
  EXPECT_NEAR(limits(1).high, 5.5716, 5e-5);
  EXPECT_NEAR(limits(10).low, 4.7954, 5e-5);
  EXPECT_NEAR(limits(10).high, 18.3904, 5e-5);
  EXPECT_NEAR(limits(100).low, 81.3640, 5e-5);
  EXPECT_NEAR(limits(100).high, 121.6268, 5e-5);
  EXPECT_NEAR(poisson_rate(10, 5.0, 0.95).interval.high, 18.3904 / 5.0, 5e-5);
  EXPECT_TRUE(std::isinf(poisson_rate(0, 0.0, 0.95).interval.high));
}

TEST(Waiting, WithoutEventsTheRateIsBounded) {
  const auto estimate = estimate_waiting(std::vector<PassageTime>(100, {2000, false}), 0.95);
  ASSERT_TRUE(estimate);
  EXPECT_EQ(estimate->overall.events, 0);
  EXPECT_DOUBLE_EQ(estimate->overall.exposure, 200000.0);
  EXPECT_NEAR(estimate->overall.interval.high, 3.6889 / 200000.0, 1e-9);
  EXPECT_EQ(estimate->settled_from, 0.0);
  EXPECT_FALSE(estimate->p_value);
  EXPECT_FALSE(estimate_waiting({}, 0.95));
}

TEST(Waiting, AnEventCountsAtTheMiddleOfItsInterval) {
  const auto estimate = estimate_waiting({{300, true, 200, 1}, {1000, false}}, 0.95);
  EXPECT_DOUBLE_EQ(estimate->overall.exposure, 250.0 + 1000.0);
}

// Exponential times: no dead time is found in more than a few samples, intervals cover, p is uniform.
TEST(Waiting, OfAnExponentialLawIsConstant) {
  std::mt19937_64 random(5);
  std::exponential_distribution<double> law(2e-4);
  int covered = 0, rejected = 0, settled_later = 0;
  constexpr int repeats = 400;
  for (int i = 0; i < repeats; ++i) {
    const auto estimate = estimate_waiting(sample(300, 8000, 250, [&] { return law(random); }), 0.95);
    covered += estimate->overall.interval.low < 2e-4 && 2e-4 < estimate->overall.interval.high;
    rejected += *estimate->p_value < 0.05;
    settled_later += estimate->settled_from > 0.0;
  }
  EXPECT_GE(covered, repeats * 0.92);
  EXPECT_LE(rejected, repeats * 0.085);
  EXPECT_GE(rejected, repeats * 0.02);
  EXPECT_LE(settled_later, repeats * 0.06);
}

// A dead time of 3000 steps before a constant rate.
TEST(Waiting, FindsADeadTime) {
  std::mt19937_64 random(6);
  std::exponential_distribution<double> law(2e-4);
  int covered = 0, rejected = 0;
  constexpr int repeats = 200;
  for (int i = 0; i < repeats; ++i) {
    const auto estimate = estimate_waiting(sample(1000, 15000, 250, [&] { return 3000 + law(random); }), 0.95);
    EXPECT_LT(estimate->overall.interval.high, 1.9e-4);  // events over all steps underestimate the rate
    EXPECT_NEAR(estimate->settled_from, 3000, 500);
    EXPECT_NEAR(estimate->lag, 3000, 300);
    covered += estimate->settled.interval.low < 2e-4 && 2e-4 < estimate->settled.interval.high;
    rejected += *estimate->p_value < 0.05;
  }
  EXPECT_GE(covered, repeats * 0.9);
  EXPECT_LE(rejected, repeats * 0.1);
}

// The rate rises gradually: h (1 - exp(-t/tau)) has the lag tau.
TEST(Waiting, OfARisingRateSettlesAndHasItsLag) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform;
  const double rate = 2e-4, tau = 1500.0;
  const auto draw = [&] {  // by thinning
    for (double t = 0.0;;) {
      t += -std::log1p(-uniform(random)) / rate;
      if (uniform(random) < 1.0 - std::exp(-t / tau)) return t;
    }
  };
  const auto estimate = estimate_waiting(sample(20000, 20000, 250, draw), 0.95);
  EXPECT_GT(estimate->settled_from, tau);
  EXPECT_NEAR(estimate->lag, tau, 0.1 * tau);
  EXPECT_NEAR(estimate->settled.value(), rate, 0.03 * rate);
}

// Replicas that differ in their rates: those who fall first leave, and no single rate remains.
TEST(Waiting, OfMixedRatesIsNotConstant) {
  std::mt19937_64 random(8);
  std::exponential_distribution<double> fast(1e-3), slow(1e-5);
  int i = 0;
  const auto estimate = estimate_waiting(sample(2000, 10000, 250, [&] { return ++i % 2 == 0 ? fast(random) : slow(random); }), 0.95);
  EXPECT_LT(*estimate->p_value, 1e-6);
}

std::vector<PassageTime> competing(std::mt19937_64& random, int replicas, double censoring) {
  std::exponential_distribution<double> to_one(1.0), to_zero(0.5), lost(0.25), end(censoring);
  std::vector<PassageTime> passages;
  for (int i = 0; i < replicas; ++i) {
    const double one = to_one(random), zero = to_zero(random), gone = lost(random), out = std::min(end(random), 2.0);
    const double first = std::min({one, zero, gone, out});
    PassageTime passage{first, first == one || first == zero, 0.0, first == one ? 1 : 0};
    passage.diverged = first == gone;
    if (!passage.observed) passage.rank = -1;
    passages.push_back(passage);
  }
  return passages;
}

TEST(CumulativeIncidence, OfOneDestinationIsWhatKaplanMeierLeaves) {
  std::mt19937 random(3);
  for (int repetition = 0; repetition < 20; ++repetition) {
    std::vector<PassageTime> passages;
    for (int i = 0; i < 40; ++i) passages.push_back({static_cast<double>(random() % 12), random() % 3 != 0, 0.0, 1});
    for (PassageTime& passage : passages)
      if (!passage.observed) passage.rank = -1;
    const double left = kaplan_meier(passages, 0.95).survival.back();
    EXPECT_NEAR(cumulative_incidence(passages, {}).at(1).incidence, 1.0 - left, 1e-12);
  }
}

TEST(CumulativeIncidence, WithoutCensoringIsAShareWithItsExactInterval) {
  const std::vector<PassageTime> passages{{10, true, 0, 1}, {20, true, 10, 0}, {30, true, 20, 1}, {40, false}, {40, false}};
  const auto falls = cumulative_incidence(passages, {});
  EXPECT_DOUBLE_EQ(falls.at(1).incidence, 0.4);
  EXPECT_NEAR(falls.at(1).interval.low, 0.0527, 5e-5);  // Clopper-Pearson, 2 of 5
  EXPECT_NEAR(falls.at(1).interval.high, 0.8534, 5e-5);
  EXPECT_DOUBLE_EQ(falls.at(0).incidence, 0.2);
}

// Exponential risks 1, 1/2 and 1/4: by time 2 the shares are r_k / R (1 - exp(-2 R)), R = 7/4.
TEST(CumulativeIncidence, CoversItsTruthUnderCensoring) {
  std::mt19937_64 random(9);
  const double truth = 1.0 / 1.75 * (1.0 - std::exp(-3.5));
  int covered = 0;
  constexpr int repeats = 400;
  double sum = 0.0;
  for (int i = 0; i < repeats; ++i) {
    const FallEstimate fall = cumulative_incidence(competing(random, 150, 0.5), {}).at(1);
    sum += fall.incidence;
    covered += fall.interval.low < truth && truth < fall.interval.high;
  }
  EXPECT_NEAR(sum / repeats, truth, 0.01);
  EXPECT_GE(covered, repeats * 0.92);
  EXPECT_LE(covered, repeats * 0.98);
}

}  // namespace
}  // namespace rankfall
