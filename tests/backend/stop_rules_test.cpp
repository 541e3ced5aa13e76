// When a phase ends, and with what outcome: every rule against the kept trajectory of the same run.
#include <gtest/gtest.h>

#include <functional>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

const std::string base = R"(
seed = 2
replicas = 24
[problem]
rows = 4
rank = 2
observed_count = 12
[model]
depth = 3
[initialization]
scale = 0.5
[objective]
ridge = 1e-3
[[phase]]
name = 'train'
learning_rate = 0.1
steps = 2002
[probe]
every = 7
rank_tolerance = 0.05
trajectory = true
classify_at_end = 'numerical'
)";

// Row of a trajectory.
struct Probe {
  const ReplicaResults& results;
  std::size_t row;
  double operator()(Observable observable) const {
    return results.trajectory_observable[static_cast<std::size_t>(observable)][row];
  }
  int rank() const { return results.trajectory_rank[row]; }
};

using Rule = std::function<bool(const Probe& before, const Probe& now)>;

// Every replica must have ended at the first probe at which the rule holds (`at_start`: the first probe counts), with
// `outcome`, or else run to the horizon. Returns how many it stopped.
int expect_first(const ReplicaResults& results, const Rule& rule, Outcome outcome) {
  int stopped = 0;
  for (std::size_t r = 0; r < static_cast<std::size_t>(results.count); ++r) {
    const auto begin = static_cast<std::size_t>(results.trajectory_begin[r]);
    const auto end = static_cast<std::size_t>(results.trajectory_begin[r + 1]);
    for (std::size_t k = begin; k + 1 < end; ++k)
      EXPECT_FALSE(rule({results, k > begin ? k - 1 : k}, {results, k})) << "replica " << r << " should have ended";
    const bool holds = rule({results, end - 1 > begin ? end - 2 : begin}, {results, end - 1});
    EXPECT_EQ(results.outcome[r], holds ? outcome : Outcome::exhausted);
    EXPECT_EQ(results.steps[r], results.trajectory_step[end - 1]);
    EXPECT_TRUE(holds || results.steps[r] == 2002);
    stopped += holds ? 1 : 0;
  }
  return stopped;
}

TEST(StopRules, GradientNorm) {
  const ReplicaResults results = train_one_cell(base, {"phase.train.stop={gradient_norm=0.01}"});
  const auto rule = [](const Probe&, const Probe& now) { return now(Observable::gradient_norm) <= 0.01; };
  EXPECT_GT(expect_first(results, rule, Outcome::converged), 12);
}

TEST(StopRules, Loss) {
  const ReplicaResults results = train_one_cell(base, {"phase.train.stop={loss=0.01}"});
  const auto rule = [](const Probe&, const Probe& now) { return now(Observable::loss) <= 0.01; };
  EXPECT_GT(expect_first(results, rule, Outcome::converged), 5);
}

TEST(StopRules, Plateau) {
  const ReplicaResults results = train_one_cell(base, {"phase.train.stop={plateau=0.01}"});
  const auto rule = [](const Probe& before, const Probe& now) {
    return now.row != before.row &&
           before(Observable::objective) - now(Observable::objective) < 0.01 * before(Observable::objective);
  };
  EXPECT_GT(expect_first(results, rule, Outcome::converged), 12);
}

TEST(StopRules, RankAtMost) {
  const ReplicaResults results =
      train_one_cell(base, {"phase.train.stop={rank_at_most=2}", "initialization.scale=0.9"});
  const auto rule = [](const Probe&, const Probe& now) { return now.rank() <= 2; };
  EXPECT_GT(expect_first(results, rule, Outcome::stopped), 5);
}

TEST(StopRules, RankAtLeast) {
  const ReplicaResults results =
      train_one_cell(base, {"phase.train.stop={rank_at_least=2}", "initialization.scale=0.2"});
  const auto rule = [](const Probe&, const Probe& now) { return now.rank() >= 2; };
  EXPECT_GT(expect_first(results, rule, Outcome::stopped), 5);
}

TEST(StopRules, AnyOneOfSeveralEndsAPhase) {
  const ReplicaResults results =
      train_one_cell(base, {"phase.train.stop={loss=0.02, plateau=0.005, gradient_norm=0.02}"});
  const auto rule = [](const Probe& before, const Probe& now) {
    return now(Observable::loss) <= 0.02 || now(Observable::gradient_norm) <= 0.02 ||
           (now.row != before.row &&
            before(Observable::objective) - now(Observable::objective) < 0.005 * before(Observable::objective));
  };
  EXPECT_GT(expect_first(results, rule, Outcome::converged), 12);
}

