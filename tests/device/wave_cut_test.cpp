// How waves are cut, what they take, and what is said where there is no room or no device.
#include <gtest/gtest.h>

#include "device/waves.hpp"
#include "tests/device/wave_experiment.hpp"
#include "tests/emulation/host_device.hpp"

namespace rankfall {
namespace {

using namespace test;
using emulation::HostDevice;

class WaveCut : public DeviceTest<std::string> {
 protected:
  Experiment experiment(const Overrides& overrides = {}) const { return wave_experiment(GetParam(), overrides); }
};

TEST_P(WaveCut, RefuseARequirementThatNoStartMeets) {
  const Experiment with = experiment({"initialization.require={settled_rank=4}", "initialization.maximum_tries=3"});
  EXPECT_THROW(train_on_device(with), ConfigError);
  EXPECT_EQ(HostDevice::instance().memory_in_use, 0u);
}

TEST_P(WaveCut, DoNotChangeNumbersByTheirCut) {
  const Experiment with = experiment({"probe.classify_at_end=numerical", "sweep.\"objective.ridge\"=[0.01, 0.02, 0.03]"});
  const RunResults cpu = train(with);
  HostDevice& device = HostDevice::instance();
  device.devices = 3;
  const auto whole = cut_waves(with, cut(with, 8), 1e12, 1 << 20);
  EXPECT_EQ(whole.size(), 1u);
  const double bytes = wave_bytes_per_replica(with, with.cells[0]);
  EXPECT_EQ(cut_waves(with, cut(with, 8), 8.5 * bytes, 1 << 20).size(), 15u);  // of 15 units
  EXPECT_EQ(cut_waves(with, cut(with, 8), 23.5 * bytes, 1 << 20).size(), 8u);  // two units, and problems of two cells
  EXPECT_EQ(cut_waves(with, cut(with, 8), 1e12, 24).size(), 5u);
  EXPECT_EQ(cut_waves(with, cut(with, 8), 1.0, 1).size(), 15u);               // never less than a unit
  device.limits.free_memory = static_cast<std::size_t>(60.0 * bytes);         // several waves on each of three devices
  expect_same_results(train_on_device(with), cpu);
}

// What a plan says a replica takes is what a wave allocates for each.
TEST_P(WaveCut, TakeTheMemoryThatIsPlanned) {
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

// Measurement matrices that a cell's replicas share come once with each wave that has units of the cell.
TEST_P(WaveCut, CountWhatReplicasShare) {
  const auto waves_of = [&](const std::string& count) {
    const Experiment with = experiment({"problem.observed=gaussian", "problem.observed_count=" + count,
                                        "phase.noise.sampling=uniform", "sweep.\"objective.ridge\"=[0.01, 0.02]"});
    const double bytes = wave_bytes_per_replica(with, with.cells[0]);
    return cut_waves(with, cut(with, 8), 1e4 * bytes, 1 << 20).size();
  };
  EXPECT_EQ(waves_of("4"), 1u);
  EXPECT_EQ(waves_of("30000"), 2u);  // not two cells' matrices at once
}

TEST_P(WaveCut, ThatDoNotFitSayWhatToDo) {
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

INSTANTIATE_TEST_SUITE_P(All, WaveCut, testing::Values("float32", "float64"));

}  // namespace
}  // namespace rankfall
