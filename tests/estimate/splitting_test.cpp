#include "estimate/splitting.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "made_replicas.hpp"

namespace rankfall {
namespace {

SplittingEstimate made(std::vector<SplittingRepetition> repetitions, std::int64_t replicas) {
  SplittingEstimate estimate;
  estimate.rank = 2;
  estimate.replicas = replicas;
  estimate.levels.assign(repetitions.front().size(), 0.1);
  estimate.started.assign(repetitions.size(), replicas);
  estimate.repetitions = std::move(repetitions);
  for (std::size_t k = 0; k < estimate.repetitions.size(); ++k) estimate.probabilities.push_back(estimate.product(k));
  return estimate;
}

TEST(Splitting, MultipliesShares) {
  SplittingEstimate estimate = made({{20, 10}, {10, 0}}, 100);
  EXPECT_DOUBLE_EQ(estimate.product(0), 0.02);
  EXPECT_DOUBLE_EQ(estimate.product(1), 0.0);
  estimate.started = {50, 100};  // replicas of another rank do not count
  EXPECT_DOUBLE_EQ(estimate.product(0), 0.04);
}

// Products .02 and .04: mean .03, standard error .01, t of one degree of freedom 12.706.
TEST(Splitting, HasStudentsInterval) {
  const RareProbability found = probability_of(made({{20, 10}, {20, 20}}, 100), 0.95);
  EXPECT_DOUBLE_EQ(found.value, 0.03);
  EXPECT_NEAR(found.relative_error, 1.0 / 3.0, 1e-12);
  EXPECT_EQ(found.interval.low, 0.0);
  EXPECT_NEAR(found.interval.high, 0.03 + 12.7062 * 0.01, 1e-5);
}

TEST(Splitting, OfNothingSeenSaysSo) {
  const RareProbability found = probability_of(made({{20, 0}, {0, 0}}, 100), 0.95);
  EXPECT_EQ(found.value, 0.0);
  EXPECT_TRUE(std::isnan(found.relative_error));
  Experiment experiment = made_experiment(1);
  const std::string table = splitting_table(experiment, {made({{20, 0}, {0, 0}}, 100)});
  EXPECT_NE(table.find("none came down"), std::string::npos);
  EXPECT_NE(splitting_csv(experiment, {made({{20, 0}, {0, 0}}, 100)}).find("0.1,0,2,0,,,,2,100,2,0,0"), std::string::npos);
}

// Shares of three levels, binomial: the mean is their product, and intervals of 20 repetitions cover it.
TEST(Splitting, IsUnbiasedAndCovers) {
  std::mt19937_64 random(4);
  const std::vector<double> shares{0.3, 0.2, 0.1};
  const double truth = 0.006;
  int covered = 0;
  double sum = 0.0;
  constexpr int repeats = 500;
  for (int i = 0; i < repeats; ++i) {
    std::vector<SplittingRepetition> repetitions(20);
    for (SplittingRepetition& repetition : repetitions)
      for (const double share : shares) repetition.push_back(std::binomial_distribution<std::int64_t>(200, share)(random));
    const RareProbability found = probability_of(made(repetitions, 200), 0.95);
    sum += found.value;
    covered += found.interval.low < truth && truth < found.interval.high;
  }
  EXPECT_NEAR(sum / repeats, truth, 0.02 * truth);
  EXPECT_GE(covered, repeats * 0.92);
}

}  // namespace
}  // namespace rankfall
