#include <gtest/gtest.h>

#include "tests/device/support.hpp"
#include "tests/emulation/host_device.hpp"

namespace rankfall::test {

std::string prepare_device() {
  emulation::HostDevice::instance().reset();
  return "";
}
void expect_empty_device() { EXPECT_EQ(emulation::HostDevice::instance().memory_in_use, 0u); }

}  // namespace rankfall::test
