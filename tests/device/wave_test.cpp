// What a wave decides and keeps: ranks by quench, traces, starts drawn again, divergence, shared starts, and how it is cut.
#include <gtest/gtest.h>

#include "device/waves.hpp"
#include "tests/device/support.hpp"
#include "tests/kernels/same_bits.hpp"

namespace rankfall {
namespace {

using namespace test;
using emulation::HostDevice;

const std::string text = R"(
seed = 9
replicas = 40
[problem]
rows = 4
rank = 2
observed_count = 10
[model]
depth = 3
[initialization]
scale = 0.6
[objective]
ridge = 0.01
[[phase]]
name = 'settle'
learning_rate = 0.05
steps = 60
stop = { plateau = 0.02, gradient_norm = 0.1 }
[[phase]]
name = 'noise'
optimizer = 'sgd'
learning_rate = 0.12
steps = 90
stop = { rank_at_most = 1 }
[probe]
every = 10
rank_tolerance = 0.1
quench = { steps = 3000 }
)";

class Waves : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { HostDevice::instance().reset(); }
  Experiment experiment(Overrides overrides = {}) const {
    overrides.push_back("precision=" + GetParam());
    return parse(text, overrides);
  }
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
  const Experiment with = experiment({"probe.trajectory=true", "probe.classify_at_end=numerical"});
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
}

TEST_P(Waves, DrawUnsettledStartsAgain) {
  const Experiment with = experiment({"initialization.require={settled_rank=2}", "probe.classify_at_end=numerical"});
  const RunResults cpu = train(with);
  expect_same_results(train_on_device(with), cpu);
  EXPECT_GT(*std::max_element(cpu[0].tries.begin(), cpu[0].tries.end()), 1);
}

TEST_P(Waves, RefuseARequirementThatNoStartMeets) {
  const Experiment with = experiment({"initialization.require={settled_rank=4}", "initialization.maximum_tries=3"});
  EXPECT_THROW(train_on_device(with), ConfigError);
  EXPECT_EQ(HostDevice::instance().memory_in_use, 0u);
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
  make_device_backend({})->train(with, cut(with, 16), [&](ReplicaResults&& block) { blocks.push_back(std::move(block)); }, {});
  expect_same_results(train_on_device(with), train(with));
  double device = 0.0, cpu = 0.0;
  for (const ReplicaResults& block : blocks) device += block.trained_steps;
  make_cpu_backend(1)->train(with, cut(with, 16), [&](ReplicaResults&& block) { cpu += block.trained_steps; }, {});
  EXPECT_EQ(device, cpu);
}

TEST_P(Waves, DoNotChangeNumbersByTheirCut) {
  const Experiment with = experiment({"probe.classify_at_end=numerical", "sweep.\"objective.ridge\"=[0.01, 0.02, 0.03]"});
  const RunResults cpu = train(with);
  HostDevice& device = HostDevice::instance();
  device.devices = 3;
  const auto whole = cut_waves(with, cut(with, 8), 1e12, 1 << 20);
  EXPECT_EQ(whole.size(), 1u);
  const double bytes = wave_bytes_per_replica(with, with.cells[0]);
  EXPECT_EQ(cut_waves(with, cut(with, 8), 8.5 * bytes, 1 << 20).size(), 15u);  // of 15 units
  EXPECT_EQ(cut_waves(with, cut(with, 8), 17.0 * bytes, 1 << 20).size(), 8u);
  EXPECT_EQ(cut_waves(with, cut(with, 8), 1e12, 24).size(), 5u);
  EXPECT_EQ(cut_waves(with, cut(with, 8), 1.0, 1).size(), 15u);               // never less than a unit
  device.limits.free_memory = static_cast<std::size_t>(60.0 * bytes);         // several waves on each of three devices
  expect_same_results(train_on_device(with), cpu);
}

TEST_P(Waves, OfUnlikeModelsAreTrainedApart) {
  const Experiment with = experiment({"probe.classify_at_end=numerical", "sweep.\"model.depth\"=[2, 3, 4]",
                                      "sweep.\"phase.noise.batch_size\"=[1, 2]"});
  EXPECT_EQ(cut_waves(with, cut(with, 16), 1e12, 1 << 20).size(), 6u);
  expect_same_results(train_on_device(with), train(with));
}

// What a plan says a replica takes is what a wave allocates for each.
TEST_P(Waves, TakeTheMemoryThatIsPlanned) {
  const auto peak = [&](int replicas) {
    HostDevice::instance().reset();
    const Experiment with = experiment({"probe.classify_at_end=numerical", "phase.noise.sampling=shuffled",
                                        "replicas=" + std::to_string(replicas)});
    train_on_device(with, cut(with, replicas));
    return static_cast<double>(HostDevice::instance().peak_memory);
  };
  const Experiment with = experiment({"phase.noise.sampling=shuffled"});
  const double planned = wave_bytes_per_replica(with, with.cells[0]);
  EXPECT_NEAR((peak(300) - peak(100)) / 200.0, planned, 0.01 * planned);
}

TEST_P(Waves, ThatDoNotFitSayWhatToDo) {
  HostDevice::instance().most_memory = 100000;
  const Experiment with = experiment();
  try {
    train_on_device(with);
    FAIL() << "no complaint";
  } catch (const DeviceError& error) {
    const std::string line = error.what();
    EXPECT_NE(line.find("device 0 (the host): allocate failed; out of memory; free memory"), std::string::npos) << line;
  }
  EXPECT_EQ(HostDevice::instance().memory_in_use, 0u);
}

TEST_P(Waves, EndEarlyWhenAskedTo) {
  std::stop_source stop;
  stop.request_stop();
  int delivered = 0;
  make_device_backend({})->train(experiment(), cut(experiment(), 8), [&](ReplicaResults&&) { ++delivered; }, stop.get_token());
  EXPECT_EQ(delivered, 0);
}

INSTANTIATE_TEST_SUITE_P(All, Waves, testing::Values("float32", "float64"));

TEST(Devices, ThatAreNotThereAreRefused) {
  HostDevice& device = HostDevice::instance();
  device.reset();
  EXPECT_THROW(make_device_backend({1}), DeviceError);
  EXPECT_THROW(make_device_backend({-1}), DeviceError);
  EXPECT_NO_THROW(make_device_backend({0}));
  device.devices = 0;
  EXPECT_EQ(survey_devices().trouble, "no device");
  EXPECT_THROW(make_device_backend({}), DeviceError);
  device.reset();
  device.limits.major = 7;
  device.limits.minor = 0;
  EXPECT_NE(survey_devices().trouble.find("7.5 is needed"), std::string::npos);
  EXPECT_THROW(make_device_backend({}), DeviceError);
  device.reset();
}

}  // namespace
}  // namespace rankfall
