#include "estimate/text_table.hpp"

#include <algorithm>
#include <cstddef>

namespace rankfall {
namespace {

std::string line_of(const std::vector<TextColumn>& columns, const std::vector<std::size_t>& widths,
                    const std::vector<std::string>& texts) {
  std::string line;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string padding(widths[i] - texts[i].size(), ' ');
    if (i > 0) line += "  ";
    line += columns[i].alignment == Alignment::right ? padding + texts[i] : texts[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

}  // namespace

std::string text_table(const std::vector<TextColumn>& columns, const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const TextColumn& column : columns) {
    titles.push_back(column.title);
    widths.push_back(column.title.size());
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < columns.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text = line_of(columns, widths, titles);
  for (const auto& row : rows) text += line_of(columns, widths, row);
  return text;
}

}  // namespace rankfall
