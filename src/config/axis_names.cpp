#include "config/axis_names.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <string_view>

#include "rankfall/replica.hpp"

namespace rankfall::config {
namespace {

// `start` is the axis of [compare] cold_start.
constexpr std::array<std::string_view, 15> own_names{
    "replica", "singular_value", "factor",     "event",      "probe", "singular_values", "factor_norms", "start",
    "rank",    "numerical_rank", "start_rank", "start_step", "steps", "outcome",         "tries"};

bool is_own(std::string_view name) {
  const auto same = [&](const ObservableText& observable) { return observable.name == name; };
  return std::find(own_names.begin(), own_names.end(), name) != own_names.end() || name.starts_with("event_") ||
         name.starts_with("trajectory_") || std::any_of(observables.begin(), observables.end(), same);
}

// The key's last part; of a number in a schedule of rates "ridge_from".
std::string last_part(const SweptKey& swept) {
  const bool nested = swept.path.size() == 4 && swept.path[0] == "phase" && (swept.path[2] == "learning_rate" || swept.path[2] == "ridge");
  return nested ? swept.path[2] + "_" + swept.path[3] : swept.path.back();
}

std::string joined_by_underscore(const std::vector<std::string>& names) {
  std::string result;
  for (const std::string& name : names) result += result.empty() ? name : "_" + name;
  return result;
}

}  // namespace

std::vector<Axis> name_axes(const std::vector<std::vector<SweptKey>>& groups) {
  std::map<std::string, int> uses;
  for (const auto& group : groups) {
    for (const SweptKey& swept : group) ++uses[last_part(swept)];
  }
  std::vector<Axis> axes;
  for (const auto& group : groups) {
    Axis axis;
    std::vector<std::string> last_parts;
    for (const SweptKey& swept : group) {
      const std::string last = last_part(swept);
      last_parts.push_back(last);
      axis.keys.push_back(swept.key);
      axis.coordinates.push_back(uses[last] > 1 || is_own(last) ? swept.key : last);
      axis.values.push_back(swept.shown);
    }
    axis.dimension = group.size() == 1 ? axis.coordinates.front() : joined_by_underscore(last_parts);
    if (std::any_of(group.begin(), group.end(), [](const SweptKey& swept) { return swept.is_label(); })) {
      axis.dimension = label_key;  // a key that is swept once
      axes.push_back(std::move(axis));
      continue;
    }
    const bool clashes = group.size() > 1 && (uses.contains(axis.dimension) || is_own(axis.dimension));
    if (clashes) axis.dimension = joined_by_underscore(axis.keys);
    ++uses[axis.dimension];
    axes.push_back(std::move(axis));
  }
  return axes;
}

}  // namespace rankfall::config
