#include "theory/critical_branch.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/cholesky.hpp"
#include "theory/linear_system.hpp"

namespace rankfall {

namespace {

using dense::dot;
using dense::Numbers;
using kernels::mul_add;

double norm_of(const Numbers& a) { return std::sqrt(dot(a, a)); }

// The Hessian with its largest diagonal entry added along each rotation, so that it is regular wherever the critical point is
// alone but for rotations. Gradients are orthogonal to them, and so are what it is solved for then, and tangents.
Numbers fixed_hessian(const RidgedObjective& objective, const Numbers& point, double ridge) {
  Numbers hessian = objective.hessian(point, ridge);
  const std::size_t n = point.size();
  double largest = 0.0;
  for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, std::fabs(hessian[i * n + i]));
  for (const Numbers& direction : objective.rotations(point)) {
    const double scale = largest / dot(direction, direction);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = 0; j < n; ++j)
        hessian[i * n + j] = mul_add(scale * direction[i], direction[j], hessian[i * n + j]);
  }
  return hessian;
}

// A place on the way: a point, then its ridge in units that make both count alike; likewise a direction.
class Follower {
 public:
  Follower(const RidgedObjective& objective, const Numbers& minimum, double ridge)
      : objective_(objective), n_(minimum.size()), length_(norm_of(minimum)), unit_(ridge / length_), first_(minimum) {
    first_.push_back(length_);
  }

  CriticalBranch follow() {
    CriticalBranch branch;
    Numbers at = first_, along(n_ + 1, 0.0);
    along[n_] = 1.0;
    std::optional<Numbers> next_along = tangent(at, along);
    if (!next_along) return branch;
    along = *next_along;
    double step = 0.02 * length_;
    for (int k = 0; k < most_steps && step > 1e-9 * length_; ++k) {
      const std::optional<Numbers> next = corrected(at, along, step);
      next_along = next ? tangent(*next, along) : std::nullopt;
      if (!next_along || dot(along, *next_along) < 0.97) {  // a branch turns little in a step, or it is another one
        step *= 0.5;
        continue;
      }
      const bool rose = branch.fold.empty(), falls = (*next_along)[n_] <= 0.0;
      if (rose && falls && !find_fold(at, along, step, branch)) return branch;
      if (rose && !falls && !is_minimum(objective_, point(*next), ridge(*next))) {
        branch.end = BranchEnd::crossing;
        return branch;
      }
      if ((*next)[n_] <= length_) return arrive(at, *next, std::move(branch));
      at = *next;
      along = *next_along;
      step = std::min(1.3 * step, 0.05 * length_);
    }
    return branch;
  }

 private:
  static constexpr int most_steps = 5000;

  Numbers point(const Numbers& at) const { return Numbers(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(n_)); }
  double ridge(const Numbers& at) const { return unit_ * at[n_]; }

  // The gradient's derivative by place, with `along` as a last row.
  Numbers bordered(const Numbers& at, const Numbers& along) const {
    const Numbers hessian = fixed_hessian(objective_, point(at), ridge(at));
    const std::size_t m = n_ + 1;
    Numbers system(m * m);
    for (std::size_t i = 0; i < n_; ++i) {
      std::copy_n(hessian.begin() + static_cast<std::ptrdiff_t>(i * n_), n_, system.begin() + static_cast<std::ptrdiff_t>(i * m));
      system[i * m + n_] = 2.0 * unit_ * at[i];
    }
    std::copy(along.begin(), along.end(), system.begin() + static_cast<std::ptrdiff_t>(n_ * m));
    return system;
  }

  // Of length 1, and not against `along`.
  std::optional<Numbers> tangent(const Numbers& at, const Numbers& along) const {
    Numbers right(n_ + 1, 0.0);
    right[n_] = 1.0;
    std::optional<Numbers> direction = solve_linear(bordered(at, along), std::move(right));
    if (direction) dense::normalise(*direction);
    return direction;
  }

