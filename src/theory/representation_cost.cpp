#include "theory/representation_cost.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/cholesky.hpp"
#include "kernels/spectrum.hpp"
#include "theory/hidden_rows.hpp"
#include "theory/parallel.hpp"

namespace rankfall {

namespace {

using Numbers = std::vector<double>;

// What may be left of a singular value that is zero.
double rounding_of(int columns, double largest) {
  return 4.0 * columns * std::numeric_limits<double>::epsilon() * largest;
}

// Descent from one start. The smoothed cost sum (s^2 + e^2)^(1/L) never rises at a fixed e.
class Descent {
 public:
  Descent(const HiddenRows& problem, const LocalCostOptions& options, Numbers start)
      : problem_(problem),
        stop_(options.stop),
        power_(1.0 / options.depth),
        matrix_(std::move(start)),
        metric_(square(problem.columns)) {}

  void run(double smoothing, double last_smoothing) {
    for (; smoothing > last_smoothing; smoothing *= 0.7) settle(smoothing, 1e-8, 60);
    settle(last_smoothing, 1e-13, 1000);
  }
  // Moves hidden entries, as little as it takes, until nothing but rounding is left beside the directions above `cut`:
  // damped least squares by rows, towards a completion of that rank. They shrink by one factor a step; every tenth step
  // leaps to where that leads (Aitken). There need be no such completion: then it ends where tens of steps do little.
  void round_off(double cut) {
    double before = 0.0, ten_before = std::numeric_limits<double>::infinity();
    Numbers previous = matrix_;
    for (int k = 1; k <= 500; ++k) {
      find_directions();
      double largest = 0.0, debris = 0.0;
      for (const double s : values_) (s > cut ? largest : debris) = std::max(s > cut ? largest : debris, s);
      if (debris <= rounding_of(problem_.columns, largest)) return;
      if (k % 10 == 0) {
        if (debris > 0.5 * ten_before) return;
        ten_before = debris;
        const double leap = debris < before ? debris / (before - debris) : 0.0;
        for (std::size_t e = 0; e < matrix_.size(); ++e) matrix_[e] += leap * (matrix_[e] - previous[e]);
        continue;
      }
      before = debris;
      previous = matrix_;
      start_metric();
      for (std::size_t c = 0; c < values_.size(); ++c)
        if (values_[c] > cut) add_direction(c, -1.0 / (values_[c] * values_[c]));
      fill_hidden(1e-8);
    }
  }
  // Descending.
  Numbers spectrum() {
    find_directions();
    std::sort(values_.begin(), values_.end(), std::greater<>());
    return values_;
  }

 private:
  static std::size_t square(int n) { return static_cast<std::size_t>(n) * n; }

  // directions_: right singular vectors as runs of `columns` entries, times values_.
  void find_directions() {
    if (stop_.stop_requested()) throw Stopped{};
    directions_ = matrix_;
    values_.resize(static_cast<std::size_t>(problem_.rows));
    Numbers sorted(values_.size());
    kernels::singular_values<double>(kernels::SerialTeam{}, problem_.columns, problem_.rows, directions_.data(),
                                     sorted.data());
    for (std::size_t c = 0; c < values_.size(); ++c) {
      const double* run = directions_.data() + c * problem_.columns;
      values_[c] = std::sqrt(std::inner_product(run, run + problem_.columns, run, 0.0));
    }
  }
  // The metric (X^T X + e^2)^(1/L - 1) that majorises the smoothed cost at X, times e^(2 - 2/L).
  void find_metric(double smoothing) {
    start_metric();
    const double largest = *std::max_element(values_.begin(), values_.end());
    for (std::size_t c = 0; c < values_.size(); ++c) {
      if (values_[c] <= 1e-10 * largest) continue;  // far below the smoothing
      const double ratio = values_[c] / smoothing;
      add_direction(c, (std::pow(1.0 + ratio * ratio, power_ - 1.0) - 1.0) / (values_[c] * values_[c]));
    }
  }
  void start_metric() {
    const int n = problem_.columns;
    std::fill(metric_.begin(), metric_.end(), 0.0);
    for (int j = 0; j < n; ++j) metric_[static_cast<std::size_t>(j) * n + j] = 1.0;
  }
  void add_direction(std::size_t c, double weight) {
    const int n = problem_.columns;
    const double* v = directions_.data() + c * n;
    for (int j = 0; j < n; ++j)
      for (int k = 0; k < n; ++k) metric_[static_cast<std::size_t>(j) * n + k] += weight * v[j] * v[k];
  }
  // Each row by itself: a step to the hidden entries of least length in the metric; damping shortens it.
  void fill_hidden(double damping) {
    const int n = problem_.columns;
    for (int i = 0; i < problem_.rows; ++i) {
      const std::vector<int>& hidden = problem_.hidden[static_cast<std::size_t>(i)];
      const auto count = static_cast<int>(hidden.size());
      double* row = matrix_.data() + static_cast<std::size_t>(i) * n;
      system_.assign(square(count), 0.0);
      right_.assign(hidden.size(), 0.0);
      for (int a = 0; a < count; ++a) {
        const double* of_metric = metric_.data() + static_cast<std::size_t>(hidden[static_cast<std::size_t>(a)]) * n;
        for (int b = a; b < count; ++b)
          system_[static_cast<std::size_t>(a) * count + b] = of_metric[hidden[static_cast<std::size_t>(b)]];
        system_[static_cast<std::size_t>(a) * count + a] += damping;
        for (int j = 0; j < n; ++j) right_[static_cast<std::size_t>(a)] -= of_metric[j] * row[j];
      }
      if (!(kernels::cholesky(count, system_.data()) > 0.0)) continue;  // rounding: this row stays as it is
      kernels::solve_cholesky(count, system_.data(), right_.data());
      for (int a = 0; a < count; ++a) row[hidden[static_cast<std::size_t>(a)]] += right_[static_cast<std::size_t>(a)];
    }
  }
  void settle(double smoothing, double tolerance, int most) {
    double before = 0.0;
    for (int k = 0; k < most; ++k) {
      find_directions();
      double cost = 0.0;
      for (const double s : values_) cost += std::pow(s * s + smoothing * smoothing, power_);
      if (k > 0 && before - cost <= tolerance * cost) return;
      before = cost;
      find_metric(smoothing);
      fill_hidden(0.0);
    }
  }

