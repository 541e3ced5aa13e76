#include <fmt/format.h>

#include <array>
#include <cmath>
#include <filesystem>

#include "config/limits.hpp"
#include "config/sections.hpp"
#include "config/wording.hpp"
#include "rankfall/observed_entries.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<Choice<ObservationPattern>, 6> patterns{{{"random", ObservationPattern::random},
                                                              {"full", ObservationPattern::full},
                                                              {"diagonal", ObservationPattern::diagonal},
                                                              {"block-diagonal", ObservationPattern::block_diagonal},
                                                              {"chain", ObservationPattern::chain},
                                                              {"gaussian", ObservationPattern::gaussian}}};
constexpr std::array<std::string_view, 6> pattern_words{"random", "full", "diagonal", "block-diagonal", "chain", "gaussian"};

// A word that is no pattern names a file; if there is none, a slip in a pattern is the likelier cause.
std::vector<ObservedEntry> read_mask(const TableReader& reader, const std::string& path, int rows, int columns,
                                     DataFiles& files) {
  std::error_code error;  // an impossible name is no file either
  if (!std::filesystem::exists(files.resolved(path), error)) {
    const std::string nearest = nearest_of(path, pattern_words);
    reader.refuse("observed", fmt::format("= {} is neither a pattern nor a file", in_quotes(path)),
                  fmt::format("the patterns are {}", joined(pattern_words)),
                  nearest.empty() ? fmt::format("there is no {}", files.resolved(path))
                                  : fmt::format("did you mean {}?", in_quotes(nearest)));
  }
  return *files.mask_entries(path, rows, columns, reader.place("observed"));
}

ObservationPattern read_pattern(const TableReader& reader, int rows, int columns, DataFiles& files,
                                ObservationSpec& observed) {
  const Node* node = reader.find("observed");
  if (node == nullptr) {
    const bool sized = reader.find("observed_count") != nullptr || reader.find("observed_fraction") != nullptr;
    return sized ? ObservationPattern::random : ObservationPattern::block_diagonal;
  }
  if (const std::string* word = node->as<std::string>()) {
    for (const auto& pattern : patterns) {
      if (pattern.word == *word) return pattern.meaning;
    }
    observed.entries = read_mask(reader, *word, rows, columns, files);
  } else if (node->as<List>() != nullptr) {
    observed.entries = *files.listed_entries(*node, rows, columns, reader.full_name("observed"));
  } else {
    refuse_type(*node, reader.full_name("observed"), "a pattern, a path or a list of pairs",
                "\"random\" or [[0, 0], [1, 2]]");
  }
  return ObservationPattern::given;
}

std::int64_t read_count(const TableReader& reader, int rows, int columns) {
  const std::int64_t entries = std::int64_t{rows} * columns;
  const auto count = reader.integer("observed_count", {1, most_entries});
  const auto part = reader.number("observed_fraction", fraction);
  if (count.has_value() == part.has_value()) {
    if (count) reader.forbid("observed_fraction", "observed_count is given too", "remove one of them");
    reader.refuse("observed", "= 'random' needs a number of entries",
                  "neither observed_count nor observed_fraction is given",
                  "add observed_count = 12 or observed_fraction = 0.5");
  }
  if (count && *count > entries) {
    reader.refuse("observed_count", fmt::format("= {} is impossible", *count),
                  fmt::format("a {} x {} target has {} entries", rows, columns, entries), "lower it");
  }
  const std::int64_t resolved = count ? *count : std::llround(*part * static_cast<double>(entries));
  if (resolved < 1) {
    reader.refuse("observed_fraction", fmt::format("= {} leaves no entry", *part),
                  fmt::format("a {} x {} target has {} entries", rows, columns, entries), "raise it");
  }
  return resolved;
}

// How many measurement matrices, each as large as the target.
std::int64_t read_measurement_count(const TableReader& reader, int rows, int columns) {
  const std::int64_t entries = std::int64_t{rows} * columns, most = most_entries / entries;
  const auto count = reader.integer("observed_count", {1, most_entries});
  if (!count)
    reader.miss("observed_count", "observed = 'gaussian' needs a number of measurements", "add for example observed_count = 50");
  if (*count > most)
    reader.refuse("observed_count", fmt::format("= {} is too much", *count),
                  fmt::format("so many measurements of a {} x {} target would take {}; at most {} are allowed", rows, columns,
                              size_text(static_cast<double>(*count) * static_cast<double>(entries) * sizeof(double)), most),
                  "lower it");
  return *count;
}

std::vector<int> read_blocks(const TableReader& reader, int rows, int columns) {
  const Node* node = reader.find("blocks");
  if (node == nullptr)
    reader.miss("blocks", "observed = 'block-diagonal' needs the sizes of the blocks", "add blocks = [2, 3]");
  std::vector<int> blocks;
  std::int64_t sum = 0;
  for (const Node& block : list_of(*node, reader.full_name("blocks"), "a list such as [2, 3]")) {
    const std::int64_t size = integer_of(block, reader.full_name("blocks"));
    if (size < 1 || size > largest_dimension) {
      reader.refuse("blocks", fmt::format("holds {}", size), "the size of a block is 1 or greater",
                    "correct the sizes");
    }
    blocks.push_back(static_cast<int>(size));
    sum += size;
  }
  if (rows != columns || sum != rows) {
    reader.refuse(
        "blocks", fmt::format("sum to {}", sum),
        fmt::format("the blocks tile the diagonal of the {} x {} target, which must be square", rows, columns),
        "make the sizes sum to rows = columns");
  }
  return blocks;
}

void forbid_companions(const TableReader& reader, ObservationPattern pattern) {
  if (pattern == ObservationPattern::gaussian) {
    reader.forbid("observed_fraction", "measurements are of all entries at once, not a share of them",
                  "set observed_count instead");
  } else if (pattern != ObservationPattern::random) {
    for (const std::string_view key : {"observed_count", "observed_fraction"}) {
      reader.forbid(key, "the observed entries are not random", "remove it, or set observed = 'random'");
    }
  }
  if (pattern != ObservationPattern::block_diagonal) {
    reader.forbid("blocks", "the observed entries are not block-diagonal",
                  "remove it, or set observed = 'block-diagonal'");
  }
}

}  // namespace

bool is_pattern(std::string_view word) {
  return std::find(pattern_words.begin(), pattern_words.end(), word) != pattern_words.end();
}

std::optional<ObservationSpec> read_observations(const TableReader& reader, int rows, int columns, DataFiles& files) {
  bool any = false;
  for (const std::string_view key : {"observed", "observed_count", "observed_fraction", "blocks"}) {
    any = any || reader.find(key) != nullptr;
  }
  if (!any) return std::nullopt;
  ObservationSpec observed;
  observed.pattern = read_pattern(reader, rows, columns, files, observed);
  forbid_companions(reader, observed.pattern);
  if (observed.pattern == ObservationPattern::random) observed.count = read_count(reader, rows, columns);
  if (observed.measures()) observed.count = read_measurement_count(reader, rows, columns);
  if (observed.pattern == ObservationPattern::block_diagonal) observed.blocks = read_blocks(reader, rows, columns);
  return observed;
}

std::int64_t observed_entries(const ObservationSpec& observed, const ProblemSpec& problem) {
  if (observed.draws() || observed.measures()) return observed.count;
  if (observed.pattern == ObservationPattern::full) return std::int64_t{problem.rows} * problem.columns;
  return static_cast<std::int64_t>(fixed_entries(observed, problem.rows, problem.columns).size());
}

}  // namespace rankfall::config
