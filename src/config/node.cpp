#include "config/node.hpp"

#include <fmt/format.h>

#include <cmath>

#include "config/wording.hpp"
#include "rankfall/error.hpp"

namespace rankfall::config {

std::string text(const Place& place) {
  return place.line > 0 ? fmt::format("{}:{}", *place.origin, place.line) : *place.origin;
}

const Node* find(const Node* table, std::string_view key) {
  const Table* entries = table == nullptr ? nullptr : table->as<Table>();
  if (entries == nullptr) return nullptr;
  for (const Node& entry : entries->entries) {
    if (entry.key == key) return &entry;
  }
  return nullptr;
}

Node* find(Node* table, std::string_view key) { return const_cast<Node*>(find(static_cast<const Node*>(table), key)); }

std::string phase_name(const Node& phase, std::size_t position) {
  const Node* name = find(&phase, "name");
  const std::string* given = name == nullptr ? nullptr : name->as<std::string>();
  return given != nullptr ? *given : fmt::format("phase{}", position + 1);
}

std::vector<std::string> phase_names(const Node& root) {
  std::vector<std::string> names;
  const Node* phases = find(&root, "phase");
  if (phases == nullptr || phases->as<List>() == nullptr) return names;
  for (const Node& phase : *phases->as<List>()) names.push_back(phase_name(phase, names.size()));
  return names;
}

namespace {

Node& reach_phase(Node& phases, const std::string& name, std::span<const std::string> names, const Place& place) {
  List& list = *phases.as<List>();
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (names[i] == name) return list[i];
  }
  const std::string nearest = nearest_of(name, names);
  throw ConfigError({text(place), fmt::format("no phase is named {}", in_quotes(name)),
                     "a phase is addressed as phase.NAME.KEY",
                     names.empty()     ? "add a [[phase]]"
                     : nearest.empty() ? fmt::format("the phases are {}", joined(names))
                                       : fmt::format("did you mean {}?", in_quotes(nearest))});
}

Node& reach_entry(Node& table, const std::string& key, const Place& place) {
  Table* entries = table.as<Table>();
  if (entries == nullptr) {
    throw ConfigError({text(place), fmt::format("there is no key {} in {}", in_quotes(key), described(table)),
                       fmt::format("{} is not a table", table.key.empty() ? "a phase" : in_quotes(table.key)),
                       "check the path of the key"});
  }
  for (Node& entry : entries->entries) {
    if (entry.key == key) return entry;
  }
  return entries->entries.emplace_back(Node{key, Table{}, place});
}

}  // namespace

Node& reach(Node& root, std::span<const std::string> path, const Place& place) {
  const std::vector<std::string> names = phase_names(root);
  Node* node = &root;
  for (std::size_t i = 0; i < path.size(); ++i) {
    const bool in_phases = i == 1 && path[0] == "phase";
    if (in_phases && node->as<Table>() != nullptr) *node = Node{"phase", List{}, place};  // it was not there
    node = in_phases && node->as<List>() != nullptr ? &reach_phase(*node, path[1], names, place)
                                                    : &reach_entry(*node, path[i], place);
  }
  return *node;
}

bool is_integral(double value) { return std::trunc(value) == value && std::abs(value) < 9007199254740992.0; }

}  // namespace rankfall::config
