#include "config/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <set>

#include "config/axis_names.hpp"
#include "config/limits.hpp"
#include "config/mask_text.hpp"
#include "config/reader.hpp"
#include "config/schedule_section.hpp"
#include "config/sections.hpp"
#include "config/sweep_values.hpp"
#include "config/wording.hpp"

namespace rankfall::config {
namespace {

std::vector<std::string> split_path(const std::string& key) {
  std::vector<std::string> parts(1);
  for (const char c : key) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

void check_sweepable(const SweptKey& swept, const Node& root) {
  constexpr std::array<std::string_view, 8> whole_run{"name",    "seed",     "precision", "replicas",
                                                      "seeding", "estimate", "compare",   "search"};
  constexpr std::array<std::string_view, 6> tables{"problem", "model", "initialization", "objective", "phase", "probe"};
  const std::string& head = swept.path.front();
  if (swept.is_label()) return;
  if (std::find(whole_run.begin(), whole_run.end(), head) != whole_run.end()) {
    throw ConfigError({text(swept.place), fmt::format("{} cannot be swept", in_quotes(swept.key)),
                       "it holds for the whole run, not for a cell",
                       fmt::format("start one run per value with --set {}=...", swept.key)});
  }
  const bool known = std::find(tables.begin(), tables.end(), head) != tables.end();
  const bool complete = swept.path.size() >= (head == "phase" ? 3u : 2u);
  if (!known || !complete || std::count(swept.path.begin(), swept.path.end(), std::string()) > 0) {
    const std::vector<std::string> names = phase_names(root);
    throw ConfigError({text(swept.place), fmt::format("{} is no key that can be swept", in_quotes(swept.key)),
                       fmt::format("a swept key is a full path in one of {}", joined(tables)),
                       head == "phase" && !names.empty()
                           ? fmt::format("write phase.NAME.KEY, where NAME is one of {}", joined(names))
                           : "write for example \"objective.ridge\""});
  }
  if (head == "phase" && swept.path[2] == "name") {
    throw ConfigError({text(swept.place), fmt::format("{} cannot be swept", in_quotes(swept.key)),
                       "a name does not change the numbers", "remove it"});
  }
}

void describe_values(SweptKey& swept, DataFiles& files) {
  for (const Node& value : swept.values) {
    const std::string* string = value.as<std::string>();
    if (string != nullptr && holds_path(swept.key, *string)) {
      const std::string path = files.resolved(*string);
      swept.shown.emplace_back(path);
      swept.labels.push_back(std::filesystem::path(path).filename().string());
      swept.identities.push_back(fmt::format("content:{:016x}", files.content(*string, value.place)));
    } else if (const bool* flag = value.as<bool>(); string != nullptr || flag != nullptr) {
      swept.labels.push_back(string != nullptr ? *string : *flag ? "true" : "false");
      swept.shown.emplace_back(swept.labels.back());
      swept.identities.push_back(swept.labels.back());
    } else if (value.as<Table>() != nullptr) {
      swept.labels.push_back(schedule_text(value));
      swept.shown.emplace_back(swept.labels.back());
      swept.identities.push_back(schedule_identity(value));
    } else if (value.as<List>() != nullptr) {
      swept.labels.push_back(mask_text(value));
      swept.shown.emplace_back(swept.labels.back());
      swept.identities.push_back(swept.labels.back());
    } else {
      const double number = number_of(value, swept.key);
      swept.shown.emplace_back(number == 0.0 ? 0.0 : number);
      swept.labels.push_back(shortest(number));
      swept.identities.push_back(swept.labels.back());
    }
  }
}

// Texts, each once.
void check_labels(const SweptKey& labels) {
  std::set<std::string> seen;
  for (const Node& value : labels.values) {
    const std::string* name = value.as<std::string>();
    if (name == nullptr)
      throw ConfigError({text(value.place), "a 'label' is no text", "labels name the values of the keys that they are zipped with",
                         "put it into quotes"});
    if (!seen.insert(*name).second)
      throw ConfigError({text(value.place), fmt::format("the label {} is there twice", in_quotes(*name)),
                         "tables and figures would call two cells alike", "rename one of them"});
  }
}

SweptKey read_key(const Node& entry, const Node& root, DataFiles& files) {
  SweptKey swept;
  swept.key = entry.key;
  swept.path = split_path(entry.key);
  swept.place = entry.place;
  check_sweepable(swept, root);
  swept.values = sweep_values(entry);
  if (swept.is_label()) check_labels(swept);
  describe_values(swept, files);
  return swept;
}

// Values of one key would replace the table that the values of the other go into.
void check_apart(const std::vector<SweptKey>& keys) {
  for (const SweptKey& whole : keys)
    for (const SweptKey& part : keys)
      if (part.key.starts_with(whole.key + "."))
        throw ConfigError({text(part.place), fmt::format("{} and {} are both swept", in_quotes(whole.key), in_quotes(part.key)),
                           "one is a part of the other", "remove one of them"});
}

// Group number of every zipped key.
std::map<std::string, int> read_zip(const Node* zip, const std::vector<SweptKey>& keys) {
  std::map<std::string, int> groups;
  if (zip == nullptr) return groups;
  constexpr std::string_view example = "lists of keys such as [[\"model.depth\", \"initialization.scale\"]]";
  int group = 0;
  for (const Node& names : list_of(*zip, "sweep.zip", example)) {
    const SweptKey* first = nullptr;
    for (const Node& name : list_of(names, "sweep.zip", example)) {
      const std::string& key = string_of(name, "sweep.zip");
      const auto swept = std::find_if(keys.begin(), keys.end(), [&](const SweptKey& k) { return k.key == key; });
      if (swept == keys.end()) {
        throw ConfigError({text(name.place), fmt::format("zip names {}", in_quotes(key)), "it is not swept",
                           "list its values in [sweep] too"});
      }
      if (!groups.emplace(key, group).second) {
        throw ConfigError({text(name.place), fmt::format("zip names {} twice", in_quotes(key)),
                           "a key belongs to one axis", "remove one of them"});
      }
      if (first == nullptr) first = &*swept;
      if (swept->values.size() == first->values.size()) continue;
      throw ConfigError({text(name.place),
                         fmt::format("zip ties {} values of {} to {} of {}", swept->values.size(), in_quotes(key),
                                     first->values.size(), in_quotes(first->key)),
                         "zipped keys vary together", "give them equally many values"});
    }
    if (names.as<List>()->size() < 2) {
      throw ConfigError({text(names.place), "zip has a list of fewer than two keys", "zipped keys vary together",
                         "name at least two keys, or remove the list"});
    }
    ++group;
  }
  return groups;
}

void check_distinct(const std::vector<SweptKey>& group) {
  if (group.size() == 1 && group.front().is_label())
    throw ConfigError({text(group.front().place), "'label' names nothing", "it is zipped with no key",
                       "list it in zip with the keys that vary along it"});
  std::set<std::vector<std::string>> seen;
  const SweptKey& named = group.front().is_label() ? group[1] : group.front();
  for (std::size_t i = 0; i < group.front().values.size(); ++i) {
    std::vector<std::string> values;
    for (const SweptKey& swept : group)
      if (!swept.is_label()) values.push_back(swept.identities[i]);
    if (seen.insert(values).second) continue;
    throw ConfigError(
        {text(named.values[i].place),
         fmt::format("the sweep of {} has {} twice", in_quotes(named.key), named.labels[i]),
         "equal cells would be trained with equal random numbers", "remove one of them"});
  }
}

}  // namespace

bool holds_path(std::string_view key, const std::string& value) {
  const bool of_phase = key.starts_with("phase.");
  if (key == "problem.target" || (of_phase && key.ends_with(".target")) || key == "initialization.file") return true;
  return holds_entries(key) && !is_pattern(value);
}

bool holds_entries(std::string_view key) {
  return key == "problem.observed" || (key.starts_with("phase.") && key.ends_with(".observed"));
}

SweepPlan read_sweep(const Node& root, DataFiles& files) {
  SweepPlan plan;
  const Node* node = find(&root, "sweep");
  if (node == nullptr) return plan;
  if (node->as<Table>() == nullptr) refuse_type(*node, "sweep", "a table", "[sweep]");
  std::vector<SweptKey> keys;
  for (const Node& entry : node->as<Table>()->entries) {
    if (entry.key != "zip") keys.push_back(read_key(entry, root, files));
  }
  check_apart(keys);
  const std::map<std::string, int> zipped = read_zip(find(node, "zip"), keys);
  std::map<int, std::size_t> axis_of_group;
  for (SweptKey& key : keys) {
    const auto group = zipped.find(key.key);
    const auto known = group == zipped.end() ? axis_of_group.end() : axis_of_group.find(group->second);
    if (known != axis_of_group.end()) {
      plan.groups[known->second].push_back(std::move(key));
      continue;
    }
    if (group != zipped.end()) axis_of_group[group->second] = plan.groups.size();
    plan.groups.emplace_back().push_back(std::move(key));
  }
  for (const auto& group : plan.groups) {
    check_distinct(group);
    plan.cells *= static_cast<std::int64_t>(group.front().values.size());
    if (plan.cells <= most_cells) continue;
    throw ConfigError({text(node->place), "the sweep has too many cells",
                       fmt::format("at most {} are allowed", most_cells),
                       "list fewer values, or split the experiment"});
  }
  plan.axes = name_axes(plan.groups);
  return plan;
}

}  // namespace rankfall::config
