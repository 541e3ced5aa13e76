#include "backend/modes.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "backend/dense.hpp"
#include "backend/greedy_escape.hpp"
#include "kernels/draw.hpp"
#include "kernels/spectrum.hpp"

namespace rankfall {

namespace {

using dense::Dense;
using dense::dot;
using dense::normalise;
using dense::Numbers;
using dense::product;
using dense::run_of;
using dense::transposed;

constexpr double equal_values = 1e-9;  // singular values of a target that differ by less than this of the largest are equal

void append_run(Numbers& runs, const Numbers& run) { runs.insert(runs.end(), run.begin(), run.end()); }

// Takes out of `vector` what lies along the runs before it. Twice is enough (Kahan; Parlett 1998, 6.9).
void orthogonalise(Numbers& vector, const Numbers& runs) {
  const int length = static_cast<int>(vector.size());
  for (int pass = 0; pass < 2; ++pass)
    for (std::size_t c = 0; c * vector.size() < runs.size(); ++c) {
      const Numbers other = run_of(runs, c, length);
      const double along = dot(vector, other);
      for (std::size_t k = 0; k < vector.size(); ++k) vector[k] = kernels::mul_add(-along, other[k], vector[k]);
    }
}

// Of the matrix with no more rows than columns.
SingularTriples wide_triples(const Dense& wide) {
  const auto count = static_cast<std::size_t>(wide.rows);
  Numbers runs = wide.entries, sorted(count), norm(count);  // rows end as s v^T
  kernels::singular_values<double>(kernels::SerialTeam{}, wide.columns, wide.rows, runs.data(), sorted.data());
  for (std::size_t c = 0; c < count; ++c) {
    const Numbers run = run_of(runs, c, wide.columns);
    norm[c] = std::sqrt(dot(run, run));
  }
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return norm[a] > norm[b]; });
  SingularTriples triples{wide.rows, wide.columns, std::move(sorted), {}, {}};
  for (const std::size_t c : order) {
    Numbers right = run_of(runs, c, wide.columns);
    normalise(right);
    Numbers left = product(wide, {wide.columns, 1, right}).entries;
    normalise(left);
    orthogonalise(left, triples.left);  // what rounding leaves of larger modes
    normalise(left);
    append_run(triples.left, left);
    append_run(triples.right, right);
  }
  return triples;
}

// sqrt(|P x|^2) of the runs begin .. end.
double length_along(const Numbers& x, const Numbers& runs, std::size_t begin, std::size_t end) {
  double squares = 0.0;
  for (std::size_t c = begin; c < end; ++c) {
    const double along = dot(x, run_of(runs, c, static_cast<int>(x.size())));
    squares = kernels::mul_add(along, along, squares);
  }
  return std::min(std::sqrt(squares), 1.0);
}

// |x - P x| of the first `count` runs.
double length_beside(Numbers x, const Numbers& runs, std::size_t count) {
  orthogonalise(x, run_of(runs, 0, static_cast<int>(count * x.size())));
  return std::min(std::sqrt(dot(x, x)), 1.0);
}

}  // namespace

bool SingularTriples::has_direction(std::size_t r) const {
  return value[r] > 2.3e-16 * std::max(rows, columns) * value.front();
}

SingularTriples singular_triples(int rows, int columns, const std::vector<double>& matrix) {
  const Dense given{rows, columns, matrix};
  if (rows < columns) return wide_triples(given);
  SingularTriples triples = wide_triples(transposed(given));
  std::swap(triples.rows, triples.columns);
  std::swap(triples.left, triples.right);
  return triples;
}

TargetModes::TargetModes(int rows, int columns, const std::vector<double>& target)
    : triples_(singular_triples(rows, columns, target)) {
  const Numbers& value = triples_.value;
  const double unit = equal_values * value.front();
  for (std::size_t r = 0; r < value.size();) {
    std::size_t end = r + 1;
    while (end < value.size() && value[end - 1] - value[end] <= unit) ++end;
    for (const Group group{r, end}; r < end; ++r) group_.push_back(group);
  }
}

std::size_t TargetModes::nonzero() const {
  const Numbers& value = triples_.value;
  return static_cast<std::size_t>(
      std::count_if(value.begin(), value.end(), [&](double s) { return s > equal_values * value.front(); }));
}

void TargetModes::align(const SingularTriples& modes, ModeReading& reading) const {
  const std::size_t some = nonzero();
  const auto length = [&](const Numbers& x, const Numbers& runs, std::size_t r) {
    return group_[r].begin >= some ? length_beside(x, runs, some) : length_along(x, runs, group_[r].begin, std::min(group_[r].end, some));
  };
  for (std::size_t r = 0; r < modes.value.size(); ++r) {
    const bool known = modes.has_direction(r);
    const double none = std::numeric_limits<double>::quiet_NaN();
    reading.left.push_back(known ? length(run_of(modes.left, r, modes.rows), triples_.left, r) : none);
    reading.right.push_back(known ? length(run_of(modes.right, r, modes.columns), triples_.right, r) : none);
  }
}

void find_velocities(const Factorization& model, const std::vector<double>& factors, const std::vector<double>& gradient,
                     double ridge, const SingularTriples& modes, ModeReading& reading) {
  const bool symmetric = model.symmetry == Symmetry::symmetric;
  const int degree = symmetric ? 2 : model.factors();
  const Dense slope{modes.rows, modes.columns, gradient};
  const Dense moving{modes.rows, modes.columns, velocity(model, factors, gradient)};
  for (std::size_t r = 0; r < modes.value.size(); ++r) {
    if (!modes.has_direction(r)) {
      reading.velocity.push_back(std::numeric_limits<double>::quiet_NaN());
      reading.balanced.push_back(std::numeric_limits<double>::quiet_NaN());
      continue;
    }
    const Numbers left = run_of(modes.left, r, modes.rows), right = run_of(modes.right, r, modes.columns);
    const auto along = [&](const Dense& m, const Numbers& u, const Numbers& v) {
      return dot(u, product(m, {m.columns, 1, v}).entries);
    };
    const double s = modes.value[r], decay = 2.0 * ridge * degree * s;
    const double pull = along(slope, left, right) + (symmetric ? along(slope, right, left) : 0.0);
    const double per_layer = s / kernels::portable_root(s, degree);  // s^(1-1/L)
    reading.velocity.push_back(along(moving, left, right) - decay);
    reading.balanced.push_back(-degree * per_layer * per_layer * pull - decay);
  }
}

}  // namespace rankfall