  const HiddenRows& problem_;
  const std::stop_token& stop_;
  double power_;  // of s^2
  Numbers matrix_, directions_, values_, metric_, system_, right_;
};

// Relative to the largest singular value. Strong smoothing leads random starts to low rank; it would lead fits of low
// rank away from minima that they are close to.
double first_smoothing(int start) { return start == 0 ? 1e-2 : start % 2 == 1 ? 1e-4 : 0.3; }

// Of a matrix with the observed entries. Every singular value counts, however small: in deep products the smallest weigh
// much, (1e-9)^(1/5) = 0.016. Only those that rounding may have made of zeros do not.
double cost_of(const Numbers& values, int columns, int depth) {
  const double rounding = rounding_of(columns, values.front());
  double sum = 0.0;
  for (const double s : values)
    if (s > rounding) sum += std::pow(s, 2.0 / depth);
  return depth * sum;
}

// The spectrum where a start ends. What the last smoothing leaves of directions that are to vanish would weigh much in
// deep products; a completion without it is taken where there is one.
Numbers descend(const HiddenRows& problem, const LocalCostOptions& options, Numbers start, int number) {
  const int depth = options.depth;
  Descent descent(problem, options, std::move(start));
  Numbers values = descent.spectrum();
  if (!(values.front() > 0.0) || depth == 2) return values;
  constexpr double last_smoothing = 1e-8;
  descent.run(first_smoothing(number) * values.front(), last_smoothing * values.front());
  values = descent.spectrum();
  if (depth < 2) return values;
  descent.round_off(last_smoothing * values.front());
  Numbers rounded = descent.spectrum();
  return cost_of(rounded, problem.columns, depth) < cost_of(values, problem.columns, depth) ? rounded : values;
}

LocalCost solve(const CompletionProblem& given, const Completion& minimum, const LocalCostOptions& options) {
  const HiddenRows problem = hidden_rows_of(given);
  LocalCost best;
  Numbers costs;
  best.starts = options.depth <= 2 ? 1 : options.starts;  // convex, and the first start lies at the minimum of depth 2
  for (int start = 0; start < best.starts; ++start) {
    const Numbers values = descend(problem, options, starting_matrix(problem, minimum.completion, start), start);
    costs.push_back(cost_of(values, problem.columns, options.depth));
    if (best.singular_values.empty() || costs.back() < best.value) {
      best.value = costs.back();
      best.singular_values = values;
    }
  }
  best.reached = static_cast<int>(
      std::count_if(costs.begin(), costs.end(), [&](double cost) { return cost <= best.value * (1.0 + 1e-6); }));
  for (double& s : best.singular_values) s = std::scalbn(s, problem.exponent);
  best.value *= std::exp2(2.0 * problem.exponent / options.depth);
  return best;
}

}  // namespace

int LocalCost::rank(double tolerance) const {
  return static_cast<int>(std::count_if(singular_values.begin(), singular_values.end(),
                                        [&](double s) { return s > tolerance * singular_values.front(); }));
}

std::vector<LocalCost> local_representation_costs(const std::vector<CompletionProblem>& problems,
                                                  const std::vector<const Completion*>& minima,
                                                  const LocalCostOptions& options) {
  std::vector<LocalCost> costs(problems.size());
  for_each_on_threads(problems.size(), options.threads,
                      [&](std::size_t i) { costs[i] = solve(problems[i], *minima[i], options); });
  return costs;
}

}  // namespace rankfall
