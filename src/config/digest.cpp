#include "config/digest.hpp"

#include <map>
#include <memory>
#include <optional>

#include "config/hash.hpp"

namespace rankfall::config {
namespace {

// Large matrices are shared by many cells: each is hashed once.
class ExperimentHasher {
 public:
  void add(const Cell& cell) {
    hasher_.integer(cell.identity);
    add(cell.problem);
    hasher_.integer(cell.model.depth);
    hasher_.integer(cell.model.symmetry);
    for (const int width : cell.model.widths) hasher_.integer(width);
    add(cell.initialization);
    hasher_.integer(cell.phases.size());
    for (const PhaseSpec& phase : cell.phases) add(phase);
    add(cell.probe);
    if (cell.greedy_path) add(*cell.greedy_path);
  }

  Hasher& raw() { return hasher_; }

 private:
  void add(const std::shared_ptr<const Matrix>& matrix) {
    hasher_.integer(matrix ? 1 : 0);
    if (!matrix) return;
    const auto [known, is_new] = contents_.try_emplace(matrix, 0);
    if (is_new) {
      Hasher content;
      content.integer(matrix->rows);
      content.integer(matrix->columns);
      for (const double entry : matrix->entries) content.number(entry);
      known->second = content.value();
    }
    hasher_.integer(known->second);
  }

  void add(const ObservationSpec& observed) {
    hasher_.integer(observed.pattern);
    hasher_.integer(observed.count);
    if (observed.added > 0) hasher_.integer(observed.added);
    hasher_.integer(observed.blocks.size());
    for (const int size : observed.blocks) hasher_.integer(size);
    hasher_.integer(observed.entries.size());
    for (const ObservedEntry& entry : observed.entries) {
      hasher_.integer(entry.row);
      hasher_.integer(entry.column);
      hasher_.number(entry.weight);
    }
  }

  void add(const TargetSpec& target) {
    hasher_.integer(target.kind);
    hasher_.integer(target.rank);
    hasher_.integer(target.spectrum.size());
    for (const double value : target.spectrum) hasher_.number(value);
    add(target.matrix);
  }

  void add(const ProblemSpec& problem) {
    hasher_.integer(problem.rows);
    hasher_.integer(problem.columns);
    add(problem.target);
    hasher_.number(problem.noise);
    add(problem.observed);
    hasher_.integer(problem.instances);
    hasher_.integer(problem.instance_seed);
  }

  void add(const InitializationSpec& initialization) {
    hasher_.integer(initialization.kind);
    hasher_.number(initialization.scale);
    hasher_.number(initialization.mixing);
    hasher_.integer(initialization.blocks);
    hasher_.integer(initialization.instances);
    hasher_.integer(initialization.requirement);
    hasher_.integer(initialization.settled_rank);
    hasher_.integer(initialization.maximum_tries);
    for (const auto& factor : initialization.factors) add(factor);
  }

  template <class Value>
  void add(const std::optional<Value>& value) {
    hasher_.integer(value ? 1 : 0);
    if (value) hasher_.number(static_cast<double>(*value));
  }

  void add(const std::vector<Stretch>& stretches) {
    hasher_.integer(3);  // neither 0 nor 1, nor the 2 of a target
    hasher_.integer(stretches.size());
    for (const Stretch& stretch : stretches) {
      hasher_.integer(stretch.begin);
      hasher_.number(stretch.learning_rate);
      hasher_.number(stretch.ridge);
    }
  }

  void add(const PhaseSpec& phase) {
    hasher_.integer(phase.optimizer);
    hasher_.number(phase.learning_rate);
    hasher_.integer(phase.steps);
    hasher_.integer(phase.batch_size);
    hasher_.integer(phase.sampling);
    hasher_.integer(phase.loss);
    hasher_.number(phase.ridge);
    hasher_.integer(phase.observed ? 1 : 0);
    if (phase.observed) add(*phase.observed);
    if (phase.target) {
      hasher_.integer(2);  // neither 0 nor 1, which a rule begins with
      add(*phase.target);
    }
    if (phase.anneals()) add(phase.stretches);
    add(phase.stop.gradient_norm);
    add(phase.stop.loss);
    add(phase.stop.plateau);
    add(phase.stop.rank_at_most);
    add(phase.stop.rank_at_least);
    if (phase.stop.blow_up) hasher_.number(*phase.stop.blow_up);
    if (phase.optimizer == Optimizer::momentum) hasher_.number(phase.momentum);
    if (phase.optimizer == Optimizer::group_rmsprop) {
      hasher_.number(phase.smoothing);
      hasher_.number(phase.epsilon);
    }
    if (!phase.flows()) return;
    hasher_.number(phase.time);
    hasher_.number(phase.relative_tolerance);
    hasher_.number(phase.absolute_tolerance);
    if (!phase.greedy()) return;
    hasher_.integer(phase.kind);
    hasher_.integer(phase.greedy_spec.pair);
    hasher_.number(phase.greedy_spec.escape);
    hasher_.number(phase.greedy_spec.gradient_norm);
    hasher_.number(phase.greedy_spec.end);
    hasher_.integer(phase.greedy_spec.maximum_rank);
    hasher_.number(phase.greedy_spec.path_tolerance);
  }

  void add(const ProbeSpec& probe) {
    hasher_.integer(probe.every);
    for (const double time : probe.times) hasher_.number(time);
    hasher_.integer(probe.rank);
    hasher_.number(probe.rank_tolerance);
    hasher_.integer(probe.tolerance_is_automatic ? 2 : probe.tolerance_is_absolute ? 1 : 0);
    hasher_.integer(probe.classify_at_end);
    hasher_.integer(probe.trajectory ? 1 : 0);
    add(probe.quench.learning_rate);
    hasher_.integer(probe.quench.steps);
    hasher_.number(probe.quench.gradient_norm);
    if (probe.alignment || probe.velocities) hasher_.integer(2 + (probe.alignment ? 1 : 0) + (probe.velocities ? 2 : 0));
    if (probe.coupling) hasher_.integer(6);
    if (probe.monitor) {
      hasher_.integer(7);
      for (const auto& threshold : {probe.monitor->imbalance, probe.monitor->singular_value, probe.monitor->factor_norm})
        add(threshold);
    }
    if (!probe.plateau) return;
    hasher_.integer(probe.plateau->relative ? 1 : 0);
    hasher_.number(probe.plateau->level);
  }

  Hasher hasher_;
  std::map<std::shared_ptr<const Matrix>, std::uint64_t> contents_;
};

}  // namespace

std::uint64_t digest_of(const Experiment& experiment) {
  ExperimentHasher hasher;
  hasher.raw().integer(experiment.seed);
  hasher.raw().integer(experiment.precision);
  hasher.raw().integer(experiment.seeding);
  hasher.raw().integer(experiment.cells.size());
  for (const Axis& axis : experiment.axes) hasher.raw().integer(axis.size());
  for (const Cell& cell : experiment.cells) hasher.add(cell);
  return hasher.raw().value();
}

}  // namespace rankfall::config
