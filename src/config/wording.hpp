#pragma once
// Small helpers for messages of one line.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/node.hpp"

namespace rankfall::config {

// 'text', with control characters escaped and long text cut, so that a message stays one line.
std::string in_quotes(std::string_view text);

// "a, b, c"
std::string joined(std::span<const std::string> words);
std::string joined(std::span<const std::string_view> words);

// "the string 'five'", "the integer 5", "a list", ...
std::string described(const Node& node);

// The shortest text that reads back as the same double; an integral value has no decimal point.
std::string shortest(double value);

// "202 kB", "1.5 GB", "168.0 TB": decimal units, for messages.
std::string size_text(double bytes);

// The word most like `word` (a slip of the fingers, or one within the other); empty if none is near.
std::string nearest_of(std::string_view word, std::span<const std::string> words);
std::string nearest_of(std::string_view word, std::span<const std::string_view> words);

// Fewest insertions, deletions, substitutions and swaps of neighbours that turn one into the other, each place edited
// at most once (optimal string alignment).
int edit_distance(std::string_view from, std::string_view to);

}  // namespace rankfall::config
