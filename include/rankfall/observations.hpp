#pragma once
// What of the target the loss sees: entries, or measurements of the whole.
#include <cstdint>
#include <vector>

namespace rankfall {

struct ObservedEntry {
  int row = 0;
  int column = 0;
  double weight = 1.0;  // > 0; the loss is c * sum weight * (W_ij - T_ij)^2
};

// gaussian: measurements <A_k, T>. Entries of A_k are independent normal of standard deviation 1 / sqrt(rows * columns), so that
// E <A_k, M>^2 is the mean square entry of M; of the symmetric model A_k is the symmetric part of such a matrix.
// chain: the diagonal and the entries right of it, a path through all rows and columns.
enum class ObservationPattern { random, full, diagonal, block_diagonal, given, gaussian, chain };

struct ObservationSpec {
  ObservationPattern pattern = ObservationPattern::full;
  std::int64_t count = 0;              // random: how many entries, without replacement; resolved from observed_fraction.
                                       // gaussian: how many measurements
  std::vector<int> blocks;             // block_diagonal: sizes of the square blocks, their sum is rows == columns
  std::vector<ObservedEntry> entries;  // given: from a file or listed, sorted by (row, column), no duplicates; what the phase
                                       // before observes included, where that is kept
  std::int64_t added = 0;              // random: so many of `count` are drawn, besides what the phase before observes; 0: all are

  bool draws() const { return pattern == ObservationPattern::random; }  // entries
  bool measures() const { return pattern == ObservationPattern::gaussian; }
};

}  // namespace rankfall
