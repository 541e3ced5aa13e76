#include "theory/plasticity.hpp"

#include <algorithm>
#include <cmath>

#include "backend/instance.hpp"
#include "backend/lane_group.hpp"
#include "theory/readings.hpp"

namespace rankfall {
namespace {

using dense::Dense;
using dense::Numbers;

constexpr int most_steps = 1'000'000, most_rows = 16;

Dense scaled_sum(const Dense& a, double factor, const Dense& b) {
  Dense sum = a;
  for (std::size_t e = 0; e < sum.entries.size(); ++e) sum.entries[e] += factor * b.entries[e];
  return sum;
}

double norm(const Dense& a) { return std::sqrt(dense::dot(a.entries, a.entries)); }

struct Seen {
  const std::vector<ObservedEntry>& entries;
  const std::vector<double>& target;
};

// The derivative of every factor; `error` is |G|, `curvature` a bound on what limits a step.
struct Slope {
  std::vector<Dense> of;
  double error = 0.0, curvature = 0.0;
};

Slope slope_at(const std::vector<Dense>& factors, const Seen& seen) {
  const std::size_t depth = factors.size();
  std::vector<Dense> below{factors[0]};  // W_l .. W_1
  for (std::size_t l = 1; l < depth; ++l) below.push_back(dense::product(factors[l], below.back()));
  const Dense& w = below.back();
  Dense gradient{w.rows, w.columns, Numbers(w.entries.size(), 0.0)};
  for (const ObservedEntry& entry : seen.entries) {
    const std::size_t e = static_cast<std::size_t>(entry.row) * w.columns + entry.column;
    gradient.entries[e] = w.entries[e] - seen.target[e];
  }
  Slope slope{std::vector<Dense>(depth, gradient), norm(gradient), 0.0};
  double largest = 0.0;
  for (const Dense& factor : factors) largest = std::max(largest, norm(factor));
  slope.curvature = slope.error * std::pow(largest, static_cast<double>(depth) - 2.0);
  Dense left = gradient;  // (W_L .. W_{l+1})^T G
  double above = 1.0;     // |W_L .. W_{l+1}|, bounded
  for (std::size_t l = depth; l-- > 0;) {
    Dense& own = slope.of[l];
    own = l == 0 ? left : dense::product(left, dense::transposed(below[l - 1]));
    for (double& x : own.entries) x = -x;
    slope.curvature += std::pow(above * (l == 0 ? 1.0 : norm(below[l - 1])), 2.0);
    left = dense::product(dense::transposed(factors[l]), left);
    above *= norm(factors[l]);
  }
  return slope;
}

std::vector<Dense> moved(const std::vector<Dense>& factors, double time, const Slope& slope) {
  std::vector<Dense> all;
  for (std::size_t l = 0; l < factors.size(); ++l) all.push_back(scaled_sum(factors[l], time, slope.of[l]));
  return all;
}

// Of the flow of 1/2 sum e^2.
double length_of(const PhaseSpec& phase, std::size_t entries) {
  return 2.0 * loss_scale(phase, entries) * (phase.flows() ? phase.time : sum_over_steps(phase, [](const Stretch& now) { return now.learning_rate; }));
}

}  // namespace

std::optional<std::vector<Dense>> flowed(std::vector<Dense> factors, const std::vector<ObservedEntry>& entries,
                                         const std::vector<double>& target, double time) {
  const Seen seen{entries, target};
  double size = 0.0;
  for (const ObservedEntry& entry : entries)
    size += std::pow(target[static_cast<std::size_t>(entry.row) * factors[0].columns + entry.column], 2.0);
  for (int step = 0; step < most_steps; ++step) {
    const Slope first = slope_at(factors, seen);
    if (!(time > 0.0) || first.error <= 1e-11 * std::sqrt(size)) return factors;
    const double length = std::min(time, 0.1 / first.curvature);
    const Slope second = slope_at(moved(factors, 0.5 * length, first), seen);
    const Slope third = slope_at(moved(factors, 0.5 * length, second), seen);
    const Slope fourth = slope_at(moved(factors, length, third), seen);
    for (const auto& [slope, weight] : {std::pair{&first, 1.0}, {&second, 2.0}, {&third, 2.0}, {&fourth, 1.0}})
      factors = moved(factors, length * weight / 6.0, *slope);
    time -= length;
  }
  return {};
}

// Stops of phases before the last that end them where nothing moves any more, and not earlier than their time would.
constexpr double rest_loss = 1e-12, rest_gradient = 1e-8;

bool learns_on(const Experiment&, const Cell& cell) {
  const InitializationSpec& start = cell.initialization;
  const int rows = cell.problem.rows;
  if (start.kind != InitializationKind::affine || (start.blocks > 0 && start.blocks != rows) || rows > most_rows) return false;
  if (!(start.scale > 0.0) || cell.model.depth < 2 || !is_square(cell.model) || cell.problem.noise > 0.0) return false;
  if (cell.problem.instances == Instances::per_replica) return false;
  for (const PhaseSpec& phase : cell.phases) {
    StopRule others = phase.stop;
    const bool last = &phase == &cell.phases.back();  // it is read only where it came to rest
    if (last || others.loss.value_or(0.0) <= rest_loss) others.loss.reset();
    if (last || others.gradient_norm.value_or(0.0) <= rest_gradient) others.gradient_norm.reset();
    others.blow_up.reset();
    const ObservationSpec& seen = phase.observes(cell.problem.observed);
    const auto is_weighted = [](const ObservedEntry& entry) { return entry.weight != 1.0; };
    if (!follows_the_loss(phase) || !others.empty() || seen.measures()) return false;
    if (std::any_of(seen.entries.begin(), seen.entries.end(), is_weighted)) return false;
  }
  return last_observed(cell).pattern != ObservationPattern::diagonal && !cell.phases.back().is_empty();
}

std::optional<LawReading> read_learning_on(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  const Cell& cell = subject.cell;
  const ObservedData& last = subject.problem->phase.back();
  const double measured = observable(results, Observable::unobserved_error, replica);
  const double squares = observable(results, Observable::loss, replica) / subject.loss_scale;
  if (replica > 0 || !(squares < 1e-6 * dense::dot(last.target, last.target)) || !(measured > 0.0)) return {};  // another's twin, or not at rest
  const InitializationSpec& start = cell.initialization;
  const int rows = cell.problem.rows;
  Dense factor{rows, rows, Numbers(static_cast<std::size_t>(rows) * rows, start.scale * start.mixing)};
  for (int i = 0; i < rows; ++i) factor.entries[static_cast<std::size_t>(i) * rows + i] = start.scale;
  std::vector<Dense> factors(static_cast<std::size_t>(cell.model.depth), factor);
  for (std::size_t p = 0; p < cell.phases.size(); ++p) {
    const ObservedData& seen = subject.problem->phase[p];
    const auto next = flowed(std::move(factors), seen.entries, seen.target, length_of(cell.phases[p], seen.count()));
    if (!next) return {};
    factors = *next;
  }
  Dense w = factors[0];
  for (std::size_t l = 1; l < factors.size(); ++l) w = dense::product(factors[l], w);
  const std::vector<double>& truth = subject.problem->final_target();
  double hidden = 0.0;
  int count = 0;
  for (std::size_t e = 0; e < w.entries.size(); ++e)
    if (last.weight[e] == 0.0) {
      hidden += std::pow(w.entries[e] - truth[e], 2.0);
      ++count;
    }
  if (count == 0) return {};
  return LawReading{std::sqrt(hidden / count), measured};
}

}  // namespace rankfall
