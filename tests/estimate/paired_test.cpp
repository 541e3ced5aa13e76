// Pairs: published examples, exact cases, and coverage on made data.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "estimate/intervals.hpp"
#include "estimate/paired.hpp"

namespace rankfall {
namespace {

// Airway hyper-responsiveness before and after stem cell transplantation, 1 and 7 discordant of 21 (Bentur et al. 2009), and
// complete response before and after consolidation, 6 and 16 of 161 (Cavo et al. 2012), as in Fagerland, Lydersen & Laake,
// Stat. Med. 33 (2014) and BMC Med. Res. Methodol. 13:91 (2013).
TEST(PairedDifference, IsThatOfPublishedExamples) {
  const Interval bentur = paired_difference_interval(1, 7, 21, 0.95);
  EXPECT_NEAR(bentur.low, -0.517, 5e-4);
  EXPECT_NEAR(bentur.high, -0.026, 5e-4);
}

TEST(McNemar, IsThatOfPublishedExamples) {
  EXPECT_NEAR(mcnemar_p_value(1, 7), 0.0703, 5e-5);
  EXPECT_NEAR(mcnemar_p_value(6, 16), 0.0525, 5e-5);
}

TEST(McNemar, IsTheBinomialTailAddedUp) {
  EXPECT_EQ(mcnemar_p_value(0, 0), 1.0);
  EXPECT_EQ(mcnemar_p_value(9, 9), 1.0);
  EXPECT_EQ(mcnemar_p_value(1, 0), 1.0);
  for (const auto& [first, second] : {std::pair{0, 5}, {2, 3}, {4, 11}, {20, 3}, {40, 60}}) {
    const int n = first + second;
    double tail = 0.0;
    for (int k = 0; k <= std::min(first, second); ++k)
      tail += std::exp(std::lgamma(n + 1.0) - std::lgamma(k + 1.0) - std::lgamma(n - k + 1.0) - n * std::log(2.0));
    EXPECT_NEAR(mcnemar_p_value(first, second), std::min(1.0, 2.0 * tail), 1e-12) << first << ' ' << second;
    EXPECT_EQ(mcnemar_p_value(first, second), mcnemar_p_value(second, first));
  }
}

// Without discordant pairs the score interval is +- z^2 / (n + z^2), Tango's closed form, not 0.
TEST(PairedDifference, OfNoDiscordantPairsIsHonest) {
  for (const double confidence : {0.9, 0.95, 0.99})
    for (const std::int64_t n : {1, 10, 54, 4096}) {
      const double z = two_sided_normal_quantile(confidence), half = z * z / (static_cast<double>(n) + z * z);
      const Interval interval = paired_difference_interval(0, 0, n, confidence);
      EXPECT_NEAR(interval.high, half, 1e-9);
      EXPECT_EQ(interval.low, -interval.high);
    }
  const Interval none = paired_difference_interval(0, 0, 0, 0.95);
  EXPECT_EQ(none.low, -1.0);
  EXPECT_EQ(none.high, 1.0);
}

// Its ends are where the score statistic, with the variance under that difference, is z; the probability under it makes the
// likelihood largest.
TEST(PairedDifference, EndsWhereTheScoreIsZ) {
  const double z = two_sided_normal_quantile(0.95);
  for (const auto& [first, second, n] : {std::tuple{12.0, 2.0, 50.0}, {3.0, 9.0, 30.0}, {0.0, 7.0, 12.0}}) {
    const Interval interval = paired_difference_interval(static_cast<int>(first), static_cast<int>(second), static_cast<int>(n), 0.95);
    for (const double difference : {interval.low, interval.high}) {
      const auto likelihood = [&](double q) {
        const auto term = [](double count, double p) { return count > 0.0 ? count * std::log(p) : 0.0; };
        return term(first, q + difference) + term(second, q) + term(n - first - second, 1.0 - 2.0 * q - difference);
      };
      double low = std::max(0.0, -difference), high = (1.0 - difference) / 2.0;
      for (int k = 0; k < 200; ++k) {  // golden section would do; the likelihood has one maximum
        const double a = low + (high - low) / 3.0, b = high - (high - low) / 3.0;
        (likelihood(a) < likelihood(b) ? low : high) = likelihood(a) < likelihood(b) ? a : b;
      }
      const double variance = n * (2.0 * low + difference * (1.0 - difference));
      EXPECT_NEAR(std::abs(first - second - n * difference) / std::sqrt(variance), z, 1e-4);
    }
    const Interval mirrored = paired_difference_interval(static_cast<int>(second), static_cast<int>(first), static_cast<int>(n), 0.95);
    EXPECT_EQ(mirrored.low, -interval.high);
    EXPECT_EQ(mirrored.high, -interval.low);
  }
}

TEST(PairedDifference, EndsAtOneWhereAllPairsAreDiscordant) {
  const Interval all = paired_difference_interval(30, 0, 30, 0.95);
  EXPECT_NEAR(all.high, 1.0, 1e-12);
  EXPECT_GT(all.low, 0.7);
}

struct Made {
  double first_only, second_only;
  double exact;  // coverage for 60 pairs, by summing over all outcomes
};

// How often the interval holds the difference of made pairs.
double coverage_of_difference(const Made& made, int pairs, int samples) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform;
  int held = 0;
  for (int sample = 0; sample < samples; ++sample) {
    int first = 0, second = 0;
    for (int k = 0; k < pairs; ++k) {
      const double u = uniform(random);
      first += u < made.first_only ? 1 : 0;
      second += u >= made.first_only && u < made.first_only + made.second_only ? 1 : 0;
    }
    const Interval interval = paired_difference_interval(first, second, pairs, 0.95);
    const double truth = made.first_only - made.second_only;
    held += interval.low <= truth && truth <= interval.high ? 1 : 0;
  }
  return static_cast<double>(held) / samples;
}

TEST(PairedDifference, CoversWhatWasMade) {
  constexpr int samples = 2000;
  for (const Made& made : {Made{0.3, 0.1, 0.9516}, Made{0.02, 0.02, 0.9794}, Made{0.6, 0.01, 0.9467}, Made{0.0, 0.05, 0.9902}}) {
    const double error = std::sqrt(made.exact * (1.0 - made.exact) / samples);
    EXPECT_NEAR(coverage_of_difference(made, 60, samples), made.exact, 4.0 * error) << made.first_only;
  }
}

TEST(MedianInterval, IsBetweenTheOrderStatisticsOfTheSignTest) {
  std::vector<double> values;
  for (int k = 1; k <= 10; ++k) values.push_back(10.0 - k);  // 9 .. 0
  const auto ten = median_interval(values, 0.95);  // P(X < 2) = 11/1024, P(X < 3) = 56/1024: the second and the ninth
  ASSERT_TRUE(ten);
  EXPECT_EQ(ten->low, 1.0);
  EXPECT_EQ(ten->high, 8.0);
  EXPECT_FALSE(median_interval({1, 2, 3, 4, 5}, 0.95));  // 2/32 > 0.05
  const auto six = median_interval({6, 1, 2, 3, 4, 5}, 0.95);
  ASSERT_TRUE(six);
  EXPECT_EQ(six->low, 1.0);
  EXPECT_EQ(six->high, 6.0);
  EXPECT_FALSE(median_interval({}, 0.95));
  const auto ties = median_interval(std::vector<double>(40, 2.5), 0.95);
  ASSERT_TRUE(ties);
  EXPECT_EQ(ties->low, ties->high);
}

// Of a heavy-tailed distribution with an atom at its median.
TEST(MedianInterval, CoversTheMedian) {
  std::mt19937_64 random(3);
  std::cauchy_distribution<double> cauchy;
  std::uniform_real_distribution<double> uniform;
  int held = 0, atoms = 0;
  constexpr int samples = 2000;
  for (int sample = 0; sample < samples; ++sample) {
    std::vector<double> values(41), tied;
    for (double& value : values) {
      value = 1.0 + cauchy(random);
      tied.push_back(uniform(random) < 0.3 ? 1.0 : value);
    }
    const Interval interval = *median_interval(values, 0.95), of_tied = *median_interval(tied, 0.95);
    held += interval.low <= 1.0 && 1.0 <= interval.high ? 1 : 0;
    atoms += of_tied.low <= 1.0 && 1.0 <= of_tied.high ? 1 : 0;
  }
  EXPECT_NEAR(held, 0.9725 * samples, 4.0 * std::sqrt(0.0268 * samples));  // 1 - 2 P(X < 14), n = 41
  EXPECT_GE(atoms, held);
}

}  // namespace
}  // namespace rankfall
