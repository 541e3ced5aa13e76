#include "config/csv.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <fstream>
#include <string_view>

#include "config/limits.hpp"
#include "config/wording.hpp"
#include "rankfall/error.hpp"

namespace rankfall::config {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

char separator_of(std::string_view row) {
  for (const char candidate : std::string_view(";,\t")) {
    if (row.find(candidate) != row.npos) return candidate;
  }
  return ' ';
}

// Cuts the first field off `row`; a blank separator may be repeated, any other may not.
std::string_view next_field(std::string_view& row, char separator) {
  const auto end = row.find_first_of(separator == ' ' ? blanks : std::string_view(&separator, 1));
  const std::string_view field = row.substr(0, end);
  if (end == row.npos) {
    row = std::string_view();
  } else {
    row.remove_prefix(end + 1);
    if (separator == ' ') row.remove_prefix(std::min(row.find_first_not_of(blanks), row.size()));
  }
  return trimmed(field);
}

struct Cursor {
  const std::string& path;
  int line = 0;

  [[noreturn]] void refuse(const std::string& what, const std::string& why, const std::string& remedy) const {
    throw ConfigError({line > 0 ? fmt::format("{}:{}", path, line) : path, what, why, remedy});
  }
};

double parsed(std::string_view field, int column, const Cursor& cursor) {
  if (field.empty()) {
    cursor.refuse(fmt::format("column {} is empty", column), "every entry must be a number",
                  "fill it in, or remove the extra separator");
  }
  std::string_view digits = field;
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool too_large = error == std::errc::result_out_of_range;
  if (!too_large && (error != std::errc() || end != digits.data() + digits.size())) {
    cursor.refuse(fmt::format("column {} is {}", column, in_quotes(field)), "every entry must be a number",
                  "correct it; a header line must start with #");
  }
  if (too_large || !std::isfinite(value)) {
    cursor.refuse(fmt::format("column {} is {}", column, in_quotes(field)), "every entry must be finite",
                  "replace it; entries that are unknown belong out of the observed set");
  }
  return value;
}

void append_row(std::string_view row, Matrix& matrix, const Cursor& cursor, char separator) {
  int columns = 0;
  bool more = true;
  while (more) {
    more = row.find_first_of(separator == ' ' ? blanks : std::string_view(&separator, 1)) != row.npos;
    matrix.entries.push_back(parsed(next_field(row, separator), columns + 1, cursor));
    ++columns;
    if (columns > largest_dimension || static_cast<std::int64_t>(matrix.entries.size()) > most_entries) {
      cursor.refuse("the matrix is too large",
                    fmt::format("at most {} columns and {} entries are read", largest_dimension, most_entries),
                    "use a smaller matrix");
    }
  }
  if (matrix.rows == 0) matrix.columns = columns;
  if (columns != matrix.columns) {
    cursor.refuse(fmt::format("the row has {} columns, the first one has {}", columns, matrix.columns),
                  "all rows of a matrix are equally long", "complete the row");
  }
  if (++matrix.rows > largest_dimension) {
    cursor.refuse("the matrix is too large", fmt::format("at most {} rows are read", largest_dimension),
                  "use a smaller matrix");
  }
}

}  // namespace

Matrix read_csv(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  Cursor cursor{path};
  Matrix matrix;
  char separator = '\0';
  for (std::string line; std::getline(stream, line);) {
    ++cursor.line;
    std::string_view row = line;
    if (cursor.line == 1 && row.starts_with("\xef\xbb\xbf")) row.remove_prefix(3);  // a byte order mark
    row = trimmed(row.substr(0, row.find('#')));
    if (row.empty()) continue;
    if (separator == '\0') separator = separator_of(row);
    append_row(row, matrix, cursor, separator);
  }
  if (matrix.rows == 0) {
    cursor.line = 0;
    cursor.refuse("no matrix in this file", "it has no row of numbers", "write one row a line, separated by commas");
  }
  return matrix;
}

}  // namespace rankfall::config
