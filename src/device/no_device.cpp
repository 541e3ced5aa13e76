// A build without a CUDA toolkit.
#include "device/device_backend.hpp"
#include "device/device_bench.hpp"
#include "device/launch_plan.hpp"
#include "rankfall/error.hpp"

namespace rankfall {

namespace {
constexpr const char* reason = "this build has no CUDA backend: no CUDA toolkit was found when it was made";
}

DeviceSurvey survey_devices() { return {{}, reason}; }

std::unique_ptr<Backend> make_device_backend(const std::vector<int>&, std::optional<kernels::Placement>) {
  throw DeviceError({"--backend cuda", "no GPU can be used", reason, "build where nvcc is, or use --backend cpu"});
}

BenchReport run_device_bench(const BenchOptions&, const DeviceBenchOptions&, const Provenance&,
                             const std::function<void(const std::string&)>&) {
  make_device_backend({});
  return {};
}

std::string device_plan(const Experiment&) { return reason; }

}  // namespace rankfall
