// The quench: which minimum noise-free descent reaches from where a replica stands.
#include <gtest/gtest.h>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

// One entry, three equal factors w: objective (w^3 - 1)^2 + 3 ridge w^2, with minima at w = 0 and near w = 1.
const std::string scalar = R"(
replicas = 3
[problem]
target = [[1.0]]
[model]
depth = 3
[initialization]
kind = 'identity'
scale = 0.3
[objective]
ridge = 0.1
[[phase]]
name = 'stand'
learning_rate = 1e-9
steps = 1
[probe]
rank_tolerance = { absolute = 0.02 }
classify_at_end = 'quench'
)";

// Where small steps lead from w.
double descended(double w, double ridge) {
  for (int step = 0; step < 200000; ++step) w -= 0.01 * (2.0 * (w * w * w - 1.0) * w * w + 2.0 * ridge * w);
  return w * w * w;
}

int quenched_rank(const Overrides& overrides) {
  const ReplicaResults results = train_one_cell(scalar, overrides);
  for (std::size_t r = 1; r < results.rank.size(); ++r) EXPECT_EQ(results.rank[r], results.rank[0]);
  return results.rank[0];
}

// At these rates 200 steps from w = 0.3 end in w = 0, which lies higher than the start: such a block must be undone.
TEST(Quench, ALargeFirstRateDoesNotChangeTheMinimum) {
  ASSERT_GT(descended(0.3, 0.1), 0.5);
  for (const char* rate : {"0.01", "0.1", "0.74", "0.8", "0.85", "1.5", "30", "1e6"})
    for (const char* precision : {"float32", "float64"})
      EXPECT_EQ(
          quenched_rank({std::string("probe.quench.learning_rate=") + rate, std::string("precision=") + precision}), 1)
          << rate;
}

TEST(Quench, FindsTheLowerRankToo) {
  ASSERT_LT(descended(0.05, 0.1), 1e-6);
  for (const char* rate : {"0.01", "0.1", "1", "30"})
    EXPECT_EQ(quenched_rank({std::string("probe.quench.learning_rate=") + rate, "initialization.scale=0.05"}), 0)
        << rate;
}

// w = 0.3 has W = 0.027: numerically of rank 1, on its way to 0 at this ridge.
TEST(Quench, TakesAtMostItsSteps) {
  ASSERT_LT(descended(0.3, 0.4), 1e-6);
  const Overrides falling{"objective.ridge=0.4", "probe.quench.learning_rate=0.05"};
  const auto with_steps = [&](const char* steps) {
    Overrides overrides = falling;
    overrides.push_back(std::string("probe.quench.steps=") + steps);
    return quenched_rank(overrides);
  };
  EXPECT_EQ(with_steps("1"), 1);
  EXPECT_EQ(with_steps("2000"), 0);
}

// Decreases below the rounding of float32 per block of steps are decreases all the same when they add up.
TEST(Quench, SlowDescentIsNoStandstill) {
  EXPECT_EQ(quenched_rank({"initialization.scale=0.05", "objective.ridge=0.2", "probe.quench.learning_rate=5e-6",
                           "probe.rank_tolerance={absolute=1e-4}"}),
            0);
}

// K5a: from states that noise has moved, every label is the rank of one of the two minima; and from the minima
// themselves a quench goes nowhere.
const std::string k5a = "seed = 1\nreplicas = 64\n" + k5a_problem + R"(
[model]
depth = 3
[initialization]
scale = 0.4
[objective]
ridge = 0.03
[[phase]]
name = 'settle'
learning_rate = 0.1
steps = 20000
stop = { gradient_norm = 1e-5 }
[probe]
every = 500
)";

TEST(Quench, AMinimumIsItsOwn) {
  const ReplicaResults numerical = train_one_cell(k5a, {"probe.classify_at_end=numerical"});
  // Stopped one step short of the horizon's label, so that each is quenched: rank quenched at every probe.
  const ReplicaResults quenched = train_one_cell(k5a, {"probe.rank=quenched", "probe.every=20000"});
  EXPECT_GT(std::count(numerical.rank.begin(), numerical.rank.end(), 1), 20);
  EXPECT_GT(std::count(numerical.rank.begin(), numerical.rank.end(), 2), 8);
  EXPECT_EQ(numerical.rank, quenched.rank);
}

TEST(Quench, PerturbedMinimaKeepTheirLabel) {
  // A hundred steps of gentle noise leave both basins populated as they were.
  const std::string noise = k5a + "[[phase]]\nname = 'noise'\noptimizer = 'sgd'\nlearning_rate = 0.03\nsteps = 100\n";
  const ReplicaResults results = train_one_cell(noise);
  EXPECT_EQ(results.rank, results.start_rank);
  EXPECT_GT(std::count(results.rank.begin(), results.rank.end(), 2), 8);
  for (const char* rate : {"1", "100"})
    EXPECT_EQ(train_one_cell(noise, {std::string("probe.quench.learning_rate=") + rate}).rank, results.rank) << rate;
}

TEST(Quench, QuenchedRankSeesTheBasinBeforeTheSpectrumDoes) {
  // After 30 steps every singular value is still above the tolerance, and yet the basin is decided for most.
  const Overrides early{"phase.settle.steps=30", "phase.settle.stop={}"};
  const ReplicaResults numerical = train_one_cell(k5a, {early[0], early[1], "probe.classify_at_end=numerical"});
  const ReplicaResults quenched = train_one_cell(k5a, early);
  EXPECT_EQ(numerical.numerical_rank, quenched.numerical_rank);
  for (std::size_t r = 0; r < 64; ++r) {
    EXPECT_GT(numerical.rank[r], 2);
    EXPECT_TRUE(quenched.rank[r] == 1 || quenched.rank[r] == 2);
  }
  EXPECT_EQ(train_one_cell(k5a, {"probe.classify_at_end=numerical", "phase.settle.steps=100000"}).rank, quenched.rank);
}

}  // namespace
}  // namespace rankfall
