#include "config/overrides.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/document.hpp"
#include "config/reader.hpp"
#include "config/wording.hpp"

namespace rankfall::config {
namespace {

std::string dotted(const std::string& prefix, const std::string& key) {
  return prefix.empty() ? key : prefix + "." + key;
}

void flatten(const Table& table, const std::string& prefix, Table& flat) {
  for (const Node& entry : table.entries) {
    const std::string key = dotted(prefix, entry.key);
    const Table* nested = entry.as<Table>();
    if (nested != nullptr && nested->style == TableStyle::block) {
      flatten(*nested, key, flat);
      continue;
    }
    const auto same = [&](const Node& other) { return other.key == key; };
    if (std::any_of(flat.entries.begin(), flat.entries.end(), same)) {
      throw ConfigError({text(entry.place), fmt::format("{} is swept twice", in_quotes(key)),
                         "it is listed with and without quotes", "remove one of them"});
    }
    flat.entries.push_back(entry);
    flat.entries.back().key = key;
  }
}

}  // namespace

void flatten_sweep(Node& root) {
  Table* table = root.as<Table>();
  for (Node& entry : table->entries) {
    const Table* sweep = entry.key == "sweep" ? entry.as<Table>() : nullptr;
    if (sweep == nullptr) continue;
    Table flat;
    flatten(*sweep, "", flat);
    entry.value = std::move(flat);
  }
}

void apply_overrides(Node& root, const std::vector<std::string>& overrides) {
  for (const std::string& override_text : overrides) {
    Assignment assignment = parse_assignment(override_text);
    std::vector<std::string>& path = assignment.path;
    if (path.front() == "sweep" && path.size() > 2) {
      for (std::size_t i = 2; i < path.size(); ++i) path[1] += "." + path[i];
      path.resize(2);
    }
    Node& node = reach(root, path, assignment.value.place);
    assignment.value.key = path.back();
    if (path.front() == "phase" && path.size() == 2) assignment.value.key.clear();  // an element of the list of phases
    node = std::move(assignment.value);
  }
}

}  // namespace rankfall::config
