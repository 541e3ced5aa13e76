#include "config/sweep_values.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstdlib>

#include "config/limits.hpp"
#include "config/reader.hpp"
#include "config/schedule_section.hpp"
#include "config/sweep.hpp"
#include "config/wording.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 2> generators{"linspace", "logspace"};

double rounded(double value) { return std::strtod(fmt::format("{:.12g}", value).c_str(), nullptr); }

double between(double a, double b, double part, std::string_view generator) {
  return generator == "linspace" ? a + (b - a) * part : a * std::pow(b / a, part);
}

std::vector<Node> generated(const Node& entry) {
  const TableReader reader(&entry, entry.key, entry.place, generators);
  const Table& table = *entry.as<Table>();
  if (table.entries.size() != 1) {
    throw ConfigError({text(entry.place), fmt::format("the values of {} are not clear", in_quotes(entry.key)),
                       "a table of values has one key, linspace or logspace",
                       "write for example { logspace = [0.005, 0.02, 3] }"});
  }
  const Node& spec = table.entries.front();
  const List& list = list_of(spec, spec.key, "[first, last, count]");
  if (list.size() != 3) {
    throw ConfigError({text(spec.place),
                       fmt::format("{} of {} has {} elements", spec.key, in_quotes(entry.key), list.size()),
                       "it takes three: first, last, count", "write for example [0.005, 0.02, 3]"});
  }
  const double a = number_of(list[0], spec.key);
  const double b = number_of(list[1], spec.key);
  const std::int64_t count = integer_of(list[2], spec.key);
  if (count < 1 || count > most_cells) {
    throw ConfigError({text(spec.place),
                       fmt::format("{} of {} has a count of {}", spec.key, in_quotes(entry.key), count),
                       fmt::format("it must be from 1 to {}", most_cells), "change the count"});
  }
  if (spec.key == "logspace" && (a <= 0.0 || b <= 0.0)) {
    throw ConfigError({text(spec.place), fmt::format("logspace of {} runs from {} to {}", in_quotes(entry.key), a, b),
                       "both ends must be greater than 0", "change the ends, or use linspace"});
  }
  std::vector<Node> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const double part = count == 1 ? 0.0 : static_cast<double>(i) / static_cast<double>(count - 1);
    const double value = i == 0 ? a : i == count - 1 ? b : rounded(between(a, b, part, spec.key));
    values.push_back(Node{"", value, spec.place});
  }
  return values;
}

bool is_number(const Node& node) { return node.as<double>() != nullptr || node.as<std::int64_t>() != nullptr; }

std::string remedy_of_kinds(const Node& value, const Node& first, const std::string& key) {
  if (value.as<Table>() != nullptr || first.as<Table>() != nullptr)
    return "write numbers as { schedule = 'constant', value = 0.05 } beside schedules";
  if (holds_entries(key)) return "write all as patterns or files, or all as lists of entries";
  return "write all as numbers, or all as strings";
}

void check_value(const Node& value, const Node& first, const std::string& key) {
  const bool scalar = is_number(value) || value.as<bool>() != nullptr || value.as<std::string>() != nullptr;
  const bool listed = (value.as<List>() != nullptr && holds_entries(key)) || (value.as<Table>() != nullptr && holds_schedule(key));
  if (!scalar && !listed) {
    throw ConfigError({text(value.place), fmt::format("the values of {} hold {}", in_quotes(key), described(value)),
                       "only numbers, strings and booleans can be swept, lists of observed entries, and schedules of rates", "remove it"});
  }
  const bool alike = is_number(value) ? is_number(first) : value.value.index() == first.value.index();
  if (!alike) {
    throw ConfigError(
        {text(value.place),
         fmt::format("the values of {} hold {} and {}", in_quotes(key), described(first), described(value)),
         "the values of one key are all of one kind",
         remedy_of_kinds(value, first, key)});
  }
  const auto* integer = value.as<std::int64_t>();
  if (integer != nullptr && !is_integral(static_cast<double>(*integer))) {
    throw ConfigError({text(value.place), fmt::format("the values of {} hold {}", in_quotes(key), *integer),
                       "swept integers are exact only up to 2^53", "use a smaller one"});
  }
  if (is_number(value)) number_of(value, key);
}

}  // namespace

std::vector<Node> sweep_values(const Node& entry) {
  if (entry.as<Table>() != nullptr) return generated(entry);
  if (entry.as<List>() == nullptr) {
    refuse_type(entry, fmt::format("sweep of {}", in_quotes(entry.key)), "a list of values",
                "[0.1, 0.2] or { logspace = [0.005, 0.02, 3] }");
  }
  const List& list = *entry.as<List>();
  if (list.empty()) {
    throw ConfigError({text(entry.place), fmt::format("empty sweep: {} has no values", in_quotes(entry.key)),
                       "a grid without a value has no cells", "list at least one value, or remove the key"});
  }
  for (const Node& value : list) check_value(value, list.front(), entry.key);
  return list;
}

}  // namespace rankfall::config
