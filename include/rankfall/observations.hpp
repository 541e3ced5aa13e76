#pragma once
// Which entries of the target the loss sees.
#include <cstdint>
#include <vector>

namespace rankfall {

struct ObservedEntry {
  int row = 0;
  int column = 0;
  double weight = 1.0;  // > 0; the loss is c * sum weight * (W_ij - T_ij)^2
};

enum class ObservationPattern { random, full, diagonal, block_diagonal, given };

struct ObservationSpec {
  ObservationPattern pattern = ObservationPattern::full;
  std::int64_t count = 0;              // random: how many entries, without replacement; resolved from observed_fraction
  std::vector<int> blocks;             // block_diagonal: sizes of the square blocks, their sum is rows == columns
  std::vector<ObservedEntry> entries;  // given: from a file or listed, sorted by (row, column), no duplicates
};

}  // namespace rankfall
