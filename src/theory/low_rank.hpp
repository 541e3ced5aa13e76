#pragma once
// What observed entries say of the least rank of a completion, and whether the target is the only one of that rank.
#include <span>
#include <vector>

#include "rankfall/observations.hpp"

namespace rankfall {

struct LeastRank {
  int rank = 0;         // of the target
  bool proven = false;  // some block of observed entries has it: no completion has less
  bool unique = false;  // proven, and every hidden entry follows from the observed ones: the target alone completes to that rank
};

// Of a target (dense, rows x columns, row-major) of which `entries` are seen. With r its rank: where r rows R are known on columns
// C, on which they have rank r, and row i is known on enough of C for these still to have rank r, row i is a combination of the
// rows R on all of C, in every completion of rank r; what is known grows until nothing follows any more (the closure of Kiraly,
// Theran & Tomioka, JMLR 2015). Sufficient, not necessary: `unique` false says that this argument does not show it. Ranks count
// singular values above 1e-9 of the target's largest. Sets R are tried one by one; of more than most_row_sets nothing is said.
inline constexpr double most_row_sets = 5000.0;
LeastRank least_rank(int rows, int columns, std::span<const ObservedEntry> entries, const std::vector<double>& target);

}  // namespace rankfall
