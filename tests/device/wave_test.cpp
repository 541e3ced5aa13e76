// What a wave decides and keeps: ranks by quench, traces, starts drawn again, divergence, shared starts.
#include <gtest/gtest.h>

#include "device/waves.hpp"
#include "tests/backend/in_pieces.hpp"
#include "tests/device/wave_experiment.hpp"
#include "tests/kernels/same_bits.hpp"

namespace rankfall {
namespace {

using namespace test;

class Waves : public DeviceTest<std::string> {
 protected:
  Experiment experiment(const Overrides& overrides = {}) const { return wave_experiment(GetParam(), overrides); }
};

TEST_P(Waves, ClassifyByQuenchAtTheEnd) {
  const Experiment with = experiment({"probe.classify_at_end=quench"});
  const RunResults cpu = train(with);
  expect_same_results(train_on_device(with), cpu);
  EXPECT_NE(cpu[0].rank, cpu[0].numerical_rank);  // or the quench has told nothing
}

TEST_P(Waves, ProbeByQuench) {
  const Experiment with = experiment({"probe.rank=quenched", "objective.ridge=0.04", "phase.noise.learning_rate=0.2", "replicas=20"});
  const RunResults cpu = train(with);
  expect_same_results(train_on_device(with), cpu);
  EXPECT_FALSE(cpu[0].events.empty());
}

TEST_P(Waves, KeepEveryProbeWhereATrajectoryIsAskedFor) {
  const Experiment with = experiment({"probe.trajectory=true", "probe.classify_at_end=numerical", "probe.plateau={relative=0.9}"});
  const RunResults cpu = train(with), device = train_on_device(with);
  expect_same_results(device, cpu);
  EXPECT_EQ(device[0].trajectory_begin, cpu[0].trajectory_begin);
  EXPECT_EQ(device[0].trajectory_step, cpu[0].trajectory_step);
  EXPECT_EQ(device[0].trajectory_phase, cpu[0].trajectory_phase);
  EXPECT_EQ(device[0].trajectory_rank, cpu[0].trajectory_rank);
  for (int k = 0; k < observable_count; ++k)
    expect_same_numbers(device[0].trajectory_observable[k], cpu[0].trajectory_observable[k]);
  expect_same_numbers(device[0].trajectory_singular_values, cpu[0].trajectory_singular_values);
  EXPECT_GT(cpu[0].trajectory_step.size(), 200u);
  EXPECT_FALSE(cpu[0].plateaus.empty());  // the same ones, by expect_same_results
}

TEST_P(Waves, ReadEachPhaseAgainstItsOwnTarget) {
  for (const char* instances : {"shared", "per-replica"}) {
    const Experiment with = experiment({"phase.noise.spectrum=[9, 1]", "problem.noise=0.1", "probe.trajectory=true", "probe.quench.steps=100",
                                        std::string("problem.instances=") + instances, "sweep.\"phase.settle.rank\"=[1, 3]"});
    const RunResults cpu = train(with), device = train_on_device(with);
    expect_same_results(device, cpu);
    for (std::size_t c = 0; c < cpu.size(); ++c) EXPECT_EQ(device[c].trajectory_rank, cpu[c].trajectory_rank);
    EXPECT_NE(bits_of(cpu[0], 0), bits_of(cpu[1], 0));
  }
}

TEST_P(Waves, LeaveSingularVectorsToTheHost) {
  const Experiment with = experiment({"probe.alignment=true", "sweep.\"probe.velocities\"=[true, false]"});
  const RunResults cpu = train(with);
  expect_same_results(train_on_device(with), cpu);
  EXPECT_FALSE(cpu[0].alignment_left.empty());
  EXPECT_NE(cpu[0].mode_velocity.empty(), cpu[1].mode_velocity.empty());
}

TEST_P(Waves, DrawUnsettledStartsAgain) {
  const Experiment with = experiment({"initialization.require={settled_rank=2}", "probe.classify_at_end=numerical"});
  const RunResults cpu = train(with);
  expect_same_results(train_on_device(with), cpu);
  EXPECT_GT(*std::max_element(cpu[0].tries.begin(), cpu[0].tries.end()), 1);
}

TEST_P(Waves, CountDivergenceAndGoOn) {
  const Experiment with = experiment({"phase.settle.learning_rate=0.9", "probe.classify_at_end=numerical"});
  const RunResults cpu = train(with);
  expect_same_results(train_on_device(with), cpu);
  const auto diverged = std::count(cpu[0].outcome.begin(), cpu[0].outcome.end(), Outcome::diverged);
  EXPECT_GT(diverged, 0);
  EXPECT_LT(diverged, 40);
}

// One descent for all, then noise of each one's own; beside it a cell that begins otherwise.
TEST_P(Waves, BeginWhereASharedStartHasEnded) {
  const Experiment with = experiment({"initialization.instances=shared", "probe.classify_at_end=numerical",
                                      "sweep.\"initialization.kind\"=['gaussian', 'identity']",
                                      "sweep.\"objective.ridge\"=[0.01, 0.02]"});
  std::vector<ReplicaResults> blocks;
  make_device_backend({})->train(with, cut(with, 16), {.deliver = [&](ReplicaResults&& block) { blocks.push_back(std::move(block)); }});
  expect_same_results(train_on_device(with), train(with));
  double device = 0.0, cpu = 0.0;
  for (const ReplicaResults& block : blocks) device += block.trained_steps;
  make_cpu_backend(1)->train(with, cut(with, 16), {.deliver = [&](ReplicaResults&& block) { cpu += block.trained_steps; }});
  EXPECT_EQ(device, cpu);
}

TEST_P(Waves, OfUnlikeModelsAreTrainedApart) {
  const Experiment with = experiment({"probe.classify_at_end=numerical", "sweep.\"model.depth\"=[2, 3, 4]",
                                      "sweep.\"phase.noise.batch_size\"=[1, 2]"});
  EXPECT_EQ(cut_waves(with, cut(with, 16), 1e12, 1 << 20).size(), 6u);
  expect_same_results(train_on_device(with), train(with));
}

TEST_P(Waves, EndEarlyWhenAskedTo) {
  std::stop_source stop;
  stop.request_stop();
  int delivered = 0;
  make_device_backend({})->train(experiment(), cut(experiment(), 8), {.deliver = [&](ReplicaResults&&) { ++delivered; }, .stop = stop.get_token()});
  EXPECT_EQ(delivered, 0);
}

// A wave that is stopped goes on as another one, on the device or on a CPU.
TEST_P(Waves, GoOnWhereTheyWereStopped) {
  const auto device = make_device_backend({}), cpu = make_cpu_backend(2);
  for (const char* how : {"initialization.instances=shared", "initialization.require={settled_rank=2}",
                          "probe.rank=quenched", "phase.noise.sampling=shuffled", "problem.instances=per-replica",
                          "probe.trajectory=true"}) {
    const Experiment with = experiment({how, "replicas=20", "probe.quench.steps=100"});
    const RunResults reference = train(with);
    for (const std::vector<Backend*>& backends : {std::vector{device.get()}, std::vector{device.get(), cpu.get()}}) {
      SCOPED_TRACE(how);
      const Pieces pieces = train_in_pieces(backends, with, cut(with, 7), 3);
      expect_same_results(pieces.results, reference);
      EXPECT_GT(pieces.stops, 2) << how;
    }
  }
}

TEST_P(Waves, TellWhatTheyDo) {
  const Experiment with = experiment({"initialization.require={settled_rank=2}"});
  const RunResults cpu = train(with);
  std::mutex mutex;
  Activity sum;
  double steps = 0.0;
  make_device_backend({})->train(with, cut(with, 16),
                                 {.deliver = [&](ReplicaResults&& block) { steps += block.trained_steps; },
                                  .note =
                                      [&](const Activity& activity) {
                                        const std::lock_guard lock(mutex);
                                        sum.replica_steps += activity.replica_steps;
                                        sum.change += activity.change;
                                      }});
  EXPECT_GE(sum.replica_steps, steps);  // the steps of starts that were thrown away are told, too
  EXPECT_EQ(sum.change.of_standing(0), 0);
  for (int outcome = 0; outcome < 4; ++outcome)
    EXPECT_EQ(sum.change.of_standing(1 + outcome),
              std::count(cpu[0].outcome.begin(), cpu[0].outcome.end(), static_cast<Outcome>(outcome)));
}

INSTANTIATE_TEST_SUITE_P(All, Waves, testing::Values("float32", "float64"));

}  // namespace
}  // namespace rankfall
