// A trace shows what happened and changes nothing of it.
#include <gtest/gtest.h>

#include <set>

#include "tests/backend/support.hpp"
#include "tests/backend/two_phases.hpp"

namespace rankfall {
namespace {

using namespace test;

// Steps at which a trace of a phase of `length` steps must look.
std::set<std::int64_t> looks(std::int64_t length, std::int64_t every, std::int64_t trace_every) {
  std::set<std::int64_t> steps{0, length};
  for (std::int64_t step = 0; step <= length; ++step)
    if (step % every == 0 || (trace_every > 0 && step % trace_every == 0)) steps.insert(step);
  return steps;
}

TEST(Trajectory, ChangesNoDecisionAndNoNumber) {
  for (const char* precision : {"float32", "float64"}) {
    const Experiment plain = parse(two_phases, {std::string("precision=") + precision});
    const RunResults reference = train(plain);
    EXPECT_TRUE(reference[0].trajectory_begin.empty());
    const RunResults kept = train(parse(two_phases, {std::string("precision=") + precision, "probe.trajectory=true"}));
    for (std::int64_t r = 0; r < 20; ++r) EXPECT_EQ(bits_of(kept[0], r), bits_of(reference[0], r));
    for (std::int64_t every : {1, 2, 7, 1000}) {
      const RunResults traced = train(plain, Training{.trace_every = every});
      for (std::int64_t r = 0; r < 20; ++r) EXPECT_EQ(bits_of(traced[0], r), bits_of(reference[0], r)) << every;
    }
  }
}

TEST(Trajectory, HasItsPoints) {
  const Experiment experiment = parse(two_phases);
  for (std::int64_t every : {1, 3, 7, 1000}) {
    const ReplicaResults traced = train(experiment, Training{.trace_every = every}).at(0);
    for (std::size_t r = 0; r < 20; ++r) {
      std::vector<std::int64_t> steps;
      std::vector<std::int32_t> phases;
      const std::int64_t settled = traced.start_step[r];
      for (std::int64_t step : looks(settled, 5, every)) steps.push_back(step), phases.push_back(0);
      for (std::int64_t step : looks(traced.steps[r] - settled, 5, every))
        steps.push_back(settled + step), phases.push_back(1);
      const auto begin = traced.trajectory_begin[r], end = traced.trajectory_begin[r + 1];
      EXPECT_EQ(std::vector(traced.trajectory_step.begin() + begin, traced.trajectory_step.begin() + end), steps);
      EXPECT_EQ(std::vector(traced.trajectory_phase.begin() + begin, traced.trajectory_phase.begin() + end), phases);
    }
  }
}

TEST(Trajectory, EndsAtTheResults) {
  const ReplicaResults kept = train_one_cell(two_phases, {"probe.trajectory=true"});
  for (std::size_t r = 0; r < 20; ++r) {
    const auto last = static_cast<std::size_t>(kept.trajectory_begin[r + 1]) - 1;
    for (int k = 0; k < observable_count; ++k)
      EXPECT_EQ(kept.trajectory_observable[k][last], kept.observable[k][r]) << observables[k].name;
    for (std::size_t k = 0; k < 4; ++k)
      EXPECT_EQ(kept.trajectory_singular_values[last * 4 + k], kept.singular_values[r * 4 + k]);
    EXPECT_EQ(kept.trajectory_rank[last], kept.numerical_rank[r]);
  }
}

TEST(Trajectory, DoesNotDependOnTheCut) {
  const Experiment experiment = parse(two_phases, {"probe.trajectory=true", "probe.alignment=true", "probe.velocities=true",
                                                   "probe.plateau={relative=0.9}"});
  const ReplicaResults together = train(experiment).at(0);
  EXPECT_FALSE(together.plateaus.empty());
  for (std::int64_t r : {0, 7, 19}) {
    const ReplicaResults alone = train(experiment, {WorkUnit{0, r, 1}}).at(0);
    EXPECT_EQ(bits_of(alone, 0), bits_of(together, r));
    EXPECT_EQ(trajectory_bits(alone, 0), trajectory_bits(together, r));
  }
}

TEST(Trajectory, ShowsDivergenceWithRankMinusOne) {
  const ReplicaResults traced = train(parse(two_phases, {"phase.noise.learning_rate=50"}), Training{.trace_every = 1}).at(0);
  int diverged = 0;
  for (std::size_t r = 0; r < 20; ++r) {
    if (traced.outcome[r] != Outcome::diverged) continue;
    ++diverged;
    EXPECT_EQ(traced.trajectory_rank[static_cast<std::size_t>(traced.trajectory_begin[r + 1]) - 1], -1);
  }
  EXPECT_GT(diverged, 10);
}

}  // namespace
}  // namespace rankfall
