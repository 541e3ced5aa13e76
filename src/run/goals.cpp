#include "run/goals.hpp"

#include <algorithm>

#include "estimate/adaptive.hpp"
#include "estimate/estimator.hpp"
#include "run/work_units.hpp"

namespace rankfall {

namespace {

std::int64_t in_whole_units(std::int64_t replicas, std::int64_t unit, std::int64_t most) {
  return std::min((replicas + unit - 1) / unit * unit, most);
}

}  // namespace

Goals first_goals(const Experiment& experiment) {
  Goals goals(experiment.cells.size(), experiment.replicas);
  if (experiment.estimate.adaptive)
    for (std::size_t c = 0; c < goals.size(); ++c)
      goals[c] = in_whole_units(experiment.replicas, unit_size(experiment, experiment.cells[c]),
                                experiment.estimate.adaptive->max_replicas);
  return goals;
}

bool raise_goals(const Experiment& experiment, Goals& goals,
                 const std::function<std::optional<ReplicaResults>(const Cell&, std::int64_t goal)>& results_of) {
  if (!experiment.estimate.adaptive) return false;
  const AdaptiveRule& rule = *experiment.estimate.adaptive;
  bool raised = false;
  for (std::size_t c = 0; c < goals.size(); ++c) {
    const Cell& cell = experiment.cells[c];
    while (goals[c] < rule.max_replicas) {
      const auto results = results_of(cell, goals[c]);
      if (!results) break;
      const CellEstimate estimate = estimate_cell(cell, experiment.estimate, *results);
      const std::int64_t wanted = wanted_replicas(rule, watched(rule, experiment.estimate, estimate), goals[c]);
      if (wanted == goals[c]) break;
      goals[c] = in_whole_units(wanted, unit_size(experiment, cell), rule.max_replicas);
      raised = true;
    }
  }
  return raised;
}

}  // namespace rankfall
