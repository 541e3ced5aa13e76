#include "backend/greedy_polyline.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "kernels/scalar.hpp"

namespace rankfall {

namespace {

using Numbers = std::vector<double>;
using kernels::mul_add;

// A sum of eight, term k to sum k mod 8, whatever registers there are: the compiler may take one for all eight.
class EightSums {
 public:
  template <class Term>
  EightSums(std::size_t count, Term&& term) {
    const std::size_t whole = count / sums_.size() * sums_.size();
    for (std::size_t first = 0; first < whole; first += sums_.size())
      for (std::size_t q = 0; q < sums_.size(); ++q) term(first + q, sums_[q]);
    for (std::size_t k = whole; k < count; ++k) term(k, sums_[k - whole]);
  }
  double value() const {
    return ((sums_[0] + sums_[4]) + (sums_[1] + sums_[5])) + ((sums_[2] + sums_[6]) + (sums_[3] + sums_[7]));
  }

 private:
  std::array<double, 8> sums_{};
};

double squared_distance(std::size_t n, const double* a, const double* b) {
  return EightSums(n,
                   [=](std::size_t k, double& sum) {
                     const double apart = a[k] - b[k];
                     sum = mul_add(apart, apart, sum);
                   })
      .value();
}

// <w - p, q - p>
double projection(std::size_t n, const double* w, const double* p, const double* q) {
  return EightSums(n, [=](std::size_t k, double& sum) { sum = mul_add(w[k] - p[k], q[k] - p[k], sum); }).value();
}

// Of w from p + share (q - p).
double squared_distance_at(std::size_t n, const double* w, const double* p, const double* q, double share) {
  return EightSums(n,
                   [=](std::size_t k, double& sum) {
                     const double apart = mul_add(-share, q[k] - p[k], w[k] - p[k]);
                     sum = mul_add(apart, apart, sum);
                   })
      .value();
}

}  // namespace

void GreedyPolyline::add(const Numbers& point) {
  const double step =
      along_.empty() ? 0.0 : std::sqrt(squared_distance(entries_, point.data(), vertex(vertices() - 1)));
  along_.push_back(length() + step);
  points_.insert(points_.end(), point.begin(), point.end());
}

void GreedyPolyline::add_solution(const Numbers& point) {
  add(point);
  solution_.push_back(vertices() - 1);
}

// A vertex further away than the best so far by b rules out all within b along the path (triangle inequality). The best
// of a few vertices to begin with makes these stretches long.
double GreedyPolyline::distance(const Numbers& w) const {
  double best = std::numeric_limits<double>::infinity();
  const auto apart_from = [&](std::size_t k) { return std::sqrt(squared_distance(entries_, w.data(), vertex(k))); };
  for (std::size_t k = 0, stride = 1; k < vertices(); k += stride) {
    best = std::min(best, apart_from(k));
    while (stride * stride < vertices()) ++stride;
  }
  for (const std::size_t k : solution_) best = std::min(best, apart_from(k));
  for (std::size_t k = 0; k < vertices();) {
    const double apart = apart_from(k);
    best = std::min(best, apart);
    if (k + 1 < vertices() && apart - (along_[k + 1] - along_[k]) <= best)
      best = std::min(best, segment_distance(k, w));
    const double safe = along_[k] + (1.0 - 1e-12) * (apart - best);
    const auto beyond = std::upper_bound(along_.begin() + static_cast<std::ptrdiff_t>(k), along_.end(), safe);
    if (beyond == along_.end()) break;
    k = std::max(k + 1, static_cast<std::size_t>(beyond - along_.begin()) - 1);
  }
  return best;
}

// Of the segment behind vertex k, where the nearest point is inside; else infinity.
double GreedyPolyline::segment_distance(std::size_t k, const Numbers& w) const {
  const double *p = vertex(k), *q = vertex(k + 1);
  const double squared_length = squared_distance(entries_, p, q), along = projection(entries_, w.data(), p, q);
  if (!(along > 0.0 && along < squared_length)) return std::numeric_limits<double>::infinity();
  return std::sqrt(squared_distance_at(entries_, w.data(), p, q, along / squared_length));
}

double GreedyPolyline::solution_distance(const Numbers& w, std::size_t solution) const {
  return std::sqrt(squared_distance(entries_, w.data(), vertex(solution_[solution])));
}

void PathTracer::keep(const Numbers& point) {
  const double* last = path_.vertices() == 0 ? nullptr : path_.vertex(path_.vertices() - 1);
  if (last == nullptr || squared_distance(point.size(), point.data(), last) >= deviation_ * deviation_)
    path_.add(point);
}

void PathTracer::begin(Numbers point, Numbers velocity) {
  keep(point);
  point_ = std::move(point);
  velocity_ = std::move(velocity);
}

void PathTracer::solution(const Numbers& point) { path_.add_solution(point); }

// Hermite's cubic. Its second derivative is linear, and a chord over the time h is off by at most h^2 / 8 of its
// largest.
void PathTracer::go_on(double time, Numbers point, Numbers velocity) {
  constexpr double most_pieces = 4096.0;
  double at_begin = 0.0, at_end = 0.0;  // squares of time^2 times the second derivative
  for (std::size_t e = 0; e < point.size(); ++e) {
    const double moved = point[e] - point_[e], v = time * velocity_[e], w = time * velocity[e];
    const double first = 6.0 * moved - 4.0 * v - 2.0 * w, second = -6.0 * moved + 2.0 * v + 4.0 * w;
    at_begin = mul_add(first, first, at_begin);
    at_end = mul_add(second, second, at_end);
  }
  const double bend = std::sqrt(std::max(at_begin, at_end));
  const double wanted = std::ceil(std::sqrt(bend / (8.0 * deviation_)));
  const int pieces = static_cast<int>(std::min(std::max(wanted, 1.0), most_pieces));
  Numbers between(point.size());
  for (int k = 1; k < pieces; ++k) {
    const double t = static_cast<double>(k) / pieces, r = 1.0 - t;
    for (std::size_t e = 0; e < point.size(); ++e)
      between[e] = r * r * ((1.0 + 2.0 * t) * point_[e] + t * time * velocity_[e]) +
                   t * t * ((1.0 + 2.0 * r) * point[e] - r * time * velocity[e]);
    keep(between);
  }
  keep(point);
  point_ = std::move(point);
  velocity_ = std::move(velocity);
}

}  // namespace rankfall
