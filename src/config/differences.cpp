#include <fmt/format.h>

#include <map>

#include "config/config.hpp"
#include "config/document.hpp"
#include "config/effective_text.hpp"
#include "config/node.hpp"

namespace rankfall {

namespace config {
namespace {

using Values = std::map<std::string, std::string>;

void flatten(const Node& node, const std::string& path, Values& values) {
  const auto below = [&](const std::string& key) { return path.empty() ? key : path + "." + key; };
  if (const Table* table = node.as<Table>()) {
    for (const Node& entry : table->entries) flatten(entry, below(entry.key), values);
    return;
  }
  if (const List* list = path == "phase" ? node.as<List>() : nullptr) {
    for (std::size_t k = 0; k < list->size(); ++k) flatten((*list)[k], below(phase_name((*list)[k], k)), values);
    return;
  }
  values[path] = toml_value(node);
}

Values values_of(const std::string& text) {
  Values values;
  flatten(parse_document(text, "experiment.toml"), "", values);
  return values;
}

// What may change between two runs into one directory.
bool decides_no_replica(const std::string& key) {
  return key == "name" || key == "replicas" || key.rfind("estimate.", 0) == 0 ||
         key.rfind("search.", 0) == 0;
}

std::string shortened(const std::string& value) {
  constexpr std::size_t most = 40;
  return value.size() <= most ? value : value.substr(0, most - 3) + "...";
}

}  // namespace
}  // namespace config

std::string differing_keys(const std::string& there, const std::string& here) {
  using namespace config;
  constexpr std::size_t shown = 5;
  Values old_values = values_of(there), new_values = values_of(here);
  Values all = old_values;
  all.insert(new_values.begin(), new_values.end());
  std::vector<std::string> found;
  const auto value = [](const Values& values, const std::string& key) {
    const auto entry = values.find(key);
    return entry == values.end() ? std::string("not set") : shortened(entry->second);
  };
  for (const auto& [key, ignored] : all) {
    const std::string old_value = value(old_values, key), new_value = value(new_values, key);
    if (decides_no_replica(key) || (old_values.count(key) == new_values.count(key) && old_values[key] == new_values[key])) continue;
    found.push_back(fmt::format("{} ({} there, {} here)", key, old_value, new_value));
  }
  if (found.empty()) return "the contents of its data files";
  const std::size_t count = found.size();
  if (count > shown) found.resize(shown);
  return fmt::format("{}{}", fmt::join(found, ", "), count > shown ? fmt::format(" and {} more", count - shown) : "");
}

}  // namespace rankfall
