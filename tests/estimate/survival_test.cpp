#include "estimate/survival.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

namespace rankfall {
namespace {

// Freireich et al. (1963), remission of leukemia in weeks; + is censored.
std::vector<PassageTime> remission_6mp() {
  std::vector<PassageTime> times;
  for (const double week : {6, 6, 6, 7, 10, 13, 16, 22, 23}) times.push_back({week, true});
  for (const double week : {6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35}) times.push_back({week, false});
  return times;
}

std::vector<PassageTime> remission_placebo() {
  std::vector<PassageTime> times;
  for (const double week : {1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23}) {
    times.push_back({week, true});
  }
  return times;
}

// Efron's (1967) redistribution to the right, another algorithm for the same curve: every time has mass 1/n, a censored
// one hands its mass in equal parts to all later ones. Survival after time t is the mass beyond it.
double redistributed_survival(std::vector<PassageTime> times, double t) {
  std::sort(times.begin(), times.end(), [](const auto& a, const auto& b) {
    return a.time != b.time ? a.time < b.time : a.observed > b.observed;
  });
  std::vector<double> mass(times.size(), 1.0 / static_cast<double>(times.size()));
  double beyond = 1.0;
  for (std::size_t i = 0; i < times.size() && times[i].time <= t; ++i) {
    if (times[i].observed) {
      beyond -= mass[i];
    } else {
      const double part = mass[i] / static_cast<double>(times.size() - i - 1);
      for (std::size_t j = i + 1; j < times.size(); ++j) mass[j] += part;
    }
  }
  return beyond;
}

// The table of R: survfit(Surv(time, cens) ~ treat, gehan, conf.type = "log-log"), in Venables & Ripley (2002) 13.1.
TEST(KaplanMeier, RemissionUnder6MP) {
  const SurvivalCurve curve = kaplan_meier(remission_6mp(), 0.95);
  EXPECT_EQ(curve.time, (std::vector<double>{6, 7, 10, 13, 16, 22, 23}));
  EXPECT_EQ(curve.at_risk, (std::vector<std::int64_t>{21, 17, 15, 12, 11, 7, 6}));
  EXPECT_EQ(curve.events, (std::vector<std::int64_t>{3, 1, 1, 1, 1, 1, 1}));
  const std::vector<double> survival{0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448};
  const std::vector<double> low{0.620, 0.563, 0.503, 0.432, 0.368, 0.268, 0.188};
  const std::vector<double> high{0.952, 0.923, 0.889, 0.849, 0.805, 0.747, 0.680};
  for (std::size_t i = 0; i < survival.size(); ++i) {
    EXPECT_NEAR(curve.survival[i], survival[i], 0.5e-3);
    EXPECT_NEAR(curve.interval[i].low, low[i], 0.5e-3);
    EXPECT_NEAR(curve.interval[i].high, high[i], 0.5e-3);
  }
  EXPECT_EQ(curve.censored, 12);
  EXPECT_EQ(curve.last_time, 35);
  EXPECT_EQ(curve.median, 23);
  EXPECT_EQ(curve.median_low, 13);
  EXPECT_EQ(curve.median_high, std::nullopt);
}

// Intervals of the same table; the end, where Greenwood's variance does not exist, is the exact bound for 0 of 21.
TEST(KaplanMeier, RemissionUnderPlacebo) {
  const SurvivalCurve curve = kaplan_meier(remission_placebo(), 0.95);
  EXPECT_EQ(curve.median, 8);
  EXPECT_EQ(curve.median_low, 4);
  EXPECT_EQ(curve.median_high, 11);
  EXPECT_NEAR(curve.interval[0].low, 0.670046, 1e-6);
  EXPECT_NEAR(curve.interval[0].high, 0.975294, 1e-6);
  EXPECT_NEAR(curve.interval[10].low, 0.003324, 1e-6);
  EXPECT_NEAR(curve.interval[10].high, 0.197045, 1e-6);
  EXPECT_EQ(curve.survival.back(), 0.0);
  EXPECT_EQ(curve.interval.back().low, 0.0);
  EXPECT_NEAR(curve.interval.back().high, 1.0 - std::pow(0.025, 1.0 / 21.0), 1e-12);
  EXPECT_EQ(curve.censored, 0);
}

TEST(KaplanMeier, WithoutCensoringIsTheEmpiricalShare) {
  const SurvivalCurve curve = kaplan_meier(remission_placebo(), 0.95);
  std::int64_t left = 21;
  for (std::size_t i = 0; i < curve.time.size(); ++i) {
    EXPECT_EQ(curve.at_risk[i], left);
    left -= curve.events[i];
    EXPECT_DOUBLE_EQ(curve.survival[i], static_cast<double>(left) / 21.0);
  }
  EXPECT_EQ(left, 0);
}

TEST(KaplanMeier, EqualsRedistributionToTheRight) {
  std::mt19937 random(4);
  for (int repetition = 0; repetition < 50; ++repetition) {
    std::vector<PassageTime> times;
    for (int i = 0; i < 40; ++i) times.push_back({static_cast<double>(random() % 12), random() % 3 != 0});
    const SurvivalCurve curve = kaplan_meier(times, 0.95);
    for (std::size_t i = 0; i < curve.time.size(); ++i) {
      EXPECT_NEAR(curve.survival[i], redistributed_survival(times, curve.time[i]), 1e-12);
    }
  }
}

TEST(KaplanMeier, RecoversAnExponentialUnderCensoringWithAMillionReplicas) {
  std::mt19937_64 random(11);
  std::exponential_distribution<double> passage(1.0);
  std::exponential_distribution<double> censoring(0.5);
  std::vector<PassageTime> times;
  for (int i = 0; i < 1000000; ++i) {
    const double event = passage(random);
    const double end = censoring(random);
    times.push_back({std::min(event, end), event <= end});
  }
  const SurvivalCurve curve = kaplan_meier(std::move(times), 0.999999);
  for (std::size_t i = 1000; i < curve.time.size() - 1000; i += 5003) {
    const double truth = std::exp(-curve.time[i]);
    EXPECT_LT(curve.interval[i].low, truth);
    EXPECT_GT(curve.interval[i].high, truth);
  }
  EXPECT_NEAR(*curve.median, std::log(2.0), 0.01);
  EXPECT_LT(*curve.median_low, std::log(2.0));
  EXPECT_GT(*curve.median_high, std::log(2.0));
}

TEST(KaplanMeier, MedianIsTheFirstTimeWithHalfLeftExactly) {
  std::vector<PassageTime> times;
  for (int i = 1; i <= 1000; ++i) times.push_back({static_cast<double>(i), true});
  EXPECT_EQ(kaplan_meier(times, 0.95).median, 500);
}

TEST(KaplanMeier, MedianAcrossACensoringToo) {
  // 9 at risk, 3 fall: 6/9; 2 censored leave 4, of which 1 falls: 6/9 * 3/4 = 1/2 exactly, whatever rounding says.
  const std::vector<PassageTime> half{{1, true}, {1, true}, {1, true}, {2, false}, {2.5, false},
                                      {3, true}, {4, false}, {4, false}, {4, false}};
  EXPECT_EQ(kaplan_meier(half, 0.95).median, 3);
  // 7 at risk, 2 fall, 1 censored leaves 4, of which 1 falls: 5/7 * 3/4 = 15/28 > 1/2.
  const std::vector<PassageTime> above{{1, true}, {1, true}, {1, false}, {2, true}, {3, false}, {3, false}, {3, false}};
  EXPECT_EQ(kaplan_meier(above, 0.95).median, std::nullopt);
}

TEST(KaplanMeier, WithoutEventsThereIsNoCurveAndNoMedian) {
  const SurvivalCurve curve = kaplan_meier({{10, false}, {20, false}}, 0.95);
  EXPECT_TRUE(curve.time.empty());
  EXPECT_EQ(curve.censored, 2);
  EXPECT_EQ(curve.last_time, 20);
  EXPECT_EQ(curve.median, std::nullopt);
  EXPECT_EQ(curve.median_low, std::nullopt);
  EXPECT_TRUE(kaplan_meier({}, 0.95).time.empty());
}

TEST(KaplanMeier, AllAtOneProbeStillBoundsTheMedian) {
  const SurvivalCurve curve = kaplan_meier(std::vector<PassageTime>(50, {1000, true}), 0.95);
  EXPECT_EQ(curve.median, 1000);
  EXPECT_EQ(curve.median_low, 1000);
  EXPECT_EQ(curve.median_high, 1000);
  EXPECT_NEAR(curve.interval.front().high, 1.0 - std::pow(0.025, 1.0 / 50.0), 1e-12);
}

TEST(KaplanMeier, FallingToZeroAfterCensoringBoundsByThoseStillAtRisk) {
  const SurvivalCurve curve = kaplan_meier({{1, true}, {2, false}, {3, true}}, 0.95);
  EXPECT_EQ(curve.survival.back(), 0.0);
  EXPECT_EQ(curve.interval.back().low, 0.0);
  EXPECT_LE(curve.interval.back().high, curve.interval.front().high);
  EXPECT_LE(curve.interval.back().high, 0.975 + 1e-12);  // one at risk: 1 - 0.025
}

}  // namespace
}  // namespace rankfall
