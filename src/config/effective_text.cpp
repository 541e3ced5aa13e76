#include "config/effective_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/limits.hpp"
#include "config/sweep.hpp"

namespace rankfall::config {
namespace {

std::string toml_string(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += '\\';
      result += c;
    } else if (code < 0x20 || code == 0x7f) {
      result += fmt::format("\\u{:04X}", code);
    } else {
      result += c;
    }
  }
  return result + '"';
}

std::string toml_key(const std::string& key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return bare ? key : toml_string(key);
}

std::string toml_number(double value) {
  const std::string text = fmt::format("{}", value);
  return text.find_first_of(".en") == text.npos ? text + ".0" : text;
}

bool is_swept(const Node& root, const std::string& key) { return find(find(&root, "sweep"), key) != nullptr; }

Node number_node(double value) {
  Node node;
  if (is_integral(value)) {
    node.value = static_cast<std::int64_t>(value);
  } else {
    node.value = value;
  }
  return node;
}

List rows_of(const Matrix& matrix) {
  List rows;
  for (int i = 0; i < matrix.rows; ++i) {
    List row;
    for (int j = 0; j < matrix.columns; ++j) row.push_back(number_node(matrix.entries[i * matrix.columns + j]));
    rows.push_back(Node{"", std::move(row), {}});
  }
  return rows;
}

List pairs_of(const std::vector<ObservedEntry>& entries) {
  List pairs;
  for (const ObservedEntry& entry : entries) {
    pairs.push_back(Node{"", List{number_node(entry.row), number_node(entry.column)}, {}});
  }
  return pairs;
}

// Pairs carry no weights, so only masks of 0 and 1 can be written as such.
void detach_mask(Node& node, const std::vector<ObservedEntry>& entries, const DataFiles& files) {
  const bool plain = std::all_of(entries.begin(), entries.end(), [](const auto& entry) { return entry.weight == 1.0; });
  if (plain && static_cast<std::int64_t>(entries.size()) <= most_inlined) {
    node.value = pairs_of(entries);
  } else {
    node.value = files.resolved(*node.as<std::string>());
  }
}

void detach_target(Node& node, const Matrix& target, const DataFiles& files) {
  if (static_cast<std::int64_t>(target.entries.size()) <= most_inlined) {
    node.value = rows_of(target);
  } else {
    node.value = files.resolved(*node.as<std::string>());
  }
}

// The string at path, if it names a data file and no sweep replaces it.
Node* file_at(Node& root, std::initializer_list<std::string> path, const std::string& key) {
  const std::vector<std::string> parts(path);
  Node* node = &root;
  for (const std::string& part : parts) {
    node = find(node, part);
    if (node == nullptr) return nullptr;
  }
  const std::string* string = node->as<std::string>();
  return string != nullptr && holds_path(key, *string) ? node : nullptr;
}

// Replaces every path by the matrix itself or by an absolute path.
void detach_files(Node& root, const Experiment& experiment, const DataFiles& files) {
  const Cell& cell = experiment.cells.front();
  const auto absolute = [&](Node* node) { node->value = files.resolved(*node->as<std::string>()); };
  if (Node* node = file_at(root, {"initialization", "file"}, "initialization.file")) absolute(node);
  if (Node* node = file_at(root, {"problem", "target"}, "problem.target")) {
    is_swept(root, "problem.target") ? absolute(node) : detach_target(*node, *cell.problem.target.matrix, files);
  }
  if (Node* node = file_at(root, {"problem", "observed"}, "problem.observed")) {
    is_swept(root, "problem.observed") ? absolute(node) : detach_mask(*node, cell.problem.observed.entries, files);
  }
  List& phases = *find(&root, "phase")->as<List>();
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const std::string path = fmt::format("phase.{}.", cell.phases[i].name), mask = path + "observed", target = path + "target";
    if (Node* node = file_at(phases[i], {"observed"}, mask)) {
      is_swept(root, mask) ? absolute(node) : detach_mask(*node, cell.phases[i].observed->entries, files);
    }
    if (Node* node = file_at(phases[i], {"target"}, target)) {
      is_swept(root, target) ? absolute(node) : detach_target(*node, *cell.phases[i].target->matrix, files);
    }
  }
  Node* sweep = find(&root, "sweep");
  if (sweep == nullptr) return;
  for (Node& entry : sweep->as<Table>()->entries) {
    if (entry.key == "zip" || entry.as<List>() == nullptr) continue;
    for (Node& value : *entry.as<List>()) {
      const std::string* string = value.as<std::string>();
      if (string != nullptr && holds_path(entry.key, *string)) absolute(&value);
    }
  }
}

void write_entries(const Table& table, std::string& text) {
  for (const Node& entry : table.entries) text += fmt::format("{} = {}\n", toml_key(entry.key), toml_value(entry));
}

void set_top(Node& root, const std::string& key, Node value) {
  Table& table = *root.as<Table>();
  value.key = key;
  const auto known =
      std::find_if(table.entries.begin(), table.entries.end(), [&](const Node& n) { return n.key == key; });
  if (known == table.entries.end()) {
    table.entries.insert(table.entries.begin(), std::move(value));
  } else {
    *known = std::move(value);
  }
}

}  // namespace

std::string toml_value(const Node& node) {
  if (const bool* flag = node.as<bool>()) return *flag ? "true" : "false";
  if (const auto* integer = node.as<std::int64_t>()) return fmt::format("{}", *integer);
  if (const double* number = node.as<double>()) return toml_number(*number);
  if (const std::string* string = node.as<std::string>()) return toml_string(*string);
  std::string text;
  if (const List* list = node.as<List>()) {
    for (const Node& element : *list) text += (text.empty() ? "" : ", ") + toml_value(element);
    return "[" + text + "]";
  }
  for (const Node& entry : node.as<Table>()->entries) {
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", toml_key(entry.key), toml_value(entry));
  }
  return "{ " + text + " }";
}

std::string effective_text(const Node& root, const Experiment& experiment, const DataFiles& files) {
  Node tree = root;
  detach_files(tree, experiment, files);
  set_top(tree, "seed", Node{"", static_cast<std::int64_t>(experiment.seed), {}});
  set_top(tree, "name", Node{"", experiment.name, {}});
  std::string top;
  std::string tables;
  for (const Node& entry : tree.as<Table>()->entries) {
    if (entry.key == "phase") {
      for (const Node& phase : *entry.as<List>()) {
        tables += "\n[[phase]]\n";
        write_entries(*phase.as<Table>(), tables);
      }
    } else if (const Table* table = entry.as<Table>()) {
      tables += fmt::format("\n[{}]\n", entry.key);
      write_entries(*table, tables);
    } else {
      top += fmt::format("{} = {}\n", toml_key(entry.key), toml_value(entry));
    }
  }
  return top + tables;
}

}  // namespace rankfall::config
