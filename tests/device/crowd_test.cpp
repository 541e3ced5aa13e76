// What multilevel splitting stops and takes up again on a device has the CPU's bits.
#include "tests/backend/crowd.hpp"

#include "tests/device/support.hpp"

namespace rankfall {
namespace {

using namespace test;

class DeviceCrowd : public DeviceTest<std::string> {};

TEST_P(DeviceCrowd, HasTheBitsOfTheCpu) {
  const Experiment experiment = parse(falling, {"replicas=40", "phase.noise.steps=1000", "initialization.instances=" + GetParam()});
  const auto device = make_device_backend({});
  const auto own = in_two_legs<float>(*device, experiment);
  const auto cpu = in_two_legs<float>(*make_cpu_backend(1), experiment);
  ASSERT_EQ(own.size(), cpu.size());
  for (std::size_t r = 0; r < cpu.size(); ++r) {
    EXPECT_EQ(own[r].progress.steps, cpu[r].progress.steps);
    EXPECT_EQ(own[r].progress.ending, cpu[r].progress.ending);
    EXPECT_EQ(own[r].state.factors, cpu[r].state.factors);
    EXPECT_EQ(own[r].state.scale, cpu[r].state.scale);
    EXPECT_EQ(own[r].start_rank, cpu[r].start_rank);
  }
}

INSTANTIATE_TEST_SUITE_P(Starts, DeviceCrowd, testing::Values("shared", "per-replica"));

}  // namespace
}  // namespace rankfall
