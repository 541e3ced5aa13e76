// `rankfall bench --backend cuda` with the host as the device: the same checksums as the CPU's bench.
#include <gtest/gtest.h>

#include "device/device_bench.hpp"
#include "tests/device/support.hpp"

namespace rankfall {
namespace {

TEST(DeviceBench, HasTheCpusChecksum) {
  if (const std::string reason = test::prepare_device(); !reason.empty()) GTEST_SKIP() << reason;
  std::vector<std::string> lines;
  const auto keep = [&](const std::string& line) { lines.push_back(line); };
  const BenchReport device = run_device_bench({"S", ""}, {0, 20, 1}, {}, keep);
  ASSERT_EQ(device.rows.size(), 12u);
  EXPECT_NE(device.device.find("device 0 ("), std::string::npos);
  for (const BenchResult& row : device.rows) {
    EXPECT_EQ(row.replicas, 20);
    EXPECT_GT(row.replica_steps_per_second, 0.0);
    EXPECT_FALSE(row.kernel.empty());
  }
  const BenchReport cpu = run_bench({"S", ""}, {}, [](const std::string&) {});
  EXPECT_EQ(device.checksum, cpu.checksum);
  EXPECT_EQ(lines.size(), 15u);
  test::expect_empty_device();
}

TEST(DeviceBench, RefusesWhatIsNotThere) {
  if (const std::string reason = test::prepare_device(); !reason.empty()) GTEST_SKIP() << reason;
  const auto ignore = [](const std::string&) {};
  EXPECT_THROW(run_device_bench({"XL", ""}, {}, {}, ignore), ConfigError);
  EXPECT_THROW(run_device_bench({"S", ""}, {99, 0, 1}, {}, ignore), DeviceError);
}

}  // namespace
}  // namespace rankfall
