#pragma once
// Norms of dense matrices from above, whatever rounding did: what a certificate rests on.
#include <vector>

#include "theory/completion.hpp"

namespace rankfall {

// At least the spectral norm of a rows x columns matrix (row-major).
double spectral_norm_bound(int rows, int columns, const std::vector<double>& matrix);

// At least the nuclear norm, and the singular values it was found from, descending.
struct NuclearNormBound {
  double upper = 0.0;
  std::vector<double> singular_values;
};
NuclearNormBound nuclear_norm_bound(int rows, int columns, const std::vector<double>& matrix);

// At most the minimum of ||X||_* over completions: <Y, T> / ||Y||_2 for the matrix Y that has the entries `dual` where
// T is observed and zeros elsewhere; zero if that is more. (Duality of nuclear and spectral norm: Fazel 2002.)
double dual_bound(const CompletionProblem& problem, const std::vector<double>& dual);

}  // namespace rankfall
