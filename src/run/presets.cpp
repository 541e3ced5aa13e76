#include "run/presets.hpp"

#include <algorithm>
#include <sstream>

#include "config/wording.hpp"
#include "rankfall/error.hpp"

namespace rankfall {

std::string Preset::description() const {
  std::string comment;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line) && line.rfind('#', 0) == 0;) {
    const std::size_t begin = line.find_first_not_of("# ");
    if (begin == std::string::npos) break;
    comment += (comment.empty() ? "" : " ") + line.substr(begin);
    if (comment.back() == '.') break;
  }
  const std::size_t end = comment.find(". ");
  return end == std::string::npos ? comment : comment.substr(0, end + 1);
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
