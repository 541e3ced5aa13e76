// In builds without CUDA, too: a wrong word is refused everywhere.
#include <fmt/core.h>

#include "device/launch_plan.hpp"
#include "rankfall/error.hpp"

namespace rankfall {

std::optional<kernels::Placement> placement_of(const std::string& word) {
  constexpr const char* words[] = {"thread", "team", "memory", "registers"};  // in the order of Placement
  if (word == "auto") return std::nullopt;
  for (int p = 0; p < kernels::placements; ++p)
    if (word == words[p]) return static_cast<kernels::Placement>(p);
  throw ConfigError({"--placement", fmt::format("unknown placement '{}'", word), "",
                     "choose auto, registers, thread, team or memory"});
}

}  // namespace rankfall
