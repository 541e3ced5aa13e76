// Where every replica is bound to do the same, one is trained and copied: the numbers must be those of training each.
#include <gtest/gtest.h>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

// Two phases of descent, then noise; the target is given, so that per-replica instances of the problem are all alike
// too, and there each replica is trained for itself.
std::string text(const std::string& initialization) {
  return "seed = 6\nreplicas = 37\n" + k5a_problem + "[model]\ndepth = 3\n[initialization]\n" + initialization + R"(
[objective]
ridge = 0.03
[[phase]]
name = 'one'
learning_rate = 0.05
steps = 203
stop = { gradient_norm = 1e-3 }
[[phase]]
name = 'two'
learning_rate = 0.02
steps = 50
observed = 'full'
[[phase]]
name = 'noise'
optimizer = 'sgd'
learning_rate = 0.06
steps = 120
stop = { rank_at_most = 1 }
[probe]
every = 9
trajectory = true
classify_at_end = 'quench'
)";
}

TEST(SharedStart, IsTrainedOnceWithTheNumbersOfTrainingEach) {
  for (const char* initialization :
       {"kind = 'identity'\nscale = 0.9\n", "kind = 'affine'\nscale = 0.5\nmixing = 0.3\n"})
    for (const char* precision : {"float32", "float64"}) {
      const Overrides common{std::string("precision=") + precision};
      Overrides each = common;
      each.push_back("problem.instances=per-replica");
      const ReplicaResults once = train(parse(text(initialization), common)).at(0);
      const ReplicaResults one_by_one = train(parse(text(initialization), each)).at(0);
      for (std::int64_t r = 0; r < once.count; ++r) {
        EXPECT_EQ(bits_of(once, r), bits_of(one_by_one, r));
        EXPECT_EQ(trajectory_bits(once, r), trajectory_bits(one_by_one, r));
      }
      EXPECT_NE(bits_of(once, 0), bits_of(once, 1));  // by noise alone
      EXPECT_EQ(once.start_step, one_by_one.start_step);
    }
}

TEST(SharedStart, DoesNotDependOnTheCut) {
  const Experiment experiment = parse(text("kind = 'gaussian'\nscale = 0.5\ninstances = 'shared'\n"));
  const RunResults whole = train(experiment);
  EXPECT_EQ(results_checksum(train(experiment, cut(experiment, 5), {.threads = 2})), results_checksum(whole));
  const auto events = std::count_if(whole[0].events.begin(), whole[0].events.end(),
                                    [](const RankEvent& event) { return event.phase < 2; });
  EXPECT_GT(events, 0);  // changes of rank before the noise are copied to every replica
  EXPECT_EQ(events % 37, 0);
}

TEST(SharedStart, RequirementHoldsForAll) {
  const Experiment experiment = parse(
      text("kind = 'gaussian'\nscale = 0.4\ninstances = 'shared'\nrequire = { settled_rank = 2 }\n"),
      {"phase.one.steps=20000", "phase.two.observed=[[0,0],[1,0],[2,0],[2,1],[2,2],[2,3],[3,0],[3,4],[4,0],[4,4]]",
       "probe.trajectory=false", "problem.instance_seed=1"});
  const RunResults whole = train(experiment);
  for (std::size_t r = 0; r < 37; ++r) {
    EXPECT_EQ(whole[0].start_rank[r], 2);
    EXPECT_EQ(whole[0].tries[r], whole[0].tries[0]);
  }
  EXPECT_EQ(results_checksum(train(experiment, cut(experiment, 11))), results_checksum(whole));
}

TEST(SharedStart, ThatDivergesDoesSoForAll) {
  const ReplicaResults results = train_one_cell(text("kind = 'identity'\nscale = 9\n"), {"phase.one.learning_rate=10"});
  for (std::size_t r = 0; r < 37; ++r) EXPECT_EQ(results.outcome[r], Outcome::diverged);
  EXPECT_EQ(results.steps.front(), results.steps.back());
}

}  // namespace
}  // namespace rankfall
