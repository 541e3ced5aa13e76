#include "device/device.hpp"

#include <fmt/core.h>

#include "rankfall/error.hpp"

namespace rankfall {

void check(const kernels::Status& status, const std::string& device) {
  if (!status.call) return;
  const std::string remedy =
      status.out_of_memory
          ? "free memory on the device, or choose another with --devices; rankfall plan tells what a run needs"
          : "check the driver with nvidia-smi, or use --backend cpu";
  throw DeviceError({device, fmt::format("{} failed", status.call), status.reason, remedy});
}

Device::Device(int index) : name_(fmt::format("device {}", index)) {
  require(kernels::select_device(index));
  require(kernels::device_limits(index, limits_));
  name_ = fmt::format("device {} ({})", index, limits_.name);
  require(kernels::create_queue(queue_));
}

Device::~Device() {
  if (queue_) kernels::destroy_queue(queue_);
}

}  // namespace rankfall
