#include "theory/laws.hpp"

#include <algorithm>
#include <cmath>

#include "backend/instance.hpp"
#include "backend/lane_group.hpp"
#include "estimate/quantile.hpp"
#include "theory/coupling_laws.hpp"
#include "theory/escape_laws.hpp"
#include "theory/limits.hpp"
#include "theory/low_rank_laws.hpp"
#include "theory/plasticity.hpp"
#include "theory/readings.hpp"

namespace rankfall {
namespace {

bool converged(const ReplicaResults& results, std::size_t replica) { return results.outcome[replica] == Outcome::converged; }

// Blocks of an affine start: how many, how large.
AffineFamily family_of(const Cell& cell) {
  const InitializationSpec& start = cell.initialization;
  const int d = cell.problem.rows, blocks = start.blocks > 0 ? start.blocks : d;
  const Matrix* target = cell.final_target().matrix.get();
  return {cell.model.depth, blocks, d / blocks, start.scale, start.mixing, target ? target->entries[0] : 0.0};
}

bool observes_blocks(const Cell& cell, const AffineFamily& family) {
  const ObservationSpec& seen = last_observed(cell);
  if (seen.pattern == ObservationPattern::diagonal) return family.block == 1;
  return seen.pattern == ObservationPattern::block_diagonal && static_cast<int>(seen.blocks.size()) == family.blocks &&
         std::all_of(seen.blocks.begin(), seen.blocks.end(), [&](int size) { return size == family.block; });
}

bool is_affine(const Experiment&, const Cell& cell) {
  const InitializationSpec& start = cell.initialization;
  if (start.kind != InitializationKind::affine || cell.phases.size() != 1 || greatest_ridge(cell.phases[0]) > 0.0) return false;
  if (cell.phases[0].optimizer == Optimizer::sgd || cell.phases[0].remembers() || cell.phases[0].greedy()) return false;
  const bool in_range = start.mixing >= 0.0 && start.mixing <= 1.0 && start.scale > 0.0 && cell.model.depth >= 2;
  if (!in_range || !is_square(cell.model) || cell.problem.noise > 0.0 || !cell.final_target().matrix) return false;
  const AffineFamily family = family_of(cell);
  if (!observes_blocks(cell, family) || family.blocks < 2 || !(family.target > 0.0)) return false;
  const int d = cell.problem.rows;
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j)
      if (i / family.block == j / family.block && cell.final_target().matrix->entries[static_cast<std::size_t>(i * d + j)] != family.target)
        return false;
  return true;
}

std::optional<LawReading> read_affine(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  const AffineFamily family = family_of(subject.cell);
  const double squares = observable(results, Observable::loss, replica) / subject.loss_scale;
  if (!(squares < 1e-6 * family.target * family.target)) return {};  // not at the end of its flow
  return LawReading{affine_ratio(family), singular_value(results, replica, 1) / singular_value(results, replica, 0)};
}

// Once one mode is left, all products of factors are as J: entries that share no row and no column are coupled by the interior
// layers alone.
bool couples(const Experiment& experiment, const Cell& cell) {
  return cell.probe.coupling && cell.model.depth >= 3 && is_affine(experiment, cell);
}

std::optional<LawReading> read_coupling(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  if (!(singular_value(results, replica, 1) < 1e-4 * singular_value(results, replica, 0))) return {};
  const double interior = subject.cell.model.depth - 2.0;
  return LawReading{interior / (interior + 2.0 * subject.cell.problem.rows), results.coupling_index[replica]};
}

// 2 x 2 with W12 = W21 = 1 and W22 = 0 observed, from a positive determinant: |W11| grows without bound.
bool is_razin_cohen(const Experiment&, const Cell& cell) {
  const Matrix* target = cell.final_target().matrix.get();
  if (target == nullptr || target->rows != 2 || target->columns != 2 || cell.problem.noise > 0.0) return false;
  const auto& w = target->entries;
  if (w[1] != 1.0 || w[2] != 1.0 || w[3] != 0.0 || greatest_ridge(cell.phases.back()) > 0.0 || cell.phases.back().greedy()) return false;
  const auto& entries = last_observed(cell).entries;
  const bool all_but_first = entries.size() == 3 && std::none_of(entries.begin(), entries.end(), [](const ObservedEntry& e) {
    return (e.row == 0 && e.column == 0) || e.weight != 1.0;
  });
  return all_but_first && cell.initialization.requirement == Requirement::positive_determinant;
}

std::optional<LawReading> read_razin_cohen(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  const double squares = observable(results, Observable::loss, replica) / subject.loss_scale;
  if (!(squares < 0.05)) return {};  // it holds as the loss vanishes
  double norm = 0.0;
  for (int k = 0; k < 2; ++k) norm += std::pow(singular_value(results, replica, k), 2.0);
  return LawReading{1.0 / std::sqrt(squares), std::sqrt(norm - 2.0)};
}

// At a critical point of the objective factors are balanced, and sum_l ||W_l||^2 is the least that their product costs.
bool comes_to_rest(const Experiment&, const Cell& cell) {
  const PhaseSpec& last = cell.phases.back();
  return last.ridge > 0.0 && last.optimizer != Optimizer::sgd && last.stop.gradient_norm.has_value();
}

std::optional<LawReading> read_cost(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  const Cell& cell = subject.cell;
  if (!converged(results, replica) || observable(results, Observable::gradient_norm, replica) > *cell.phases.back().stop.gradient_norm)
    return {};
  const bool symmetric = cell.model.symmetry == Symmetry::symmetric;
  const double depth = symmetric ? 2.0 : cell.model.depth;
  double cost = 0.0;
  for (int k = 0; k < results.singular_value_count; ++k) cost += std::pow(singular_value(results, replica, k), 2.0 / depth);
  return LawReading{(symmetric ? 1.0 : depth) * cost, observable(results, Observable::representation_cost, replica)};
}

bool is_fully_observed(const Experiment& experiment, const Cell& cell) {
  return comes_to_rest(experiment, cell) && last_observed(cell).pattern == ObservationPattern::full && cell.problem.noise == 0.0 &&
         cell.problem.instances == Instances::shared && cell.model.symmetry == Symmetry::general;
}

std::optional<LawReading> read_mode(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  if (!converged(results, replica)) return {};
  const auto mode = ridged_mode(subject.cell.model.depth, subject.loss_scale, subject.cell.phases.back().ridge, subject.target);
  const double first = singular_value(results, replica, 0);
  if (!mode || first <= mode->threshold) return {};  // the mode was never learnt, or not the one of the largest value
  return LawReading{mode->value, first};
}

bool reads_velocities(const Experiment&, const Cell& cell) { return cell.probe.velocities && cell.probe.trajectory; }

// Where a singular value moves fastest.
std::optional<LawReading> read_velocity(const LawSubject&, const ReplicaResults& results, std::size_t replica) {
  if (results.trajectory_begin.size() <= replica + 1) return {};
  const auto width = static_cast<std::size_t>(results.singular_value_count);
  const std::size_t begin = static_cast<std::size_t>(results.trajectory_begin[replica]) * width,
                    end = static_cast<std::size_t>(results.trajectory_begin[replica + 1]) * width;
  std::optional<LawReading> fastest;
  for (std::size_t k = begin; k < end; ++k) {
    const double speed = std::abs(results.trajectory_mode_velocity[k]);
    if (speed > 0.0 && (!fastest || speed > std::abs(fastest->measured)))
      fastest = LawReading{results.trajectory_mode_velocity_balanced[k], results.trajectory_mode_velocity[k]};
  }
  return fastest;
}

}  // namespace

