// Events and monitored factors: what the device notes itself has the bits of the CPU, and what it leaves to it, too.
#include <gtest/gtest.h>

#include "tests/device/wave_experiment.hpp"

namespace rankfall {
namespace {

using namespace test;

TEST(DeviceMonitor, IsLeftToTheCpu) {
  if (const std::string reason = prepare_device(); !reason.empty()) GTEST_SKIP() << reason;
  for (const char* precision : {"float32", "float64"}) {
    const Experiment experiment = wave_experiment(
        precision, {"probe.monitor={imbalance=0.6,singular_value=0.55,factor_norm=1.9}", "probe.trajectory=true"});
    const RunResults cpu = train(experiment), device = train_on_device(experiment);
    expect_same_results(device, cpu);
    for (std::int64_t r = 0; r < cpu[0].count; ++r) EXPECT_EQ(trajectory_bits(device[0], r), trajectory_bits(cpu[0], r));
    expect_empty_device();
  }
}

// The errors that events tell are noted on the device itself.
TEST(DeviceEvents, KnowTheErrorsThatTheCpuNotes) {
  if (const std::string reason = prepare_device(); !reason.empty()) GTEST_SKIP() << reason;
  for (const char* precision : {"float32", "float64"}) {
    const Experiment experiment = wave_experiment(precision);
    const RunResults cpu = train(experiment), device = train_on_device(experiment);
    ASSERT_GT(cpu[0].events.size(), 10u);
    for (const RankEvent& event : cpu[0].events) EXPECT_GT(event.error_before, 0.0);
    EXPECT_EQ(event_error_bits(device[0]), event_error_bits(cpu[0]));
    expect_empty_device();
  }
}

// A phase without a lazy scale, after one that left some: its first probe reads the true factors.
TEST(DeviceEvents, AreReadFromTrueFactors) {
  if (const std::string reason = prepare_device(); !reason.empty()) GTEST_SKIP() << reason;
  for (const char* precision : {"float32", "float64"}) {
    const Experiment experiment = wave_experiment(
        precision, {"phase.noise.optimizer=momentum", "phase.noise.learning_rate=0.05", "probe.trajectory=true"});
    const RunResults cpu = train(experiment), device = train_on_device(experiment);
    expect_same_results(device, cpu);
    EXPECT_EQ(event_error_bits(device[0]), event_error_bits(cpu[0]));
    for (std::int64_t r = 0; r < cpu[0].count; ++r) EXPECT_EQ(trajectory_bits(device[0], r), trajectory_bits(cpu[0], r));
    expect_empty_device();
  }
}

}  // namespace
}  // namespace rankfall
