// Replicas stopped at levels and taken up again: what multilevel splitting rests on.
#include "tests/backend/crowd.hpp"

#include <gtest/gtest.h>

namespace rankfall {
namespace {

using namespace test;

template <class Real>
class CrowdOf : public testing::Test {
 protected:
  const Experiment experiment = parse(falling, {std::is_same_v<Real, float> ? "precision=float32" : "precision=float64"});
  const std::unique_ptr<Backend> backend = make_cpu_backend(1);
  Crowd<Real> crowd{*backend, experiment, experiment.cells[0], experiment.seed, {}};
};
using Numbers = testing::Types<float, double>;
TYPED_TEST_SUITE(CrowdOf, Numbers);

TYPED_TEST(CrowdOf, UndividedIsTheRun) {
  const ReplicaResults results = train(this->experiment)[0];
  const auto runs = this->crowd.follow(this->crowd.open(0, 80), 0, 2, 0.05, Keep::ends);
  int fell = 0;
  for (std::size_t r = 0; r < 80; ++r) {
    EXPECT_EQ(runs[r].start_step, results.start_step[r]);
    EXPECT_EQ(runs[r].progress.steps, results.steps[r]);
    EXPECT_EQ(static_cast<int>(runs[r].progress.ending), static_cast<int>(results.outcome[r]));
    EXPECT_NEAR(singular_value(this->experiment.cells[0].model, runs[r], 2),
                singular_value(results, static_cast<std::int64_t>(r), 1), 1e-12);
    fell += results.outcome[r] == Outcome::stopped ? 1 : 0;
  }
  EXPECT_GT(fell, 5);
  EXPECT_LT(fell, 75);
}

TYPED_TEST(CrowdOf, GoesOnWithTheSameBits) {
  const auto whole = this->crowd.follow(this->crowd.open(0, 80), 0, 2, 0.05, Keep::ends);
  const auto parts = in_two_legs<TypeParam>(*this->backend, this->experiment);
  for (std::size_t r = 0; r < whole.size(); ++r) {
    EXPECT_EQ(parts[r].progress.steps, whole[r].progress.steps);
    EXPECT_EQ(parts[r].state.factors, whole[r].state.factors);
    EXPECT_EQ(parts[r].state.scale, whole[r].state.scale);
  }
}

TYPED_TEST(CrowdOf, ClonesGoTheirOwnWays) {
  auto runs = this->crowd.follow(this->crowd.open(0, 80), 0, 2, 0.6, Keep::ends);
  const auto found = std::find_if(runs.begin(), runs.end(), [&](const auto& run) {
    return run.progress.ending == kernels::Ending::stopped && run.progress.phase_steps < 2500 &&
           singular_value(this->experiment.cells[0].model, run, 2) > 0.2;
  });
  ASSERT_NE(found, runs.end());
  const auto parent = *found;
  const auto clones = this->crowd.follow({parent, parent, parent}, 1000, 2, 0.05, Keep::every_probe);
  EXPECT_NE(clones[0].state.factors, clones[1].state.factors);
  EXPECT_NE(clones[1].state.factors, clones[2].state.factors);
  for (const auto& clone : clones) {
    ASSERT_FALSE(clone.trajectory.empty());
    EXPECT_EQ(clone.trajectory.front().step, parent.progress.steps + 100);  // the next probe
    EXPECT_EQ(clone.trajectory.back().step, clone.progress.steps);
  }
}

// It lies below already: no step is made.
TYPED_TEST(CrowdOf, PassesALevelWhereItStands) {
  const auto runs = this->crowd.follow(this->crowd.open(0, 3), 0, 2, 100.0, Keep::ends);
  for (const auto& run : runs) {
    EXPECT_EQ(run.progress.steps, run.start_step);
    EXPECT_EQ(run.progress.ending, kernels::Ending::stopped);
  }
}

TYPED_TEST(CrowdOf, GivesUpWhenAskedTo) {
  std::stop_source stop;
  Crowd<TypeParam> stopped(*this->backend, this->experiment, this->experiment.cells[0], 1, stop.get_token());
  stop.request_stop();
  EXPECT_THROW(stopped.open(0, 1000), Stopped);
}

}  // namespace
}  // namespace rankfall
