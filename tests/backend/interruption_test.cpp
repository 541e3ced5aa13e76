// A unit that is stopped in the middle and goes on from what was kept ends with the bits of one that was not.
#include <gtest/gtest.h>

#include "backend/checkpoint.hpp"
#include "backend/instance.hpp"
#include "tests/backend/in_pieces.hpp"
#include "tests/backend/two_phases.hpp"

namespace rankfall {
namespace {

using namespace test;

struct Case {
  std::string name;
  Overrides overrides;
};
const Case cases[] = {
    {"Uniform", {}},
    {"Shuffled", {"phase.noise.sampling=shuffled", "phase.noise.batch_size=3"}},
    {"Cyclic", {"phase.noise.sampling=cyclic"}},
    {"LazyDecay", {"objective.ridge=0.01"}},
    {"OwnProblems", {"problem.instances=per-replica"}},
    {"OwnTargets", {"phase.noise.rank=1", "problem.noise=0.1"}},
    {"SharedStart", {"initialization.instances=shared"}},
    {"Redrawn", {"initialization.require={settled_rank=2}", "phase.settle.steps=60"}},
    {"Diverging", {"phase.settle.learning_rate=0.9"}},
    {"ProbedByQuench", {"probe.rank=quenched", "probe.quench.steps=200"}},
    {"Remembering", {"phase.settle.optimizer=momentum", "objective.ridge=0.01"}},
    {"Adapting", {"phase.settle.optimizer=group-rmsprop", "phase.settle.learning_rate=0.02"}},
    {"Traced", {"probe.trajectory=true"}},
    {"Modes", {"probe.trajectory=true", "probe.alignment=true", "probe.velocities=true", "probe.coupling=true",
               "probe.plateau={relative=0.9}"}},
    {"Monitored", {"probe.trajectory=true", "objective.ridge=0.01",
                   "probe.monitor={imbalance=0.4,singular_value=0.5,factor_norm=9}"}},
};

class Interrupted : public testing::TestWithParam<std::tuple<int, std::string>> {
 protected:
  Experiment experiment() const {
    Overrides all = cases[std::get<0>(GetParam())].overrides;
    all.push_back("precision=" + std::get<1>(GetParam()));
    return parse(two_phases, all);
  }
};

TEST_P(Interrupted, GoesOnWithTheSameBits) {
  const Experiment whole = experiment();
  const RunResults reference = train(whole);
  const auto one = make_cpu_backend(1), two = make_cpu_backend(2);
  for (int notes : {1, 2, 7}) {
    const Pieces pieces = train_in_pieces({one.get(), two.get()}, whole, cut(whole, 7), notes);
    EXPECT_EQ(results_checksum(pieces.results), results_checksum(reference)) << notes;
    for (std::int64_t r = 0; r < whole.replicas; ++r) EXPECT_EQ(bits_of(pieces.results[0], r), bits_of(reference[0], r));
    EXPECT_EQ(event_error_bits(pieces.results[0]), event_error_bits(reference[0]));
    EXPECT_EQ(pieces.results[0].trajectory_step, reference[0].trajectory_step);
    for (std::int64_t r = 0; whole.cells[0].probe.trajectory && r < whole.replicas; ++r)
      EXPECT_EQ(trajectory_bits(pieces.results[0], r), trajectory_bits(reference[0], r));
    EXPECT_GT(pieces.stops, 2) << notes;  // or it was not interrupted
  }
}

INSTANTIATE_TEST_SUITE_P(All, Interrupted,
                         testing::Combine(testing::Range(0, static_cast<int>(std::size(cases))),
                                          testing::Values("float32", "float64")),
                         [](const auto& test) {
                           return cases[std::get<0>(test.param)].name + (std::get<1>(test.param) == "float32" ? "32" : "64");
                         });

// For the thread sanitizer: notes, checkpoints and the stop while three threads train.
TEST(Threads, StopAndGoOn) {
  const Experiment whole = parse(two_phases, {"initialization.instances=shared"});
  const auto three = make_cpu_backend(3);
  const Pieces pieces = train_in_pieces({three.get()}, whole, cut(whole, 3), 5);
  EXPECT_EQ(results_checksum(pieces.results), results_checksum(train(whole)));
}

// What a run in training tells: every step once, and at the end every replica where it ended.
TEST(Activity, AddsUpToTheResults) {
  const Experiment whole = parse(two_phases, {"replicas=50"});
  std::mutex mutex;
  Activity sum;
  ReplicaResults results;
  make_cpu_backend(2)->train(whole, cut(whole, 7),
                             {.deliver =
                                  [&](ReplicaResults&& block) {
                                    results.rank.insert(results.rank.end(), block.rank.begin(), block.rank.end());
                                    results.outcome.insert(results.outcome.end(), block.outcome.begin(), block.outcome.end());
                                    results.trained_steps += block.trained_steps;
                                  },
                              .note =
                                  [&](const Activity& activity) {
                                    const std::lock_guard lock(mutex);
                                    sum.replica_steps += activity.replica_steps;
                                    sum.change += activity.change;
                                  }});
  EXPECT_EQ(sum.replica_steps, results.trained_steps);
  EXPECT_EQ(sum.change.of_standing(0), 0);
  for (int outcome = 0; outcome < 4; ++outcome)
    EXPECT_EQ(sum.change.of_standing(1 + outcome),
              std::count(results.outcome.begin(), results.outcome.end(), static_cast<Outcome>(outcome)));
}

TEST(Checkpoint, DamagedOrForeignBytesAreRefused) {
  const Experiment whole = parse(two_phases);
  const Cell& cell = whole.cells.front();
  const WorkUnit unit{0, 3, 2};
  UnitUnderWay<float> under_way;
  for (int r = 0; r < 2; ++r) {
    ReplicaRun<float> run;
    run.index = 3 + r;
    run.phase = 0;
    run.state.factors.assign(48, 0.5f);
    run.events.push_back({3 + r, 5, 10, 2, 1, 0});
    under_way.runs.push_back(run);
  }
  const std::string bytes = checkpoint_bytes(under_way);
  ASSERT_TRUE(read_checkpoint_bytes<float>(bytes, cell, unit));
  EXPECT_EQ(read_checkpoint_bytes<float>(bytes, cell, unit)->runs[1].events[0].rank_after, 1);
  EXPECT_FALSE(read_checkpoint_bytes<double>(bytes, cell, unit));
  EXPECT_FALSE(read_checkpoint_bytes<float>(bytes, cell, {0, 4, 2}));
  EXPECT_FALSE(read_checkpoint_bytes<float>(bytes, cell, {0, 3, 1}));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(read_checkpoint_bytes<float>(bytes.substr(0, size), cell, unit)) << size;
  EXPECT_FALSE(read_checkpoint_bytes<float>(bytes + "x", cell, unit));
}

}  // namespace
}  // namespace rankfall
