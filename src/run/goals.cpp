#include "run/goals.hpp"

#include <algorithm>

#include "estimate/adaptive.hpp"
#include "estimate/estimator.hpp"
#include "estimate/search.hpp"
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

namespace {

// Replicas that `cell` asks for beyond the `goal` that are there; nothing if some are missing.
std::optional<std::int64_t> wanted_of(const Experiment& experiment, const Cell& cell, std::int64_t goal,
                                      const ResultsOfCell& results_of) {
  const AdaptiveRule& rule = *experiment.estimate.adaptive;
  const auto results = results_of(cell, goal);
  if (!results) return {};
  return wanted_replicas(rule, watched(rule, experiment.estimate, estimate_cell(cell, experiment.estimate, *results)), goal);
}

// The rounds of a search, as far as replicas are there.
bool raise_search_goals(const Experiment& experiment, Goals& goals, const ResultsOfCell& results_of) {
  const auto events = [&](const Cell& cell, std::int64_t first, std::int64_t end) -> std::optional<std::int64_t> {
    const auto results = results_of(cell, end);
    return results ? ended_with(*results, experiment.estimate.search->rank, first, end) : std::nullopt;
  };
  bool raised = false;
  for (const SearchStage& stage : search_stages(experiment, events))
    for (const int cell : stage.cells) {
      std::int64_t& goal = goals[static_cast<std::size_t>(cell)];
      raised = raised || goal < stage.end;
      goal = std::max(goal, stage.end);
    }
  return raised;
}

}  // namespace

bool raise_goals(const Experiment& experiment, Goals& goals, const ResultsOfCell& results_of) {
  if (experiment.estimate.search) return raise_search_goals(experiment, goals, results_of);
  if (!experiment.estimate.adaptive) return false;
  const AdaptiveRule& rule = *experiment.estimate.adaptive;
  bool raised = false;
  for (std::size_t c = 0; c < goals.size(); ++c) {
    const Cell& cell = experiment.cells[c];
    if (cell.start == Start::cold) continue;  // goes with the warm one before it
    while (goals[c] < rule.max_replicas) {
      auto wanted = wanted_of(experiment, cell, goals[c], results_of);
      if (wanted && cell.start == Start::warm) {
        const auto cold = wanted_of(experiment, experiment.cells[c + 1], goals[c], results_of);
        wanted = cold ? std::optional(std::max(*wanted, *cold)) : std::nullopt;
      }
      if (!wanted || *wanted == goals[c]) break;
      goals[c] = in_whole_units(*wanted, unit_size(experiment, cell), rule.max_replicas);
      if (cell.start == Start::warm) goals[c + 1] = goals[c];
      raised = true;
    }
  }
  return raised;
}

}  // namespace rankfall
