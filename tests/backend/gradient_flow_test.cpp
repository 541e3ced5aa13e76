// Phases of gradient flow: bits that no cut, thread or interruption moves; probes at their times; outcomes.
#include <gtest/gtest.h>

#include <filesystem>

#include "backend/cpu_backend.hpp"
#include "tests/backend/in_pieces.hpp"

namespace rankfall {
namespace {

using namespace test;

// Descent with weight decay leaves a scale behind, a flow goes on from it, noise from there.
const std::string with_flow = R"(
seed = 4
replicas = 21
precision = "float64"
[problem]
rows = 4
rank = 2
observed_count = 10
[model]
depth = 3
[initialization]
scale = 0.3
[objective]
ridge = 0.01
[[phase]]
name = 'warm'
learning_rate = 0.05
steps = 7
[[phase]]
name = 'flow'
optimizer = 'gradient-flow'
time = 60.0
relative_tolerance = 1e-6
stop = { gradient_norm = 1e-4 }
[[phase]]
name = 'noise'
optimizer = 'sgd'
learning_rate = 0.05
steps = 12
[probe]
every = 13
times = { logspace = [0.01, 100, 9] }
rank_tolerance = 0.1
trajectory = true
)";

class FlowCut : public testing::TestWithParam<std::vector<std::string>> {};

TEST_P(FlowCut, MovesNoBit) {
  const Experiment whole = parse(with_flow, GetParam());
  const RunResults reference = train(whole);
  const auto expect_same = [&](const RunResults& results) {
    for (std::int64_t r = 0; r < whole.replicas; ++r) {
      ASSERT_EQ(bits_of(results[0], r), bits_of(reference[0], r)) << r;
      ASSERT_EQ(trajectory_bits(results[0], r), trajectory_bits(reference[0], r)) << r;
    }
  };
  expect_same(train(whole, cut(whole, 5), {.threads = 3}));
  const auto one = make_cpu_backend(1), two = make_cpu_backend(2);
  for (int notes : {1, 3}) {
    const Pieces pieces = train_in_pieces({one.get(), two.get()}, whole, cut(whole, 7), notes);
    expect_same(pieces.results);
    EXPECT_GT(pieces.stops, 2);
  }
  // A dense trace adds points and moves nothing.
  const RunResults traced = train(whole, Training{.trace_every = 2});
  for (std::int64_t r = 0; r < whole.replicas; ++r) ASSERT_EQ(bits_of(traced[0], r), bits_of(reference[0], r)) << r;
  EXPECT_GT(traced[0].trajectory_step.size(), 2 * reference[0].trajectory_step.size());
}

INSTANTIATE_TEST_SUITE_P(All, FlowCut,
                         testing::Values(std::vector<std::string>{}, std::vector<std::string>{"problem.instances=per-replica"},
                                         std::vector<std::string>{"initialization.instances=shared"},
                                         std::vector<std::string>{"probe.rank=quenched", "probe.quench.steps=100"},
                                         std::vector<std::string>{"initialization.scale=1", "phase.flow.stop={blow_up=0.5}",
                                                                  "phase.flow.absolute_tolerance=1e-6", "probe.every=5"}));

TEST(FlowProbes, AreAtTheirTimesAndEveryFewSteps) {
  const Experiment experiment = parse(with_flow);
  const ReplicaResults results = train(experiment)[0];
  const std::vector<double>& times = experiment.cells[0].probe.times;
  ASSERT_EQ(times.size(), 9u);
  for (std::int64_t r = 0; r < results.count; ++r) {
    const auto begin = static_cast<std::size_t>(results.trajectory_begin[r]);
    const auto end = static_cast<std::size_t>(results.trajectory_begin[r + 1]);
    std::size_t met = 0;
    std::int64_t since = 0;
    double last = 0.0;
    for (std::size_t k = begin; k < end; ++k) {
      const double time = results.trajectory_time[k];
      EXPECT_GE(time, last);
      EXPECT_EQ(results.trajectory_phase[k] == 0 && time > 0.0, false);
      if (results.trajectory_phase[k] == 1) {
        if (met < times.size() && time == times[met]) ++met;
        EXPECT_LT(time, met < times.size() ? times[met] : 1e9);
        EXPECT_LE(results.trajectory_step[k] - since, 13);
      }
      since = results.trajectory_step[k];
      last = time;
    }
    EXPECT_EQ(last, results.time[r]);  // the noise takes none
    EXPECT_EQ(results.time[r] < 60.0 || met == 8, true);
  }
  for (const RankEvent& event : results.events) {
    EXPECT_LT(event.step_before, event.step_after);
    EXPECT_EQ(event.time_before < event.time_after, event.phase == 1);
  }
}

const std::string lone_flow = R"(
replicas = 3
[problem]
rows = 2
target = [[0, 1], [1, 0]]
observed = [[0, 1], [1, 0], [1, 1]]
[model]
depth = 2
[initialization]
kind = 'identity'
scale = 0.1
[objective]
loss = 'half-sum-squared'
[[phase]]
optimizer = 'gradient-flow'
time = 1e3
[probe]
every = 100
)";