const std::vector<Law>& laws() {
  static const std::vector<Law> all{
      {"affine_limit", "sigma_2/sigma_1", "Shin & Yun 2026", is_affine, read_affine},
      {"coupling_limit", "coupling index = (L-2)/(L-2+2d)", "Shin & Yun 2026", couples, read_coupling},
      {"diagonal_limit", "stable rank of W(inf)", "Shin & Yun 2026", learns_a_diagonal, read_diagonal_limit},
      {"nuclear_norm_limit", "|W|_* as scale -> 0: sum over components", "Bai et al. 2024", learns_complete_parts,
       read_nuclear_norm_limit},
      {"plasticity_limit", "unobserved error of W(inf), all phases integrated", "Shin & Yun 2026", learns_on, read_learning_on},
      {"lock_in", "sigma_min(W) >= sigma_min(W_pre) - |e|", "Shin & Yun 2026", resumes_shallow, read_lock_in,
       LawKind::lower_bound},
      {"hyperbola", "|W_2|, |W_2|^2 - |W_1|^2 as at the start", "Menon 2024", keeps_a_hyperbola, read_hyperbola},
      {"blow_up", "|W_11| = (sum e^2)^-1/2", "Razin & Cohen 2020", is_razin_cohen, read_razin_cohen},
      {"escape_time", "s^-(L-2) / (lambda_1 (L-2))", "Li, Luo & Lyu 2021", escapes_from_identity, read_escape_time},
      {"mode_velocity", "fastest ds/dt = -L s^(2-2/L) <grad C, u v^T>", "Arora et al. 2019", reads_velocities, read_velocity},
      {"balanced_cost", "sum |W_l|^2 = L sum s^(2/L)", "critical points", comes_to_rest, read_cost},
      {"ridged_mode", "sigma_1", "critical points", is_fully_observed, read_mode}};
  return all;
}

