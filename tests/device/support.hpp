#pragma once
// Training with the host as the device.
#include <gtest/gtest.h>

#include "device/device_backend.hpp"
#include "device/launch_plan.hpp"
#include "tests/backend/support.hpp"

namespace rankfall::test {

// Makes the device ready for a test: the host's stand-in is set back to what it is at first. Empty if there is one, else
// why the test must be skipped.
std::string prepare_device();
// Nothing of a test may stay in the device's memory.
void expect_empty_device();

// A parameter each, on a device that is ready and left empty; skipped where there is none.
template <class Parameter>
class DeviceTest : public testing::TestWithParam<Parameter> {
 protected:
  void SetUp() override {
    if (const std::string reason = prepare_device(); !reason.empty()) GTEST_SKIP() << reason;
  }
  void TearDown() override { expect_empty_device(); }
};

inline RunResults train_on_device(const Experiment& experiment, const std::vector<WorkUnit>& units) {
  return train(*make_device_backend({}), experiment, units);
}
inline RunResults train_on_device(const Experiment& experiment) { return train_on_device(experiment, cut(experiment, 16)); }

// Equal in all that is stored, and in the numbers derived from it.
inline void expect_same_results(const RunResults& device, const RunResults& cpu) {
  EXPECT_EQ(results_checksum(device), results_checksum(cpu));
  ASSERT_EQ(device.size(), cpu.size());
  for (std::size_t c = 0; c < cpu.size(); ++c) {
    ASSERT_EQ(device[c].count, cpu[c].count);
    for (std::int64_t r = 0; r < cpu[c].count; ++r)
      EXPECT_EQ(bits_of(device[c], r), bits_of(cpu[c], r)) << "cell " << c << ", replica " << r;
  }
}

// In every placement outside of registers that this device has for it: device memory always, and one more.
inline void expect_same_in_every_placement(const Experiment& experiment) {
  const RunResults cpu = train(experiment);
  int held = 0;
  for (const auto placement : {kernels::Placement::thread, kernels::Placement::team, kernels::Placement::memory}) {
    try {
      const auto backend = make_device_backend({}, placement);
      expect_same_results(train(*backend, experiment, cut(experiment, 16)), cpu);
      ++held;
    } catch (const DeviceError&) {  // not compiled for this size, or too large for shared memory
      EXPECT_NE(placement, kernels::Placement::memory);
    }
  }
  EXPECT_GE(held, 2);
}

}  // namespace rankfall::test