TEST(FlowOutcome, IsInFloat64AndLabelledNumericallyByDefault) {
  const Experiment experiment = parse(lone_flow);
  EXPECT_EQ(experiment.precision, Precision::float64);
  EXPECT_EQ(experiment.cells[0].probe.classify_at_end, RankKind::numerical);
}

// Razin and Cohen: |W_11| = 1 / sqrt(2 loss), so ||W|| passes any bound while the loss falls.
TEST(FlowOutcome, IsABlowUpWhereTheNormPassesItsBound) {
  const ReplicaResults results = train_one_cell(lone_flow, {"phase.phase1.stop={blow_up=20}", "phase.phase1.time=1e6", "probe.every=5"});
  EXPECT_EQ(results.outcome[0], Outcome::blow_up);
  EXPECT_GT(singular_value(results, 0, 0), 19.9);
  EXPECT_LT(singular_value(results, 0, 0), 22.0);
  EXPECT_NEAR(singular_value(results, 0, 0) * std::sqrt(2.0 * value(results, Observable::loss, 0)), 1.0, 0.01);
  EXPECT_LT(results.time[0], 1e6);
}

const std::string known_minimum = R"(
replicas = 8
[problem]
target = [[2, 0], [0, 1]]
[model]
depth = 2
[initialization]
scale = 0.3
[objective]
loss = 'half-sum-squared'
[[phase]]
name = 'flow'
optimizer = 'gradient-flow'
time = 10
[probe]
every = 1
)";

// It comes in from far beyond the bound, with a falling objective.
TEST(FlowOutcome, IsNoBlowUpWhereTheNormFalls) {
  const std::vector<std::string> far{"initialization.kind=identity", "initialization.scale=300"};
  const double bound = *parse(known_minimum, far).cells[0].phases[0].stop.blow_up;
  const ReplicaResults results = train_one_cell(known_minimum, far);
  EXPECT_GT(300.0 * 300.0, bound);
  EXPECT_EQ(results.outcome[0], Outcome::exhausted);
  EXPECT_NEAR(singular_value(results, 0, 0), 2.0, 1e-6);
}

TEST(FlowOutcome, IsExhaustedAtItsTime) {
  const ReplicaResults results = train_one_cell(lone_flow);
  EXPECT_EQ(results.outcome[0], Outcome::exhausted);
  EXPECT_EQ(results.time[0], 1e3);
}

TEST(FlowOutcome, IsStalledWhereStepsRunOut) {
  const ReplicaResults results = train_one_cell(lone_flow, {"phase.phase1.maximum_steps=30"});
  EXPECT_EQ(results.outcome[0], Outcome::stalled);
  EXPECT_EQ(results.steps[0], 30);
  EXPECT_LT(results.time[0], 1e3);
}

TEST(FlowOutcome, IsDivergedWhereTheStartIsNotFinite) {
  const ReplicaResults results = train_one_cell(lone_flow, {"initialization.scale=1e160"});
  EXPECT_EQ(results.outcome[0], Outcome::diverged);
}

// The tolerance counts in the factors' own norm: scaling the start by 1e-10 costs a plateau, not accuracy. Escape at
// s^-(L-2) / (lambda (L-2)), with s = 1e-10, lambda = 2 at depth 3.
TEST(FlowOutcome, ConvergesBehindALongPlateau) {
  const ReplicaResults results = train_one_cell(
      known_minimum, {"replicas=1", "model.depth=3", "initialization.kind=identity", "initialization.scale=1e-10",
                      "phase.flow.time=1e15", "phase.flow.stop={loss=0.5000001}", "probe.every=10"});
  EXPECT_EQ(results.outcome[0], Outcome::converged);
  EXPECT_NEAR(results.time[0] / 5e9, 1.0, 1e-6);
  EXPECT_NEAR(singular_value(results, 0, 0), 2.0, 1e-3);
  EXPECT_LT(results.steps[0], 500);
}

// Li, Luo and Lyu's counter-example, R = 2: distances of where the flow from W(0) = a I ends to the rank-1 solution, as an
// independent program found them (a = 1e-4, 1e-8, 1e-12 at depth 2; 1e-2, 1e-3 at depth 3; 1e-4 at depth 4).
TEST(FlowLimit, ComesToTheGreedySolutionOfTheCounterExample) {
  const std::filesystem::path example = std::filesystem::path(RANKFALL_SOURCE_DIR) / "examples/greedy_escape.toml";
  const RunResults results = train(load_experiment(example.string()));
  const std::vector<double> distances{0.0, 2.603, 0.329, 1.13e-2, 1.153, 9.27e-2, 2.36e-3};
  ASSERT_EQ(results.size(), distances.size());
  for (std::size_t cell = 1; cell < distances.size(); ++cell) {
    const double distance = std::sqrt(10.0) * value(results[cell], Observable::unobserved_error, 0);
    EXPECT_NEAR(distance / distances[cell], 1.0, 0.006) << cell;
    EXPECT_EQ(results[cell].outcome[0], Outcome::converged);
  }
}

}  // namespace
}  // namespace rankfall