std::optional<LawComparison> compared(LawComparison law, const std::vector<LawReading>& readings) {
  if (readings.empty()) return {};
  std::vector<double> predicted, measured, difference;
  for (const LawReading& reading : readings) {
    predicted.push_back(reading.predicted);
    measured.push_back(reading.measured);
    const double apart = reading.measured / reading.predicted - 1.0;
    difference.push_back(law.kind == LawKind::lower_bound ? apart : std::abs(apart));
  }
  law.replicas = static_cast<std::int64_t>(predicted.size());
  law.predicted = quantile(predicted, 0.5);
  law.measured = quantile(measured, 0.5);
  law.difference = quantile(difference, 0.5);
  law.largest_difference = quantile(difference, law.kind == LawKind::lower_bound ? 0.0 : 1.0);
  return law;
}

namespace {

std::vector<LawReading> readings_of(const Law& law, const LawSubject& subject, const ReplicaResults& results) {
  std::vector<LawReading> readings;
  for (std::size_t r = 0; r < results.outcome.size(); ++r) {
    if (results.outcome[r] == Outcome::diverged) continue;
    if (const auto reading = law.read(subject, results, r)) readings.push_back(*reading);
  }
  return readings;
}

}  // namespace

void add_laws(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates) {
  for (std::size_t c = 0; c < estimates.size(); ++c) {
    const Cell& cell = experiment.cells[c];
    for (const Law& law : laws()) {
      if (!law.applies(experiment, cell)) continue;
      const ProblemInstance problem = draw_problem(experiment, cell, 0);
      const LawSubject subject{cell, problem.final_largest_singular_value(),
                               loss_scale(cell.phases.back(), problem.phase.back().count()), &experiment, &problem};
      const LawComparison named{.law = law.name, .quantity = law.quantity, .source = law.source, .kind = law.kind};
      if (const auto found = compared(named, readings_of(law, subject, results[c]))) estimates[c].laws.push_back(*found);
    }
  }
  add_distance_exponents(experiment, results, estimates);
  add_rank_exponents(experiment, results, estimates);
  add_low_rank(experiment, results, estimates);
}

}  // namespace rankfall
