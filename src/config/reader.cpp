#include "config/reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>

#include "config/wording.hpp"

namespace rankfall::config {

TableReader::TableReader(const Node* table, std::string_view path, const Place& fallback,
                         std::span<const std::string_view> known)
    : table_(table), path_(path), fallback_(fallback) {
  if (table == nullptr) return;
  const Table* entries = table->as<Table>();
  if (entries == nullptr) refuse_type(*table, path, "a table", "{ key = value }");
  for (const Node& entry : entries->entries) {
    if (std::find(known.begin(), known.end(), entry.key) == known.end()) refuse_unknown(entry, known);
  }
}

const Node* TableReader::find(std::string_view key) const { return config::find(table_, key); }

std::string TableReader::full_name(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

const Place& TableReader::place(std::string_view key) const {
  if (const Node* node = find(key)) return node->place;
  return table_ == nullptr ? fallback_ : table_->place;
}

std::optional<double> TableReader::number(std::string_view key, const NumberRule& rule) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const double value = number_of(*node, full_name(key));
  if (!rule.holds(value)) {
    refuse(key, fmt::format("= {} is out of range", value), fmt::format("it must be {}", rule.wanted),
           "change the value");
  }
  return value;
}

std::optional<std::int64_t> TableReader::integer(std::string_view key, IntegerRange range) const {
  const auto value = unbounded_integer(key, range);
  if (value && *value > range.high) refuse_integer(key, *value, range);
  return value;
}

std::optional<std::int64_t> TableReader::unbounded_integer(std::string_view key, IntegerRange range) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  const std::int64_t value = integer_of(*node, full_name(key));
  if (value < range.low) refuse_integer(key, value, range);
  return value;
}

std::optional<bool> TableReader::boolean(std::string_view key) const {
  const Node* node = find(key);
  if (node == nullptr) return std::nullopt;
  if (const bool* flag = node->as<bool>()) return *flag;
  refuse_type(*node, full_name(key), "a boolean", "true or false, without quotes");
}

const std::string* TableReader::string(std::string_view key) const {
  const Node* node = find(key);
  return node == nullptr ? nullptr : &string_of(*node, full_name(key));
}

void TableReader::refuse(std::string_view key, const std::string& what, const std::string& why,
                         const std::string& remedy) const {
  throw ConfigError({text(place(key)), fmt::format("{} {}", full_name(key), what), why, remedy});
}

void TableReader::miss(std::string_view key, const std::string& why, const std::string& remedy) const {
  throw ConfigError({text(place(key)), fmt::format("{} is missing", full_name(key)), why, remedy});
}

void TableReader::forbid(std::string_view key, std::string_view why, std::string_view remedy) const {
  if (find(key) == nullptr) return;
  refuse(key, "has no meaning here", std::string(why), std::string(remedy));
}

void TableReader::refuse_integer(std::string_view key, std::int64_t value, IntegerRange range) const {
  refuse(key, fmt::format("= {} is out of range", value),
         fmt::format("it must be an integer from {} to {}", range.low, range.high), "change the value");
}

void TableReader::refuse_word(std::string_view key, const std::string& word,
                              std::span<const std::string_view> words) const {
  const std::string nearest = nearest_of(word, words);
  refuse(key, fmt::format("= {} is unknown", in_quotes(word)),
         (words.size() == 1 ? "it must be " : "it must be one of ") + joined(words),
         nearest.empty() ? "choose one" : fmt::format("did you mean {}?", in_quotes(nearest)));
}

void TableReader::refuse_unknown(const Node& entry, std::span<const std::string_view> known) const {
  const std::string where = path_.empty() ? "at the top level" : fmt::format("in {}", path_);
  const std::string nearest = nearest_of(entry.key, known);
  throw ConfigError({text(entry.place), fmt::format("unknown key {} {}", in_quotes(entry.key), where),
                     "every key must be known",
                     nearest.empty() ? fmt::format("known keys are {}", joined(known))
                                     : fmt::format("did you mean {}?", in_quotes(nearest))});
}

double number_of(const Node& node, std::string_view name) {
  const auto* integer = node.as<std::int64_t>();
  const auto* number = node.as<double>();
  if (integer != nullptr) return static_cast<double>(*integer);
  if (number == nullptr) refuse_type(node, name, "a number", "one such as 0.1");
  if (!std::isfinite(*number)) {
    throw ConfigError({text(node.place), fmt::format("{} = {} is out of range", name, *number),
                       "it must be a finite number", "change the value"});
  }
  return *number;
}

std::int64_t integer_of(const Node& node, std::string_view name) {
  if (const auto* integer = node.as<std::int64_t>()) return *integer;
  const auto* number = node.as<double>();
  if (number == nullptr || !is_integral(*number)) refuse_type(node, name, "an integer", "a whole number such as 100");
  return static_cast<std::int64_t>(*number);
}

const std::string& string_of(const Node& node, std::string_view name) {
  const auto* string = node.as<std::string>();
  if (string == nullptr) refuse_type(node, name, "a string", "text in quotes");
  return *string;
}

const List& list_of(const Node& node, std::string_view name, std::string_view example) {
  const auto* list = node.as<List>();
  if (list == nullptr) refuse_type(node, name, "a list", example);
  return *list;
}

void refuse_type(const Node& node, std::string_view name, std::string_view wanted, std::string_view example) {
  throw ConfigError({text(node.place), fmt::format("{} is {}", name, described(node)),
                     fmt::format("{} is expected", wanted), fmt::format("write {}", example)});
}

}  // namespace rankfall::config
