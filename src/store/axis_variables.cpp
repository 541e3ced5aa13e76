// Names of the sweep's axes in results.nc.
#include <algorithm>
#include <cctype>
#include <set>

#include "store/results_schema.hpp"

namespace rankfall {
namespace {

// netCDF forbids '/', control characters and odd beginnings; blanks would split the attribute `coordinates`.
std::string as_name(std::string key) {
  const auto is_plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-' || c == '+';
  };
  std::replace_if(
      key.begin(), key.end(), [&](char c) { return !is_plain(c); }, '_');
  return key.empty() || std::isalnum(static_cast<unsigned char>(key[0])) == 0 ? "_" + key : key;
}

std::set<std::string> result_names() {
  std::set<std::string> names{"replica",       "singular_value", "factor",           "probe", "event", "cell",
                              "replicas_done", "event_cell",     "trajectory_length", "solution", "plateau_event", "plateau_cell",
                              "phase",         "mask",           "row",              "column", "observed_mask"};
  const auto note = [&](const Field& field) { names.insert(field.name); };
  visit_replica_fields(note);
  visit_trajectory_fields(note);
  visit_event_fields([&](const Field& field, auto) { note(field); });
  visit_plateau_fields([&](const Field& field, auto) { note(field); });
  visit_graph_fields([&](const Field& field, auto) { note(field); });
  return names;
}

}  // namespace

std::vector<AxisNames> axis_names(const std::vector<Axis>& axes) {
  std::set<std::string> taken = result_names();
  const auto take = [&](const std::string& wanted, const std::string& otherwise) {
    std::string name = as_name(taken.count(as_name(wanted)) != 0 ? otherwise : wanted);
    while (taken.count(name) != 0) name += "_";
    taken.insert(name);
    return name;
  };
  std::vector<AxisNames> names;
  for (const Axis& axis : axes) {
    AxisNames& these = names.emplace_back();
    std::string all_keys;
    for (std::size_t k = 0; k < axis.keys.size(); ++k) {
      these.coordinates.push_back(take(axis.coordinates[k], axis.keys[k]));
      if (axis.coordinates[k] == axis.dimension) these.dimension = these.coordinates[k];
      all_keys += (k == 0 ? "" : "+") + axis.keys[k];
    }
    if (these.dimension.empty()) these.dimension = take(axis.dimension, all_keys);
  }
  return names;
}

}  // namespace rankfall
