#include "run/presets.hpp"

#include <algorithm>

#include "config/wording.hpp"
#include "rankfall/error.hpp"

namespace rankfall {

std::string Preset::description() const {
  const std::string line = text.substr(0, text.find('\n'));
  const std::size_t begin = line.find_first_not_of("# ");
  return begin == std::string::npos ? "" : line.substr(begin);
}

const Preset& preset(const std::string& name) {
  const auto& all = presets();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Preset& p) { return p.name == name; });
  if (found != all.end()) return *found;
  std::vector<std::string> names;
  for (const Preset& each : all) names.push_back(each.name);
  const std::string nearest = config::nearest_of(name, names);
  throw ConfigError({"preset:" + name, "there is no such preset",
                     nearest.empty() ? "" : "did you mean '" + nearest + "'?", "`rankfall preset list` shows all"});
}

}  // namespace rankfall
