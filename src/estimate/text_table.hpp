#pragma once
// Aligned columns of plain text.
#include <string>
#include <vector>

namespace rankfall {

enum class Alignment { left, right };

struct TextColumn {
  std::string title;
  Alignment alignment = Alignment::right;
};

// Title line, then one line per row, columns two spaces apart and as wide as their longest text; no trailing blanks.
// Every row has one text (ASCII) per column.
std::string text_table(const std::vector<TextColumn>& columns, const std::vector<std::vector<std::string>>& rows);

}  // namespace rankfall
