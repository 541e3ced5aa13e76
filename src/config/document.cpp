#include "config/document.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>

#include "config/wording.hpp"
#include "rankfall/error.hpp"

namespace rankfall::config {
namespace {

constexpr int deepest = 100;

[[noreturn]] void refuse_depth(const std::string& where) {
  throw ConfigError({where, "is nested too deeply", fmt::format("at most {} levels or dots in a row are read", deepest),
                     "no key has more than four parts"});
}

// A key of a hundred thousand parts is as many tables in each other for the parser, whose destructor calls itself for
// each: the stack would end. Values within values are limited by the parser itself.
void check_dots(const std::string& text, const std::string& origin, int line) {
  int dots = 0;
  for (const char c : text) {
    if (c == '\n') ++line;
    if (c == '\n' || c == ',') dots = 0;
    if (c == '.' && ++dots > deepest)
      refuse_depth(config::text(Place{std::make_shared<const std::string>(origin), line}));
  }
}

Node converted(const toml::node& source, const Place& outer, int depth);

Table converted_table(const toml::table& table, const Place& place, int depth) {
  std::vector<std::pair<toml::source_position, Node>> entries;
  for (const auto& [key, value] : table) {
    entries.emplace_back(key.source().begin, converted(value, place, depth + 1));
    entries.back().second.key = std::string(key.str());
  }
  // The parser sorts by name; sweep axes want the order of the file.
  std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Table result;
  result.style = table.is_inline() ? TableStyle::inline_braces : TableStyle::block;
  for (auto& entry : entries) result.entries.push_back(std::move(entry.second));
  return result;
}

// Turns the parser's tree into ours; a node without a position of its own takes that of what holds it.
Node converted(const toml::node& source, const Place& outer, int depth) {
  Node node;
  node.place = outer;
  const int line = static_cast<int>(source.source().begin.line);
  if (line > 0 && outer.layer == Layer::file) node.place.line = line;
  if (depth > deepest) refuse_depth(text(node.place));
  if (const auto* flag = source.as_boolean()) {
    node.value = flag->get();
  } else if (const auto* integer = source.as_integer()) {
    node.value = integer->get();
  } else if (const auto* number = source.as_floating_point()) {
    node.value = number->get();
  } else if (const auto* string = source.as_string()) {
    node.value = string->get();
  } else if (const auto* array = source.as_array()) {
    List list;
    for (const toml::node& element : *array) list.push_back(converted(element, node.place, depth + 1));
    node.value = std::move(list);
  } else if (const auto* table = source.as_table()) {
    node.value = converted_table(*table, node.place, depth);
  } else {
    node.value = Moment{};
  }
  return node;
}

// The single assignment that `text` must be, or nothing if it is not TOML.
std::optional<Assignment> parsed_assignment(const std::string& text, const Place& place) {
  check_dots(text, *place.origin, 0);
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
  Assignment assignment;
  const toml::node* node = &root;
  while (const toml::table* table = node->as_table()) {
    if (table->size() != 1 || (table != &root && table->is_inline())) break;
    assignment.path.emplace_back(table->begin()->first.str());
    node = &table->begin()->second;
  }
  if (assignment.path.empty()) return std::nullopt;
  assignment.value = converted(*node, place, 0);
  assignment.value.key = assignment.path.back();
  return assignment;
}

std::string trimmed(const std::string& text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return "";
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

[[noreturn]] void refuse_assignment(const std::string& where, const std::string& why) {
  throw ConfigError({where, "not of the form key=value", why,
                     "write for example --set phase.noise.steps=1000 or --set 'name=\"a b\"'"});
}

}  // namespace

Node parse_document(const std::string& text, const std::string& origin) {
  const Place place{std::make_shared<const std::string>(origin), 0, Layer::file};
  check_dots(text, origin, 1);
  try {
    Node root = converted(toml::parse(text), place, 0);
    root.place.line = 0;
    return root;
  } catch (const toml::parse_error& error) {
    std::string description(error.description());
    std::replace_if(
        description.begin(), description.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    throw ConfigError({fmt::format("{}:{}", origin, error.source().begin.line), "not valid TOML", description,
                       "correct this line (text goes in quotes)"});
  }
}

Assignment parse_assignment(const std::string& override_text) {
  std::string where = "--set " + override_text;
  std::replace_if(
      where.begin(), where.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  const Place place{std::make_shared<const std::string>(where), 0, Layer::command_line};
  const auto equals = override_text.find('=');
  if (equals == override_text.npos || override_text.find_first_of("\r\n") != override_text.npos) {
    refuse_assignment(where, equals == override_text.npos ? "there is no '='" : "it has a line break");
  }
  const std::string key = trimmed(override_text.substr(0, equals));
  const std::string value = trimmed(override_text.substr(equals + 1));
  if (auto assignment = parsed_assignment(key + " = " + value, place)) return *assignment;
  auto assignment = parsed_assignment(key + " = 0", place);
  if (!assignment) refuse_assignment(where, fmt::format("{} is not a key", in_quotes(key)));
  if (value.empty()) refuse_assignment(where, "there is no value");
  if (std::string_view("[{\"'").find(value.front()) != std::string_view::npos) {
    throw ConfigError({where, fmt::format("the value {} is not valid TOML", in_quotes(value)),
                       "it begins like a list, a table or a string but does not parse as one",
                       "check brackets, commas and quotes"});
  }
  assignment->value.value = value;
  return *assignment;
}

}  // namespace rankfall::config
