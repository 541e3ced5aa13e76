#pragma once
// A minimum of the regularised objective followed in its ridge: up to the fold where it meets a saddle of the same rank, and
// down again on the saddle's side. Pseudo-arclength continuation (Keller 1977).
#include <optional>
#include <vector>

#include "theory/ridged_objective.hpp"

namespace rankfall {

// Newton's method on the gradient at a fixed ridge; close to a critical point its steps have no part along rotations of the
// hidden spaces. Nothing where it does not converge.
std::optional<dense::Numbers> find_critical_point(const RidgedObjective& objective, dense::Numbers start, double ridge);

// Whether the Hessian at a critical point is positive definite but for rotations.
bool is_minimum(const RidgedObjective& objective, const dense::Numbers& point, double ridge);

// How a branch ends: at the ridge it began with, on the saddle's side of a fold; where the minimum stops being one before any
// fold (another branch crosses); or where no step, however short, stays on it.
enum class BranchEnd { saddle, crossing, lost };

struct CriticalBranch {
  BranchEnd end = BranchEnd::lost;
  double critical_ridge = 0.0;  // lambda_c, where the minimum ends: at the fold
  dense::Numbers fold, saddle;  // points; empty where they were not come to
};

// From a minimum at `ridge` > 0.
CriticalBranch follow_minimum(const RidgedObjective& objective, const dense::Numbers& minimum, double ridge);

}  // namespace rankfall
