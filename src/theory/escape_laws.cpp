#include "theory/escape_laws.hpp"

#include <algorithm>
#include <cmath>

#include "estimate/quantile.hpp"
#include "rankfall/sweep_labels.hpp"
#include "theory/limits.hpp"

namespace rankfall {
namespace {

// Of W = W_L ... W_1 or U U^T: how often the scale of a factor is in W.
int factors_in(const Factorization& model) { return model.symmetry == Symmetry::symmetric ? 2 : model.depth; }

// One flow without a ridge, from a start whose every factor is a multiple of its scale.
bool flows_from_a_scale(const Cell& cell) {
  const PhaseSpec& phase = cell.phases[0];
  return cell.greedy_path && cell.phases.size() == 1 && phase.flows() && !phase.greedy() && phase.ridge == 0.0 &&
         cell.initialization.scale > 0.0 && factors_in(cell.model) >= 2;
}

double greedy_value(const std::vector<double>& values, const ReplicaResults& results, std::size_t replica, int solution) {
  return values[replica * static_cast<std::size_t>(results.solution_count) + static_cast<std::size_t>(solution)];
}

// Solutions behind W = 0.
int escapes(const ReplicaResults& results, std::size_t replica) {
  int last = 0;
  for (int k = 1; k < results.solution_count; ++k)
    if (std::isfinite(greedy_value(results.greedy_loss, results, replica, k))) last = k;
  return last;
}

// When sigma_1 first passes `size`, on the line between two probes; nothing if it does not.
std::optional<double> passage(const ReplicaResults& results, std::size_t replica, double size) {
  if (results.trajectory_begin.empty()) return {};
  const auto width = static_cast<std::size_t>(results.singular_value_count);
  const auto begin = static_cast<std::size_t>(results.trajectory_begin[replica]);
  const auto end = static_cast<std::size_t>(results.trajectory_begin[replica + 1]);
  for (std::size_t k = begin + 1; k < end; ++k) {
    const double before = results.trajectory_singular_values[(k - 1) * width], here = results.trajectory_singular_values[k * width];
    if (!(here >= size) || before >= size) continue;
    const double share = (size - before) / (here - before);
    return results.trajectory_time[k - 1] + share * (results.trajectory_time[k] - results.trajectory_time[k - 1]);
  }
  return {};
}

// Whether nothing but the scale of the start tells two cells apart.
bool differ_in_scale(const Experiment& experiment, const Cell& a, const Cell& b) {
  if (a.initialization.kind != b.initialization.kind || a.model.widths != b.model.widths) return false;
  for (std::size_t axis = 0; axis < experiment.axes.size(); ++axis) {
    if (a.position[axis] == b.position[axis]) continue;
    const Axis& own = experiment.axes[axis];
    for (std::size_t k = 0; k < own.keys.size(); ++k) {
      const auto at = [&](const Cell& cell) { return own.values[k][static_cast<std::size_t>(cell.position[axis])]; };
      if (own.keys[k] != "initialization.scale" && own.keys[k] != label_key && at(a) != at(b)) return false;
    }
  }
  return true;
}

// Median distance at the end from the last greedy solution, of a cell whose paths came to their end; else not a number.
double end_distance(const ReplicaResults& results) {
  std::vector<double> distances;
  for (std::size_t r = 0; r < static_cast<std::size_t>(results.count); ++r)
    if (results.compared == 1 && results.greedy_outcome[r] == static_cast<int>(Outcome::converged))
      distances.push_back(results.greedy_end_distance[r]);
  return distances.empty() ? std::nan("") : quantile(distances, 0.5);
}

}  // namespace

const Cell* next_larger_scale(const Experiment& experiment, const Cell& cell) {
  const Cell* next = nullptr;
  for (const Cell& other : experiment.cells) {
    const double scale = other.initialization.scale;
    if (scale <= cell.initialization.scale || !differ_in_scale(experiment, cell, other)) continue;
    if (next == nullptr || scale < next->initialization.scale) next = &other;
  }
  return next;
}

bool escapes_from_identity(const Experiment&, const Cell& cell) {
  return flows_from_a_scale(cell) && cell.initialization.kind == InitializationKind::identity && cell.model.depth >= 3 &&
         cell.model.symmetry == Symmetry::general && cell.greedy_path->greedy_spec.pair == EscapePair::eigenvector &&
         cell.probe.trajectory;
}

std::optional<LawReading> read_escape_time(const LawSubject& subject, const ReplicaResults& results, std::size_t replica) {
  if (results.solution_count < 2 || escapes(results, replica) < 1) return {};
  const double first = greedy_value(results.greedy_nuclear_norm, results, replica, 1);  // of rank one: sigma_1
  const auto measured = passage(results, replica, 0.5 * first);
  if (!measured) return {};
  const Cell& cell = subject.cell;
  const double rate = greedy_value(results.greedy_escape_rate, results, replica, 0);
  return LawReading{escape_time(cell.model.depth, cell.initialization.scale, rate), *measured};
}

void add_distance_exponents(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates) {
  for (std::size_t c = 0; c < estimates.size(); ++c) {
    const Cell& cell = experiment.cells[c];
    if (!flows_from_a_scale(cell) || cell.problem.instances != Instances::shared || results[c].count == 0) continue;
    const Cell* larger = next_larger_scale(experiment, cell);
    const int depth = factors_in(cell.model);
    // Later escapes of depth 2 have exponents of their own.
    if (larger == nullptr || (depth == 2 && escapes(results[c], 0) != 1)) continue;
    const double here = end_distance(results[c]), there = end_distance(results[static_cast<std::size_t>(larger->index)]);
    if (!(here > 0.0) || !(there > 0.0)) continue;
    LawComparison found{"distance_exponent", "d log(end distance) / d log W(0)", "Li, Luo & Lyu 2021"};
    found.predicted = distance_exponent(depth, greedy_value(results[c].greedy_gap, results[c], 0, 0));
    found.measured = std::log(there / here) / (depth * std::log(larger->initialization.scale / cell.initialization.scale));
    found.difference = found.largest_difference = std::abs(found.measured / found.predicted - 1.0);
    found.replicas = results[c].count;
    estimates[c].laws.push_back(std::move(found));
  }
}

}  // namespace rankfall
