#pragma once
// The entries of patterns that need no random number.
#include <algorithm>
#include <vector>

#include "rankfall/observations.hpp"

namespace rankfall {

// Sorted by (row, column). Empty for random entries and for measurements.
inline std::vector<ObservedEntry> fixed_entries(const ObservationSpec& spec, int rows, int columns) {
  std::vector<ObservedEntry> entries;
  const auto add_block = [&](int first_row, int end_row, int first_column, int end_column) {
    for (int i = first_row; i < end_row; ++i)
      for (int j = first_column; j < end_column; ++j) entries.push_back({i, j, 1.0});
  };
  switch (spec.pattern) {
    case ObservationPattern::random:
    case ObservationPattern::gaussian:
      break;
    case ObservationPattern::given:
      return spec.entries;
    case ObservationPattern::full:
      add_block(0, rows, 0, columns);
      break;
    case ObservationPattern::diagonal:
      for (int i = 0; i < std::min(rows, columns); ++i) add_block(i, i + 1, i, i + 1);
      break;
    case ObservationPattern::chain:
      for (int i = 0; i < std::min(rows, columns); ++i) add_block(i, i + 1, i, std::min(i + 2, columns));
      break;
    case ObservationPattern::block_diagonal: {
      int begin = 0;
      for (const int size : spec.blocks) {
        add_block(begin, begin + size, begin, begin + size);
        begin += size;
      }
      break;
    }
  }
  return entries;
}

}  // namespace rankfall
