// Runs in double-double are left to the CPU, with its bits; nothing of them is on the device.
#include <gtest/gtest.h>

#include "tests/backend/double_double.hpp"
#include "tests/device/support.hpp"

namespace rankfall {
namespace {

using namespace test;

TEST(DeviceDoubleDouble, IsLeftToTheCpu) {
  if (const std::string reason = prepare_device(); !reason.empty()) GTEST_SKIP() << reason;
  const Experiment experiment = parse(descents);
  expect_same_results(train_on_device(experiment), train(experiment));
  EXPECT_NE(device_plan(experiment).find("trained on the CPU"), std::string::npos);
  expect_empty_device();
}

}  // namespace
}  // namespace rankfall
