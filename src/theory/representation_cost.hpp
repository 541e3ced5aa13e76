#pragma once
// The least sum of squares of all factors that fits what is observed: local solutions, without proof of being the
// least.
#include <cstddef>
#include <stop_token>
#include <vector>

#include "theory/completion.hpp"

namespace rankfall {

struct LocalCostOptions {
  int depth = 2;    // L >= 1
  int starts = 8;   // the completion of minimum nuclear norm, then fits of low rank and random ones
  int threads = 0;  // 0: one per core
  std::stop_token stop{};  // looked at between steps
};

// The minimum over W_L ... W_1 with the observed entries of sum_l ||W_l||_F^2 is that of L sum_i s_i(X)^(2/L) over
// completions X, hidden widths being at least min(rows, columns). For L >= 3 that is not convex: what is found is a
// local minimum, the best of several starts, hence an upper bound and no more.
struct LocalCost {
  double value = 0.0;                   // L sum s^(2/L) over all singular values but those that rounding may leave of zeros
  int starts = 0;                       // 1 where L <= 2: convex, all would end alike
  int reached = 0;                      // starts that ended within a millionth of the best
  std::vector<double> singular_values;  // of the best, descending

  int rank(double tolerance = 1e-4) const;  // singular values above it, relative to the largest
};

// One answer per problem; `minima` are the problems' completions of minimum nuclear norm (theory/completion.hpp).
// Iteratively reweighted least squares (Mohan & Fazel, JMLR 13, 2012; Daubechies et al. 2010) with smoothing that
// decreases to 1e-8 of the largest singular value, then steps to a completion without the directions below that, where
// there is one. An answer depends on its problem and the options alone. Throws Stopped (rankfall/error.hpp) if a stop is
// requested meanwhile.
std::vector<LocalCost> local_representation_costs(const std::vector<CompletionProblem>& problems,
                                                  const std::vector<const Completion*>& minima,
                                                  const LocalCostOptions& options);

}  // namespace rankfall
