#include "config/csv.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include "config/limits.hpp"
#include "config/wording.hpp"
#include "rankfall/error.hpp"

namespace rankfall::config {
namespace {

constexpr std::string_view blanks = " \t\r";
constexpr std::size_t longest_line = 4 << 20;  // bytes: the most columns with 64 characters each

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

// Out of a double's range: too large, or (1e-400) too small.
[[noreturn]] void refuse_magnitude(std::string_view field, int column, const Cursor& cursor) {
  const bool small = std::abs(std::strtod(std::string(field).c_str(), nullptr)) < 1.0;
  cursor.refuse(fmt::format("column {} is {}", column, in_quotes(field)),
                small ? "it is smaller than any double" : "every entry must be finite",
                small ? "write 0" : "replace it; entries that are unknown belong out of the observed set");
}

double parsed(std::string_view field, int column, const Cursor& cursor) {
  if (field.empty()) {
    cursor.refuse(fmt::format("column {} is empty", column), "every entry must be a number",
                  "fill it in, or remove the extra separator");
  }
  std::string_view digits = field;
  if (digits.size() > 1 && digits[0] == '+' && digits[1] != '-') digits.remove_prefix(1);
  double value = 0.0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool out_of_range = error == std::errc::result_out_of_range;
  if ((!out_of_range && error != std::errc()) || end != digits.data() + digits.size()) {
    cursor.refuse(fmt::format("column {} is {}", column, in_quotes(field)), "every entry must be a number",
                  "correct it; a header line must start with #");
  }
  if (out_of_range || !std::isfinite(value)) refuse_magnitude(field, column, cursor);
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

// The next line without its end; false at the end of the file. A file without line breaks (of any size) is refused
// before it is held in memory.
bool next_line(std::istream& stream, std::string& line, Cursor& cursor) {
  std::array<char, 8192> piece{};
  line.clear();
  ++cursor.line;
  for (bool whole = false; !whole;) {
    stream.getline(piece.data(), piece.size());
    if (stream.bad()) cursor.refuse("cannot be read to its end", "the disk reports an error", "check the disk");
    const auto taken = static_cast<std::size_t>(stream.gcount());
    if (stream.fail() && taken == 0) return false;
    whole = !stream.fail();
    line.append(piece.data(), whole && !stream.eof() ? taken - 1 : taken);
    if (!whole) stream.clear();  // the piece was full
    if (line.size() > longest_line) {
      cursor.refuse("the line is too long", fmt::format("at most {} bytes are read", longest_line),
                    "write one row of the matrix a line");
    }
  }
  return true;
}

// What programs put at the beginning of a text file.
std::string_view without_mark(std::string_view line, const Cursor& cursor) {
  if (line.starts_with("\xff\xfe") || line.starts_with("\xfe\xff")) {
    cursor.refuse("the file is UTF-16", "only plain text (ASCII or UTF-8) is read", "save it as UTF-8");
  }
  if (line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  return line;
}

}  // namespace

Matrix read_csv(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  Cursor cursor{path};
  Matrix matrix;
  char separator = '\0';
  for (std::string line; next_line(stream, line, cursor);) {
    std::string_view row = line;
    if (cursor.line == 1) row = without_mark(row, cursor);
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
