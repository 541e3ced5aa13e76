#include "estimate/intervals.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace rankfall {
namespace {

struct Published {
  std::int64_t events, trials;
  double low, high;
};

void expect_published(IntervalKind kind, const Published& row) {
  const Interval interval = binomial_interval(row.events, row.trials, 0.95, kind);
  EXPECT_NEAR(interval.low, row.low, 0.5e-4) << row.events << '/' << row.trials;
  EXPECT_NEAR(interval.high, row.high, 0.5e-4) << row.events << '/' << row.trials;
}

double log_binomial(std::int64_t k, std::int64_t n, double p) {
  const auto x = static_cast<double>(k);
  const auto m = static_cast<double>(n);
  return std::lgamma(m + 1) - std::lgamma(x + 1) - std::lgamma(m - x + 1) + x * std::log(p) + (m - x) * std::log1p(-p);
}

double binomial_sum(std::int64_t from, std::int64_t to, std::int64_t n, double p) {
  double sum = 0.0;
  for (std::int64_t k = from; k <= to; ++k) sum += std::exp(log_binomial(k, n, p));
  return sum;
}

// Newcombe (1998), Statistics in Medicine 17:857, table I, methods 5 (exact) and 3 (score).
TEST(ClopperPearson, NewcombesTable) {
  for (const Published& row : {Published{81, 263, 0.2527, 0.3676}, Published{15, 148, 0.0578, 0.1617},
                               Published{0, 20, 0.0000, 0.1684}, Published{1, 29, 0.0009, 0.1776}}) {
    expect_published(IntervalKind::clopper_pearson, row);
  }
}

TEST(Wilson, NewcombesTable) {
  for (const Published& row : {Published{81, 263, 0.2553, 0.3662}, Published{15, 148, 0.0624, 0.1605},
                               Published{0, 20, 0.0000, 0.1611}, Published{1, 29, 0.0061, 0.1718}}) {
    expect_published(IntervalKind::wilson, row);
  }
}

// Beta quantiles of SciPy 1.17: beta.ppf([.025, .975], k + .5, n - k + .5).
TEST(Jeffreys, BetaQuantilesOfAnotherLibrary) {
  struct Row {
    std::int64_t events, trials;
    double low, high;
  };
  for (const Row& row : {Row{81, 263, 0.254521934991, 0.365647499174}, Row{15, 148, 0.060448517009, 0.157643143479},
                         Row{1, 29, 0.003746173649, 0.150077686002}, Row{7, 36864, 8.4939561e-05, 0.000372798557}}) {
    const Interval interval = binomial_interval(row.events, row.trials, 0.95, IntervalKind::jeffreys);
    EXPECT_NEAR(interval.low, row.low, 1e-11);
    EXPECT_NEAR(interval.high, row.high, 1e-11);
  }
  EXPECT_NEAR(binomial_interval(0, 20, 0.95, IntervalKind::jeffreys).high, 0.116638982905, 1e-11);
}

TEST(ClopperPearson, ClosedFormAtZeroAndAllEvents) {
  for (const std::int64_t n : {1, 7, 4096, 1000000, 1000000000}) {
    const Interval none = binomial_interval(0, n, 0.95, IntervalKind::clopper_pearson);
    const Interval all = binomial_interval(n, n, 0.95, IntervalKind::clopper_pearson);
    const long double root = std::pow(0.025L, 1.0L / static_cast<long double>(n));
    EXPECT_EQ(none.low, 0.0);
    EXPECT_NEAR(none.high / static_cast<double>(1.0L - root), 1.0, 1e-9);
    EXPECT_EQ(all.high, 1.0);
    EXPECT_NEAR(all.low, static_cast<double>(root), 1e-14);
  }
}

// The definition: at the ends, the tails that reach the data have probability alpha / 2 each.
TEST(ClopperPearson, EndsSolveTheTailEquations) {
  for (const auto& [k, n, confidence] : {std::tuple<std::int64_t, std::int64_t, double>{3, 10, 0.95},
                                         {1, 1000, 0.99}, {999, 1000, 0.9}, {400, 1000, 0.999}}) {
    const Interval interval = binomial_interval(k, n, confidence, IntervalKind::clopper_pearson);
    EXPECT_NEAR(binomial_sum(k, n, n, interval.low) / ((1 - confidence) / 2), 1.0, 1e-8);
    EXPECT_NEAR(binomial_sum(0, k, n, interval.high) / ((1 - confidence) / 2), 1.0, 1e-8);
  }
}

// Wilson's ends solve |k/n - p| = z sqrt(p (1 - p) / n).
TEST(Wilson, EndsSolveTheScoreEquation) {
  const double z = 2.5758293035489004;  // 99 %
  const Interval interval = binomial_interval(81, 263, 0.99, IntervalKind::wilson);
  for (const double end : {interval.low, interval.high}) {
    EXPECT_NEAR(std::abs(81.0 / 263.0 - end), z * std::sqrt(end * (1 - end) / 263.0), 1e-13);
  }
}

TEST(ClopperPearson, CoversAtLeastNominally) {
  for (const std::int64_t n : {1, 5, 20, 100}) {
    for (const double confidence : {0.8, 0.95, 0.99}) {
      std::vector<Interval> intervals;
      for (std::int64_t k = 0; k <= n; ++k) {
        intervals.push_back(binomial_interval(k, n, confidence, IntervalKind::clopper_pearson));
      }
      for (double p = 0.0005; p < 1.0; p += 0.0025) {
        double coverage = 0.0;
        for (std::int64_t k = 0; k <= n; ++k) {
          const auto& interval = intervals[static_cast<std::size_t>(k)];
          if (interval.low <= p && p <= interval.high) coverage += std::exp(log_binomial(k, n, p));
        }
        EXPECT_GE(coverage, confidence - 1e-12) << "n " << n << " p " << p;
      }
    }
  }
}

class EveryKind : public testing::TestWithParam<IntervalKind> {};

TEST_P(EveryKind, IsSymmetricInEventsAndNonEvents) {
  for (const std::int64_t k : {0, 1, 2, 13, 37}) {
    const Interval one = binomial_interval(k, 37, 0.95, GetParam());
    const Interval other = binomial_interval(37 - k, 37, 0.95, GetParam());
    EXPECT_NEAR(one.low, 1.0 - other.high, 1e-13);
    EXPECT_NEAR(one.high, 1.0 - other.low, 1e-13);
  }
}

TEST_P(EveryKind, HoldsTheShareAndStaysWithinZeroAndOne) {
  for (const std::int64_t n : {1, 2, 10, 1000}) {
    for (std::int64_t k = 0; k <= n; ++k) {
      const Interval interval = binomial_interval(k, n, 0.95, GetParam());
      const double share = static_cast<double>(k) / static_cast<double>(n);
      EXPECT_LE(0.0, interval.low);
      EXPECT_LE(interval.low, share);
      EXPECT_LE(share, interval.high);
      EXPECT_LE(interval.high, 1.0);
      EXPECT_EQ(k == 0, interval.low == 0.0);
      EXPECT_EQ(k == n, interval.high == 1.0);
    }
  }
}

TEST_P(EveryKind, IsTheNormalIntervalForManyTrials) {
  const Interval interval = binomial_interval(500000, 1000000, 0.95, GetParam());
  EXPECT_NEAR(interval.low, 0.5 - 1.959963985 * 0.0005, 1e-6);
  EXPECT_NEAR(interval.high, 0.5 + 1.959963985 * 0.0005, 1e-6);
}

TEST_P(EveryKind, KnowsNothingWithoutTrials) {
  const Interval interval = binomial_interval(0, 0, 0.95, GetParam());
  EXPECT_EQ(interval.low, 0.0);
  EXPECT_EQ(interval.high, 1.0);
}

INSTANTIATE_TEST_SUITE_P(Intervals, EveryKind,
                         testing::Values(IntervalKind::clopper_pearson, IntervalKind::wilson, IntervalKind::jeffreys));

TEST(NormalQuantile, TableValues) {
  EXPECT_NEAR(two_sided_normal_quantile(0.90), 1.6448536269514722, 1e-14);
  EXPECT_NEAR(two_sided_normal_quantile(0.95), 1.9599639845400545, 1e-14);
  EXPECT_NEAR(two_sided_normal_quantile(0.99), 2.5758293035489004, 1e-14);
}

TEST(Proportion, CarriesCountsAndTheKindAskedFor) {
  const Proportion share = proportion(15, 148, {.confidence = 0.95, .interval = IntervalKind::wilson, .adaptive = {}, .search = {}});
  EXPECT_EQ(share.events, 15);
  EXPECT_EQ(share.trials, 148);
  EXPECT_DOUBLE_EQ(share.value(), 15.0 / 148.0);
  EXPECT_NEAR(share.interval.low, 0.0624, 0.5e-4);
}

}  // namespace
}  // namespace rankfall
