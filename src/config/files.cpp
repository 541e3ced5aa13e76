#include "config/files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>

#include "config/hash.hpp"
#include "config/limits.hpp"
#include "config/matrix_file.hpp"
#include "config/reader.hpp"
#include "config/wording.hpp"
#include "rankfall/error.hpp"

namespace rankfall::config {
namespace {

// A message about a data file also says who asked for it.
template <class Read>
auto read_for(const Place& place, Read read) {
  try {
    return read();
  } catch (const ConfigError& error) {
    throw ConfigError({"", error.what(), "", fmt::format("asked for at {}", text(place))});
  }
}

std::vector<ObservedEntry> entries_of(const Matrix& mask, const std::string& path) {
  std::vector<ObservedEntry> entries;
  for (int i = 0; i < mask.rows; ++i) {
    for (int j = 0; j < mask.columns; ++j) {
      const double weight = mask.entries[static_cast<std::size_t>(i) * static_cast<std::size_t>(mask.columns) +
                                         static_cast<std::size_t>(j)];
      if (weight < 0.0) {
        throw ConfigError({path, fmt::format("entry ({}, {}) is {}", i, j, weight),
                           "weights of observed entries are positive, 0 means not observed", "correct the entry"});
      }
      if (weight > 0.0) entries.push_back({i, j, weight});
    }
  }
  if (entries.empty()) {
    throw ConfigError({path, "no entry is observed", "every weight is 0", "set at least one entry to 1"});
  }
  return entries;
}

ObservedEntry listed_entry(const Node& pair, int rows, int columns, std::string_view name) {
  const List& indices = list_of(pair, name, "a list of pairs such as [[0, 0], [1, 2]]");
  if (indices.size() != 2) {
    throw ConfigError({text(pair.place), fmt::format("{} holds a list of {} numbers", name, indices.size()),
                       "an observed entry is a pair [row, column], counted from 0", "write for example [1, 2]"});
  }
  const std::int64_t i = integer_of(indices[0], name);
  const std::int64_t j = integer_of(indices[1], name);
  if (i < 0 || i >= rows || j < 0 || j >= columns) {
    throw ConfigError({text(pair.place), fmt::format("{} holds [{}, {}]", name, i, j),
                       fmt::format("the target has rows 0 to {} and columns 0 to {}", rows - 1, columns - 1),
                       "count from 0"});
  }
  return {static_cast<int>(i), static_cast<int>(j), 1.0};
}

}  // namespace

std::string DataFiles::resolved(const std::string& path) const {
  const std::filesystem::path base =
      directory_.empty() ? std::filesystem::path(".") : std::filesystem::path(directory_);
  return std::filesystem::absolute(base / path).lexically_normal().string();
}

std::shared_ptr<const Matrix> DataFiles::matrix(const std::string& path, const std::string& variable,
                                                const Place& place) {
  auto& known = matrices_[{path, variable}];
  if (!known) known = read_for(place, [&] { return read_matrix(resolved(path), variable); });
  return known;
}

std::vector<std::shared_ptr<const Matrix>> DataFiles::factors(const std::string& path, int count, const Place& place) {
  auto& known = factors_[{path, count}];
  if (known.empty()) known = read_for(place, [&] { return read_factors(resolved(path), count); });
  return known;
}

std::uint64_t DataFiles::content(const std::string& path, const Place& place) {
  const auto known = contents_.find(path);
  if (known != contents_.end()) return known->second;
  std::error_code error;
  std::ifstream stream(resolved(path), std::ios::binary);
  if (!stream || std::filesystem::is_directory(resolved(path), error)) {
    throw ConfigError({text(place), fmt::format("{} cannot be read", in_quotes(resolved(path))),
                       "there is no such file", "check the path"});
  }
  Hasher hasher;
  std::array<char, 65536> block{};
  while (stream.read(block.data(), block.size()) || stream.gcount() > 0) {
    hasher.bytes({block.data(), static_cast<std::size_t>(stream.gcount())});
  }
  return contents_[path] = hasher.value();
}

std::shared_ptr<const Matrix> DataFiles::inline_matrix(const Node& rows, std::string_view name) {
  auto& known = inline_[&rows];
  if (known) return known;
  constexpr std::string_view example = "rows such as [[1, 0], [0, 1]]";
  const List& list = list_of(rows, name, example);
  Matrix matrix;
  for (const Node& row : list) {
    const List& entries = list_of(row, name, example);
    if (matrix.rows == 0) matrix.columns = static_cast<int>(entries.size());
    if (entries.empty() || static_cast<int>(entries.size()) != matrix.columns) {
      throw ConfigError({text(row.place),
                         fmt::format("row {} of {} has {} entries, the first one has {}", matrix.rows, name,
                                     entries.size(), matrix.columns),
                         "all rows of a matrix are equally long, and none is empty", "complete the row"});
    }
    for (const Node& entry : entries) matrix.entries.push_back(number_of(entry, name));
    ++matrix.rows;
  }
  if (matrix.rows == 0) {
    throw ConfigError({text(rows.place), fmt::format("{} is an empty list", name), "a matrix has at least one row",
                       fmt::format("write {}", example)});
  }
  known = std::make_shared<const Matrix>(std::move(matrix));
  return known;
}

DataFiles::Entries DataFiles::mask_entries(const std::string& path, int rows, int columns, const Place& place) {
  const auto mask = matrix(path, "observed", place);
  if (mask->rows != rows || mask->columns != columns) {
    throw ConfigError({text(place), fmt::format("{} is {} x {}", in_quotes(path), mask->rows, mask->columns),
                       fmt::format("the target is {} x {}", rows, columns),
                       "give a weight, 0 or more, for every entry of the target"});
  }
  auto& known = masks_[path];
  if (!known) {
    known = std::make_shared<const std::vector<ObservedEntry>>(
        read_for(place, [&] { return entries_of(*mask, resolved(path)); }));
  }
  return known;
}

DataFiles::Entries DataFiles::listed_entries(const Node& pairs, int rows, int columns, std::string_view name) {
  auto& known = lists_[{&pairs, {rows, columns}}];
  if (known) return known;
  std::vector<std::pair<ObservedEntry, const Node*>> entries;
  for (const Node& pair : list_of(pairs, name, "a list of pairs such as [[0, 0], [1, 2]]")) {
    entries.emplace_back(listed_entry(pair, rows, columns, name), &pair);
  }
  if (entries.empty()) {
    throw ConfigError({text(pairs.place), fmt::format("{} is an empty list", name), "no entry would be observed",
                       "list at least one pair [row, column]"});
  }
  const auto position = [](const auto& entry) { return std::pair(entry.first.row, entry.first.column); };
  std::stable_sort(entries.begin(), entries.end(),
                   [&](const auto& a, const auto& b) { return position(a) < position(b); });
  std::vector<ObservedEntry> sorted;
  for (std::size_t k = 0; k < entries.size(); ++k) {
    if (k > 0 && position(entries[k]) == position(entries[k - 1])) {
      throw ConfigError({text(entries[k].second->place),
                         fmt::format("{} holds [{}, {}] twice", name, entries[k].first.row, entries[k].first.column),
                         "each entry is observed once", "remove one of them"});
    }
    sorted.push_back(entries[k].first);
  }
  known = std::make_shared<const std::vector<ObservedEntry>>(std::move(sorted));
  return known;
}

void DataFiles::forget_list(const Node& pairs) {
  std::erase_if(lists_, [&](const auto& known) { return known.first.first == &pairs; });
}

}  // namespace rankfall::config
