// Divergence is a result: counted, dated, without numbers, and nobody else's business.
#include <gtest/gtest.h>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

// Layers of unequal width: what a diverged replica leaves behind in padding would reach the next one in its lane.
const std::string text = R"(
seed = 4
replicas = 60
[problem]
rows = 3
columns = 6
rank = 2
observed_count = 11
[model]
depth = 3
width = [7, 2]
[initialization]
scale = 0.65
[objective]
loss = 'half-sum-squared'
[[phase]]
name = 'first'
learning_rate = 0.17
steps = 90
stop = { loss = 0.5 }
[[phase]]
name = 'second'
learning_rate = 0.02
steps = 20
[probe]
every = 6
rank_tolerance = 0.1
classify_at_end = 'numerical'
)";

TEST(Divergence, IsAnOutcomeOfItsOwn) {
  for (const char* precision : {"float32", "float64"}) {
    const ReplicaResults results = train_one_cell(text, {std::string("precision=") + precision});
    int diverged = 0;
    for (std::int64_t r = 0; r < results.count; ++r) {
      const auto at = static_cast<std::size_t>(r);
      if (results.outcome[at] != Outcome::diverged) {
        EXPECT_TRUE(std::isfinite(value(results, Observable::loss, r)));
        EXPECT_GE(results.start_rank[at], 0);
        continue;
      }
      ++diverged;
      EXPECT_GT(results.steps[at], 0);
      EXPECT_EQ(results.steps[at] % 6, 0);
      EXPECT_LE(results.steps[at], 90);
      EXPECT_EQ(results.rank[at], -1);
      EXPECT_EQ(results.numerical_rank[at], -1);
      EXPECT_EQ(results.start_rank[at], -1);  // the last phase never began
      for (const auto& observable : results.observable) EXPECT_TRUE(std::isnan(observable[at]));
      for (int k = 0; k < 3; ++k) EXPECT_TRUE(std::isnan(singular_value(results, r, k)));
      for (std::size_t l = 0; l < 3; ++l) EXPECT_TRUE(std::isnan(results.factor_norms[at * 3 + l]));
    }
    EXPECT_GT(diverged, 8);
    EXPECT_LT(diverged, 52);
  }
}

TEST(Divergence, LeavesTheNeighboursAlone) {
  for (const char* optimizer : {"gd", "sgd"})
    for (const char* instances : {"shared", "per-replica"})
      for (const char* precision : {"float32", "float64"}) {
        const Experiment experiment =
            parse(text, {std::string("phase.first.optimizer=") + optimizer, std::string("precision=") + precision,
                         std::string("problem.instances=") + instances});
        const ReplicaResults together = train(experiment).at(0);
        for (std::int64_t r = 0; r < together.count; ++r) {
          const ReplicaResults alone = train(experiment, {WorkUnit{0, r, 1}}).at(0);
          EXPECT_EQ(bits_of(together, r), bits_of(alone, 0)) << optimizer << instances << precision << " replica " << r;
        }
      }
}

TEST(Divergence, OfTheLastPhaseKeepsItsStart) {
  const ReplicaResults results =
      train_one_cell(text, {"phase.first.learning_rate=0.001", "phase.second.learning_rate=50"});
  for (std::size_t r = 0; r < 60; ++r) {
    if (results.outcome[r] != Outcome::diverged) continue;
    EXPECT_GE(results.start_rank[r], 0);
    EXPECT_EQ(results.steps[r], results.start_step[r] + 6);  // found at the first probe
  }
  EXPECT_GT(std::count(results.outcome.begin(), results.outcome.end(), Outcome::diverged), 50);
}

TEST(Divergence, IsQuenchedByNobody) {
  const ReplicaResults results =
      train_one_cell(text, {"probe.classify_at_end=quench", "probe.rank=quenched", "probe.quench.steps=400"});
  const auto diverged = std::count(results.outcome.begin(), results.outcome.end(), Outcome::diverged);
  EXPECT_GT(diverged, 8);
  EXPECT_EQ(std::count(results.rank.begin(), results.rank.end(), -1), diverged);
}

}  // namespace
}  // namespace rankfall
