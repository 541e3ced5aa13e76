#pragma once
// Reads the keys of one table with their types and ranges. An unknown key is an error from the start, so nothing in a
// file is ever silently ignored.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/node.hpp"
#include "rankfall/error.hpp"

namespace rankfall::config {

struct NumberRule {
  bool (*holds)(double);
  std::string_view wanted;  // completes "it must be ..."
};

inline constexpr NumberRule any_number{[](double) { return true; }, "a finite number"};
inline constexpr NumberRule positive{[](double x) { return x > 0.0; }, "greater than 0"};
inline constexpr NumberRule not_negative{[](double x) { return x >= 0.0; }, "0 or greater"};
inline constexpr NumberRule fraction{[](double x) { return x > 0.0 && x <= 1.0; }, "greater than 0 and at most 1"};
inline constexpr NumberRule inside_unit{[](double x) { return x > 0.0 && x < 1.0; }, "between 0 and 1, both excluded"};
// Of a step of a gradient flow: less would be beneath the rounding of float64, more no error control.
inline constexpr NumberRule flow_tolerance{[](double x) { return x >= 1e-13 && x <= 1e-2; }, "from 1e-13 to 1e-2"};
inline constexpr NumberRule flow_tolerance_below_float64{
    [](double x) { return x >= 1e-13 && x <= 1e-2; },
    "from 1e-13 to 1e-2, or with precision = 'double-double' from 1e-28"};
inline constexpr NumberRule fine_flow_tolerance{[](double x) { return x >= 1e-28 && x <= 1e-2; }, "from 1e-28 to 1e-2"};

struct IntegerRange {
  std::int64_t low;
  std::int64_t high;
};

// A word a key may be, and what it stands for.
template <class Meaning>
struct Choice {
  std::string_view word;
  Meaning meaning;
};

class TableReader {
 public:
  // `table` may be null: then every key is absent, and what is missing is reported at `fallback`. `path` is how
  // messages call the table ("problem", "phase.noise.stop"; empty for the file itself).
  // Throws ConfigError if the node is no table or holds a key outside `known`.
  TableReader(const Node* table, std::string_view path, const Place& fallback, std::span<const std::string_view> known);

  // Null if absent.
  const Node* find(std::string_view key) const;

  // Each is absent if the key is; throws ConfigError on another type or a value out of range.
  std::optional<double> number(std::string_view key, const NumberRule& rule) const;
  std::optional<std::int64_t> integer(std::string_view key, IntegerRange range) const;
  // The same, but above the range the value is returned too: the caller says what it would cost.
  std::optional<std::int64_t> unbounded_integer(std::string_view key, IntegerRange range) const;
  std::optional<bool> boolean(std::string_view key) const;
  const std::string* string(std::string_view key) const;

  template <class Meaning>
  std::optional<Meaning> choice(std::string_view key, std::span<const Choice<Meaning>> choices) const {
    const std::string* word = string(key);
    if (word == nullptr) return std::nullopt;
    std::vector<std::string_view> words;
    for (const auto& candidate : choices) {
      if (candidate.word == *word) return candidate.meaning;
      words.push_back(candidate.word);
    }
    refuse_word(key, *word, words);
  }

  // An error at the key (where it is absent: at the table). `what` follows the key's full name.
  [[noreturn]] void refuse(std::string_view key, const std::string& what, const std::string& why,
                           const std::string& remedy) const;
  [[noreturn]] void miss(std::string_view key, const std::string& why, const std::string& remedy) const;
  // For keys that mean something only elsewhere: an error if `key` is given.
  void forbid(std::string_view key, std::string_view why, std::string_view remedy) const;

  std::string full_name(std::string_view key) const;  // "problem.rows"
  const Place& place(std::string_view key) const;
  std::string_view path() const { return path_; }

 private:
  [[noreturn]] void refuse_word(std::string_view key, const std::string& word,
                                std::span<const std::string_view> words) const;
  [[noreturn]] void refuse_integer(std::string_view key, std::int64_t value, IntegerRange range) const;
  [[noreturn]] void refuse_unknown(const Node& entry, std::span<const std::string_view> known) const;

  const Node* table_;
  std::string_view path_;
  const Place& fallback_;
};

// Values that are not a table's entry (elements of a list). `name` is how messages call them.
double number_of(const Node& node, std::string_view name);  // finite
std::int64_t integer_of(const Node& node, std::string_view name);
const std::string& string_of(const Node& node, std::string_view name);
const List& list_of(const Node& node, std::string_view name, std::string_view example);
[[noreturn]] void refuse_type(const Node& node, std::string_view name, std::string_view wanted,
                              std::string_view example);

}  // namespace rankfall::config
