#include "config/mask_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "config/effective_text.hpp"
#include "config/hash.hpp"
#include "config/limits.hpp"

namespace rankfall::config {
namespace {

std::optional<std::pair<int, int>> pair_of(const Node& node) {
  const List* pair = node.as<List>();
  if (pair == nullptr || pair->size() != 2) return {};
  const auto at = [&](std::size_t k) { return (*pair)[k].as<std::int64_t>(); };
  const auto fits = [](const std::int64_t* index) { return index != nullptr && *index >= 0 && *index < largest_dimension; };
  if (!fits(at(0)) || !fits(at(1))) return {};
  return std::pair(static_cast<int>(*at(0)), static_cast<int>(*at(1)));
}

}  // namespace

std::string mask_text(const Node& pairs) {
  const List* list = pairs.as<List>();
  std::vector<std::pair<int, int>> entries;
  int rows = 0, columns = 0;
  for (const Node& node : list != nullptr ? *list : List{}) {
    const auto entry = pair_of(node);
    if (!entry) return toml_value(pairs);
    entries.push_back(*entry);
    rows = std::max(rows, entry->first + 1);
    columns = std::max(columns, entry->second + 1);
  }
  if (entries.empty()) return toml_value(pairs);
  std::sort(entries.begin(), entries.end());
  constexpr int most = 8;
  if (rows > most || columns > most) {
    Hasher hasher;
    for (const auto& [row, column] : entries) hasher.text(fmt::format("{},{}", row, column));
    return fmt::format("{} entries {:016x}", entries.size(), hasher.value());
  }
  std::string text;
  for (int i = 0; i < rows; ++i) {
    if (i > 0) text += '|';
    for (int j = 0; j < columns; ++j) text += std::binary_search(entries.begin(), entries.end(), std::pair(i, j)) ? '1' : '0';
  }
  return rows > 1 ? text : text + '|';  // a single row would read like a number
}

}  // namespace rankfall::config
