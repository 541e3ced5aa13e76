#include "theory/plasticity.hpp"

#include <algorithm>
#include <cmath>

#include "backend/instance.hpp"
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

// Those phases that have a length.
std::vector<const PhaseSpec*> active_phases(const Cell& cell) {
  std::vector<const PhaseSpec*> active;
  for (const PhaseSpec& phase : cell.phases)
    if (!phase.is_empty()) active.push_back(&phase);
  return active;
}

AffineFamily family_of(const Cell& cell) {
  const InitializationSpec& start = cell.initialization;
  return {cell.model.depth, cell.problem.rows, 1, start.scale, start.mixing, cell.final_target().matrix->entries[0]};
}

bool has_even_diagonal(const Matrix& target) {
  for (int i = 0; i < target.rows; ++i)
    if (target.entries[static_cast<std::size_t>(i) * target.columns + i] != target.entries[0]) return false;
  return target.entries[0] > 0.0;
}

}  // namespace

Dense affine_factor_at_rest(const AffineFamily& family) {
  const double n = family.blocks, ratio = affine_ratio(family), depth = family.depth;
  const double first = n * family.target / (1.0 + (n - 1.0) * ratio);  // sigma_1 of W
  const double joint = std::pow(first, 1.0 / depth), apart = std::pow(ratio * first, 1.0 / depth);
  Dense factor{family.blocks, family.blocks, Numbers(static_cast<std::size_t>(family.blocks) * family.blocks, (joint - apart) / n)};
  for (int i = 0; i < family.blocks; ++i) factor.entries[static_cast<std::size_t>(i) * family.blocks + i] += apart;
  return factor;
}

std::optional<Dense> end_of_flow(std::vector<Dense> factors, const std::vector<ObservedEntry>& entries,
                                 const std::vector<double>& target) {
  const Seen seen{entries, target};
  double size = 0.0;
  for (const ObservedEntry& entry : entries) size += std::pow(target[static_cast<std::size_t>(entry.row) * factors[0].columns + entry.column], 2.0);
  for (int step = 0; step < most_steps; ++step) {
    const Slope first = slope_at(factors, seen);
    if (first.error <= 1e-11 * std::sqrt(size)) {
      Dense w = factors[0];
      for (std::size_t l = 1; l < factors.size(); ++l) w = dense::product(factors[l], w);
      return w;
    }
    const double time = 0.1 / first.curvature;
    const Slope second = slope_at(moved(factors, 0.5 * time, first), seen);
    const Slope third = slope_at(moved(factors, 0.5 * time, second), seen);
    const Slope fourth = slope_at(moved(factors, time, third), seen);
    for (const auto& [slope, weight] : {std::pair{&first, 1.0}, {&second, 2.0}, {&third, 2.0}, {&fourth, 1.0}})
      factors = moved(factors, time * weight / 6.0, *slope);
  }
  return {};
}

bool learns_on(const Experiment&, const Cell& cell) {
  const InitializationSpec& start = cell.initialization;
  const int rows = cell.problem.rows;
  if (start.kind != InitializationKind::affine || (start.blocks > 0 && start.blocks != rows)) return false;
  const bool in_range = start.mixing >= 0.0 && start.mixing <= 1.0 && start.scale > 0.0 && cell.model.depth >= 2 && rows <= most_rows;
  if (!in_range || !is_square(cell.model) || cell.problem.noise > 0.0) return false;
  const Matrix* target = cell.final_target().matrix.get();
  if (target == nullptr || !has_even_diagonal(*target)) return false;
  for (const PhaseSpec& phase : cell.phases)
    if (phase.target || phase.observes(cell.problem.observed).measures() || !follows_the_loss(phase)) return false;
  const auto active = active_phases(cell);
  const auto is_diagonal = [&](const PhaseSpec& phase) { return phase.observes(cell.problem.observed).pattern == ObservationPattern::diagonal; };
  if (active.empty() || active.size() > 2 || active.back() != &cell.phases.back() || is_diagonal(*active.back())) return false;
  return active.size() == 1 || is_diagonal(*active.front());
}

std::optional<LawReading> read_learning_on(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  const Cell& cell = subject.cell;
  const double measured = observable(results, Observable::unobserved_error, replica);
  const ObservedData& seen = subject.problem->phase.back();
  double size = 0.0;
  for (const double entry : seen.target) size += entry * entry;
  const double squares = observable(results, Observable::loss, replica) / subject.loss_scale;
  if (replica > 0 || !(squares < 1e-6 * size) || !(measured > 0.0)) return {};  // another's twin, or not at its end
  const AffineFamily family = family_of(cell);
  Dense factor = affine_factor_at_rest(family);
  if (active_phases(cell).size() == 1) {  // as it starts
    std::fill(factor.entries.begin(), factor.entries.end(), family.scale * family.mixing);
    for (int i = 0; i < factor.rows; ++i) factor.entries[static_cast<std::size_t>(i) * factor.columns + i] = family.scale;
  }
  const auto w = end_of_flow(std::vector<Dense>(static_cast<std::size_t>(family.depth), factor), seen.entries, subject.problem->target);
  if (!w) return {};
  double hidden = 0.0;
  int count = 0;
  for (std::size_t e = 0; e < w->entries.size(); ++e)
    if (seen.weight[e] == 0.0) {
      hidden += std::pow(w->entries[e] - subject.problem->target[e], 2.0);
      ++count;
    }
  if (count == 0) return {};
  return LawReading{std::sqrt(hidden / count), measured};
}

}  // namespace rankfall