  // The place of the branch in the plane across `along`, `step` ahead. Nothing where Newton's method does not converge
  // there, or goes far for it.
  std::optional<Numbers> corrected(const Numbers& from, const Numbers& along, double step) const {
    Numbers at = from;
    for (std::size_t i = 0; i <= n_; ++i) at[i] = mul_add(step, along[i], at[i]);
    double moved = 0.0;
    for (int k = 0; k < 12; ++k) {
      Numbers right = objective_.gradient(point(at), ridge(at));
      right.push_back(-step);
      for (std::size_t i = 0; i <= n_; ++i) right[n_] = mul_add(along[i], at[i] - from[i], right[n_]);
      const std::optional<Numbers> change = solve_linear(bordered(at, along), std::move(right));
      if (!change) return std::nullopt;
      for (std::size_t i = 0; i <= n_; ++i) at[i] -= (*change)[i];
      const double last = norm_of(*change);
      moved += last;
      if (last <= 1e-11 * length_) return at;  // the next would be its square
      if (moved > 0.5 * step + 1e-9 * length_) return std::nullopt;
    }
    return std::nullopt;
  }

  // Where the tangent has no part along the ridge, between `from` and `step` ahead: by false position (Illinois).
  bool find_fold(const Numbers& from, const Numbers& along, double step, CriticalBranch& branch) const {
    double low = 0.0, high = step, at_low = along[n_], at_high = -1.0;
    int moved = 0;  // which end the latest place has replaced
    for (int k = 0; k < 100; ++k) {
      const double middle = k == 0 ? high : low + (high - low) * (at_low / (at_low - at_high));
      const std::optional<Numbers> at = corrected(from, along, middle);
      const std::optional<Numbers> direction = at ? tangent(*at, along) : std::nullopt;
      if (!direction) return false;
      const double rise = (*direction)[n_];
      // The ridge is off by the square of this.
      if (std::fabs(rise) < 1e-9 || high - low < 1e-13 * length_) {
        branch.fold = point(*at);
        branch.critical_ridge = ridge(*at);
        return true;
      }
      if (k == 0) {
        at_high = rise;
      } else if (rise > 0.0) {
        low = middle;
        at_low = rise;
        if (moved == -1) at_high *= 0.5;
        moved = -1;
      } else {
        high = middle;
        at_high = rise;
        if (moved == 1) at_low *= 0.5;
        moved = 1;
      }
    }
    return false;
  }

  // Between two places the branch comes back to the first ridge.
  CriticalBranch arrive(const Numbers& above, const Numbers& below, CriticalBranch branch) const {
    const double share = (above[n_] - length_) / (above[n_] - below[n_]);
    Numbers start = point(above);
    for (std::size_t i = 0; i < n_; ++i) start[i] = mul_add(share, below[i] - above[i], start[i]);
    const double first_ridge = unit_ * length_;
    const std::optional<Numbers> saddle = find_critical_point(objective_, std::move(start), first_ridge);
    if (branch.fold.empty() || !saddle || is_minimum(objective_, *saddle, first_ridge)) return branch;
    branch.saddle = *saddle;
    branch.end = BranchEnd::saddle;
    return branch;
  }

  const RidgedObjective& objective_;
  std::size_t n_;
  double length_, unit_;  // of the minimum; ridges are in units of ridge / length
  Numbers first_;
};

}  // namespace

std::optional<Numbers> find_critical_point(const RidgedObjective& objective, Numbers start, double ridge) {
  const double length = norm_of(start);
  for (int k = 0; k < 30; ++k) {
    const std::optional<Numbers> change =
        solve_linear(fixed_hessian(objective, start, ridge), objective.gradient(start, ridge));
    if (!change) return std::nullopt;
    for (std::size_t i = 0; i < start.size(); ++i) start[i] -= (*change)[i];
    const double last = norm_of(*change);
    if (last <= 1e-11 * length) return start;
    if (!(last <= length)) return std::nullopt;
  }
  return std::nullopt;
}

bool is_minimum(const RidgedObjective& objective, const Numbers& point, double ridge) {
  Numbers hessian = fixed_hessian(objective, point, ridge);
  return kernels::cholesky(objective.size(), hessian.data()) > 0.0;
}

CriticalBranch follow_minimum(const RidgedObjective& objective, const Numbers& minimum, double ridge) {
  return Follower(objective, minimum, ridge).follow();
}

}  // namespace rankfall
