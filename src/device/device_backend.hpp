#pragma once
// Trains on one or several devices: CUDA's in the program, the host's stand-in in tests.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernels/launch.hpp"
#include "rankfall/backend.hpp"

namespace rankfall {

// Which devices work, by number; none named: all. `placement` overrides the cost rule for training loops (launch_plan.hpp).
// Throws DeviceError if there is no such device, or none at all.
std::unique_ptr<Backend> make_device_backend(const std::vector<int>& devices,
                                             std::optional<kernels::Placement> placement = std::nullopt);

// A line for each device, or why there is none that can be used: for `rankfall backends` and --backend auto.
struct DeviceSurvey {
  std::vector<std::string> usable;  // descriptions
  std::string trouble;              // empty if one can be used
};
DeviceSurvey survey_devices();

// What training an experiment takes on a device: for `rankfall plan`. One line per kind of wave.
std::string device_plan(const Experiment& experiment);

}  // namespace rankfall
