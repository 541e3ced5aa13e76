#include "run/splitting.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "backend/cpu_backend.hpp"
#include "estimate/intervals.hpp"
#include "run/slow_mode.hpp"
#include "tests/backend/crowd.hpp"

namespace rankfall {
namespace {

using test::cut;
using test::falling;
using test::parse;

SplittingOptions small_splitting(SplittingMethod method = SplittingMethod::levels) {
  SplittingOptions options;
  options.method = method;
  options.replicas = 100;
  options.repetitions = 20;
  return options;
}

SplittingEstimate estimated(const Experiment& experiment, const SplittingOptions& options, int threads = 1) {
  return split_cell(*make_cpu_backend(threads), experiment, experiment.cells[0], options, {});
}

// The same probability counted: replicas that a probe of the last phase saw at a lower rank.
Proportion counted_falls(const Experiment& experiment) {
  const ReplicaResults results = test::train(experiment)[0];
  const auto fell = std::count(results.outcome.begin(), results.outcome.end(), Outcome::stopped);
  return proportion(fell, results.count, experiment.estimate);
}

TEST(Splitting, AgreesWithCounting) {
  const Experiment experiment = parse(falling, {"replicas=2048", "phase.noise.learning_rate=0.085", "phase.noise.steps=3000"});
  const Proportion counted = counted_falls(experiment);
  for (const SplittingMethod method : {SplittingMethod::levels, SplittingMethod::ensemble}) {
    const SplittingEstimate estimate = estimated(experiment, small_splitting(method));
    const RareProbability split = probability_of(estimate, 0.95);
    EXPECT_EQ(estimate.rank, 2);
    EXPECT_EQ(estimate.probabilities.size(), 20u);
    EXPECT_LT(counted.interval.low, split.interval.high) << counted.value() << " counted, split " << split.value;
    EXPECT_GT(counted.interval.high, split.interval.low) << counted.value() << " counted, split " << split.value;
    if (method == SplittingMethod::ensemble) continue;
    EXPECT_GE(estimate.levels.size(), 2u);
    EXPECT_EQ(estimate.levels.back(), 0.05);
  }
}

// Two independent Ornstein-Uhlenbeck processes, mixed: the slow one is found, with its correlation a lag apart.
TEST(SlowMode, IsThatOfASlowProcess) {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal;
  const double slow = 0.9, fast = 0.2;
  SlowMode mode(3);
  double a = 0.0, b = 0.0;
  const auto seen = [&] { return std::vector<double>{1.0 + a + 3.0 * b, 2.0 * b - a, 5.0 * b}; };
  for (int i = 0; i < 40000; ++i) {
    const std::vector<double> before = seen();
    a = slow * a + std::sqrt(1 - slow * slow) * normal(random);
    b = fast * b + std::sqrt(1 - fast * fast) * normal(random);
    mode.add(before, seen());
  }
  mode.settle();
  EXPECT_NEAR(mode.correlation(), slow, 0.02);
  EXPECT_NEAR(mode({1.0, 0.0, 0.0}), 0.0, 0.1);
  EXPECT_NEAR(std::abs(mode({1.0 + 2.0, -2.0, 0.0})), 2.0, 0.1);         // a = 2
  EXPECT_NEAR(mode({1.0 + 3.0, 2.0, 5.0}), mode({1.0, 0.0, 0.0}), 0.15);  // b = 1
}

TEST(Splitting, IsTheSameOnAnyNumberOfThreadsAndWithLevelsGiven) {
  const Experiment experiment = parse(falling, {"phase.noise.steps=1500"});
  SplittingOptions options = small_splitting(SplittingMethod::ensemble);
  options.repetitions = 3;
  EXPECT_EQ(estimated(experiment, options, 1).probabilities, estimated(experiment, options, 2).probabilities);
  options.method = SplittingMethod::levels;
  const SplittingEstimate one = estimated(experiment, options, 1), two = estimated(experiment, options, 2);
  EXPECT_EQ(one.levels, two.levels);
  EXPECT_EQ(one.repetitions, two.repetitions);
  options.levels = one.levels;
  EXPECT_EQ(estimated(experiment, options).repetitions, one.repetitions);
}

std::string refusal(const std::vector<std::string>& overrides, const SplittingOptions& options = {}) {
  try {
    check_splitting(parse(falling, overrides), options);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(Splitting, RefusesWhatCannotBeSplit) {
  EXPECT_EQ(refusal({}), "");
  EXPECT_NE(refusal({"phase.noise.optimizer=gd"}).find("needs random numbers in the last phase"), std::string::npos);
  EXPECT_NE(refusal({"phase.noise.sampling=cyclic"}).find("needs random numbers"), std::string::npos);
  EXPECT_NE(refusal({"phase.noise.sampling=shuffled", "probe.every=99"}).find("ends of epochs (10 entries)"), std::string::npos);
  EXPECT_EQ(refusal({"phase.noise.sampling=shuffled"}), "");
  EXPECT_NE(refusal({"problem.instances=per-replica", "initialization.instances=per-replica"}).find("one problem"), std::string::npos);
  EXPECT_NE(refusal({"probe.rank=quenched"}).find("numerical"), std::string::npos);
  EXPECT_NE(refusal({"phase.noise.stop.loss=1e-3"}).find("another stop rule"), std::string::npos);
  SplittingOptions rising;
  rising.levels = {0.2, 0.1};
  EXPECT_NE(refusal({}, rising).find("has no effect"), std::string::npos);
  rising.method = SplittingMethod::levels;
  EXPECT_EQ(refusal({}, rising), "");
  rising.levels = {0.1, 0.2};
  EXPECT_NE(refusal({}, rising).find("--levels"), std::string::npos);
  rising.levels = {0.2, 0.0};
  EXPECT_NE(refusal({}, rising).find("--levels"), std::string::npos);
}

}  // namespace
}  // namespace rankfall
