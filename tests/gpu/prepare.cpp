#include <gtest/gtest.h>

#include "tests/device/support.hpp"

namespace rankfall::test {

std::string prepare_device() { return survey_devices().trouble; }
void expect_empty_device() {}  // other programs use the device, too: compute-sanitizer looks for leaks

}  // namespace rankfall::test