// A rank rule that holds together with another names the outcome: the question was about the rank.
TEST(StopRules, RankRuleNamesTheOutcome) {
  const ReplicaResults results =
      train_one_cell(base, {"phase.train.stop={loss=1e9, rank_at_least=1}", "initialization.scale=0.9"});
  for (const Outcome outcome : results.outcome) EXPECT_EQ(outcome, Outcome::stopped);
}

TEST(StopRules, HoldsBeforeTheFirstStep) {
  const ReplicaResults results = train_one_cell(base, {"phase.train.stop={loss=1e9}"});
  for (std::size_t r = 0; r < 24; ++r) {
    EXPECT_EQ(results.steps[r], 0);
    EXPECT_EQ(results.outcome[r], Outcome::converged);
    EXPECT_EQ(results.trajectory_begin[r + 1] - results.trajectory_begin[r], 1);
    EXPECT_EQ(results.start_rank[r], results.rank[r]);
  }
}

TEST(StopRules, AnEarlierPhaseHandsOverWhereItEnded) {
  const std::string two = base + "[[phase]]\nname = 'more'\nlearning_rate = 0.05\nsteps = 10\nobserved = 'full'\n";
  const ReplicaResults results = train_one_cell(two, {"phase.train.stop={gradient_norm=0.05}"});
  bool differ = false;
  for (std::size_t r = 0; r < 24; ++r) {
    EXPECT_EQ(results.steps[r], results.start_step[r] + 10);
    EXPECT_EQ(results.outcome[r], Outcome::exhausted);  // of the last phase
    differ = differ || results.start_step[r] != results.start_step[0];
    EXPECT_TRUE(std::isnan(results.observable[static_cast<std::size_t>(Observable::unobserved_error)][r]));
    // The last phase is probed at its start, though the first ended at the same step.
    const auto end = static_cast<std::size_t>(results.trajectory_begin[r + 1]);
    EXPECT_EQ(results.trajectory_step[end - 3], results.start_step[r]);
    EXPECT_EQ(results.trajectory_phase[end - 3], 1);
    EXPECT_EQ(results.trajectory_step[end - 4], results.start_step[r]);
    EXPECT_EQ(results.trajectory_phase[end - 4], 0);
    EXPECT_EQ(results.trajectory_rank[end - 3], results.start_rank[r]);
    EXPECT_EQ(results.trajectory_step[end - 2], results.start_step[r] + 7);
  }
  EXPECT_TRUE(differ);
}

// Events are the changes of rank between successive probes of one phase, and only those.
TEST(StopRules, EventsAreTheChangesOfRankInTheTrajectory) {
  const std::string two = base + "[[phase]]\nname = 'noise'\noptimizer = 'sgd'\nlearning_rate = 0.08\nsteps = 200\n";
  const ReplicaResults results = train_one_cell(two, {"phase.train.steps=300", "initialization.scale=0.8"});
  std::vector<RankEvent> expected;
  for (std::size_t r = 0; r < 24; ++r)
    for (auto k = static_cast<std::size_t>(results.trajectory_begin[r]) + 1;
         k < static_cast<std::size_t>(results.trajectory_begin[r + 1]); ++k) {
      if (results.trajectory_phase[k] != results.trajectory_phase[k - 1]) continue;
      if (results.trajectory_rank[k] == results.trajectory_rank[k - 1] || results.trajectory_rank[k] < 0) continue;
      expected.push_back({static_cast<std::int64_t>(r), results.trajectory_step[k - 1], results.trajectory_step[k],
                          results.trajectory_rank[k - 1], results.trajectory_rank[k], results.trajectory_phase[k]});
    }
  ASSERT_EQ(results.events.size(), expected.size());
  EXPECT_GT(expected.size(), 24u);
  for (std::size_t e = 0; e < expected.size(); ++e)
    visit_event_facts([&](const Field& field, auto number) {
      EXPECT_EQ(results.events[e].*number, expected[e].*number) << field.name << " of event " << e;
    });
}

}  // namespace
}  // namespace rankfall
