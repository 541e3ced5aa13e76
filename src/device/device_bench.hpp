#pragma once
// `rankfall bench --backend cuda`: step rates of a device beside its own multiply-add peak.
#include "bench/report.hpp"

namespace rankfall {

struct DeviceBenchOptions {
  int device = 0;
  std::int64_t replicas = 0;   // at once; 0: four times what is resident on the chip
  int samples = 5;             // of each case; the median counts
  std::string placement = "auto";
};

// As run_bench, on a device. Before timing, the first 16 replicas are compared with the CPU's bits. Throws
// std::runtime_error if they differ, DeviceError where the device fails.
BenchReport run_device_bench(const BenchOptions& options, const DeviceBenchOptions& device, const Provenance& build,
                             const std::function<void(const std::string&)>& print);

}  // namespace rankfall
