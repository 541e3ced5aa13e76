// Which backend trains, and on which devices.
#include <fmt/format.h>

#include "backend/cpu_backend.hpp"
#include "device/device_backend.hpp"
#include "device/launch_plan.hpp"
#include "rankfall/error.hpp"
#include "run/run.hpp"

namespace rankfall {

std::vector<int> devices_of(const RunOptions& options, const Ranks& ranks) {
  const std::size_t there = survey_devices().usable.size();
  if (ranks.size() == 1 || options.backend == "cpu" || there == 0) return options.devices;
  const auto local = static_cast<std::size_t>(ranks.local_rank());
  if (options.devices.empty()) return {static_cast<int>(local % there)};
  return {options.devices[local % options.devices.size()]};
}

std::unique_ptr<Backend> make_backend(const std::string& name, int threads, const std::vector<int>& devices,
                                      const std::string& placement) {
  const auto placed = placement_of(placement);
  if (name != "cpu" && name != "auto" && name != "cuda")
    throw ConfigError({"--backend", fmt::format("unknown backend '{}'", name), "", "choose auto, cpu or cuda"});
  if (name == "cpu" && !devices.empty())
    throw ConfigError({"--devices", "the cpu backend has no devices", "", "leave it out, or use --backend cuda"});
  if (name == "cuda" || !devices.empty()) return make_device_backend(devices, placed);
  if (name == "auto" && !survey_devices().usable.empty()) return make_device_backend({}, placed);
  return make_cpu_backend(threads);
}

}  // namespace rankfall
