#include "config/wording.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rankfall::config {

std::string in_quotes(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string result = "'";
  for (const char c : text.substr(0, longest)) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code == 0x7f) {
      result += fmt::format("\\x{:02x}", code);
    } else {
      result += c;
    }
  }
  return result + (text.size() > longest ? "...'" : "'");
}

namespace {

template <class Word>
std::string join_words(std::span<const Word> words) {
  std::string result;
  for (const Word& word : words) {
    if (!result.empty()) result += ", ";
    result += word;
  }
  return result;
}

template <class Word>
std::string find_nearest(std::string_view word, std::span<const Word> words) {
  const int allowed = std::max(1, static_cast<int>(word.size()) / 3);
  int best = allowed + 1;
  std::string_view nearest;
  for (const std::string_view candidate : words) {
    const int distance = edit_distance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  if (!nearest.empty() || word.size() < 4) return std::string(nearest);
  for (const std::string_view candidate : words) {
    const bool within = candidate.find(word) != candidate.npos || word.find(candidate) != word.npos;
    if (within && candidate.size() > nearest.size()) nearest = candidate;
  }
  return std::string(nearest);
}

}  // namespace

std::string size_text(double bytes) {
  if (bytes < 1e6) return fmt::format("{:.0f} kB", bytes / 1e3);
  if (bytes < 1e9) return fmt::format("{:.0f} MB", bytes / 1e6);
  if (bytes < 1e12) return fmt::format("{:.1f} GB", bytes / 1e9);
  if (bytes < 1e15) return fmt::format("{:.1f} TB", bytes / 1e12);
  if (bytes < 1e18) return fmt::format("{:.1f} PB", bytes / 1e15);
  return fmt::format("{:.3g} EB", bytes / 1e18);
}

std::string joined(std::span<const std::string> words) { return join_words(words); }
std::string joined(std::span<const std::string_view> words) { return join_words(words); }
std::string nearest_of(std::string_view word, std::span<const std::string> words) { return find_nearest(word, words); }
std::string nearest_of(std::string_view word, std::span<const std::string_view> words) {
  return find_nearest(word, words);
}

std::string described(const Node& node) {
  if (const bool* flag = node.as<bool>()) return *flag ? "the boolean true" : "the boolean false";
  if (const std::int64_t* integer = node.as<std::int64_t>()) return fmt::format("the integer {}", *integer);
  if (const double* number = node.as<double>()) return fmt::format("the number {}", *number);
  if (const std::string* string = node.as<std::string>()) return fmt::format("the string {}", in_quotes(*string));
  if (node.as<List>() != nullptr) return "a list";
  if (node.as<Table>() != nullptr) return "a table";
  return "a date or time";
}

std::string shortest(double value) { return fmt::format("{}", value == 0.0 ? 0.0 : value); }

int edit_distance(std::string_view from, std::string_view to) {
  std::vector<int> before(to.size() + 1), previous(to.size() + 1), current(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) previous[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= from.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const int substitution = previous[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, substitution});
      const bool swapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[to.size()];
}

}  // namespace rankfall::config
