#pragma once
// What rank a trained minimum has, and its factors without what is not of that rank.
#include "theory/ridged_objective.hpp"

namespace rankfall {

// The number of modes of factors close to a critical point, ridge > 0, depth > 2. At one, a mode with singular value s of
// every factor obeys 2 ridge s = (u^T (-dC/dW) v) s^(L-1), so that s^(L-2) >= 2 ridge / ||dC/dW||; what descent has not yet
// brought to 0 is below half of that. `factors`: W_1 .. W_L of `model`, row-major, one after another.
int critical_rank(const RidgedProblem& problem, const Factorization& model, const dense::Numbers& factors, double ridge);

// The factors in bases of what the first `rank` modes reach of each hidden space: a point of RidgedObjective, rank > 0.
dense::Numbers without_other_modes(const Factorization& model, const dense::Numbers& factors, int rank);

}  // namespace rankfall
