#include "run/work_units.hpp"

#include <algorithm>

namespace rankfall {

std::int64_t measurement_bytes(const Cell& cell) {
  std::int64_t numbers = 0;
  const auto add = [&](const ObservationSpec& spec) {
    if (spec.measures()) numbers += spec.count * (std::int64_t{cell.problem.rows} * cell.problem.columns + 1);
  };
  // Phases without measurements or a target of their own share the problem's.
  const auto inherits = [](const PhaseSpec& phase) { return !phase.observed && !phase.target; };
  if (std::any_of(cell.phases.begin(), cell.phases.end(), inherits)) add(cell.problem.observed);
  for (const PhaseSpec& phase : cell.phases)
    if (!inherits(phase)) add(phase.observes(cell.problem.observed));
  return 8 * numbers;
}

std::int64_t replica_bytes(const Experiment& experiment, const Cell& cell) {
  std::int64_t entries = 0;
  for (int l = 0; l < cell.model.factors(); ++l)
    entries += static_cast<std::int64_t>(cell.model.factor_rows(l)) * cell.model.factor_columns(l);
  std::int64_t bytes = 0;
  if (cell.problem.instances == Instances::per_replica) {
    entries += static_cast<std::int64_t>(cell.problem.rows) * cell.problem.columns *
               (1 + 2 * static_cast<std::int64_t>(cell.phases.size()) +
                std::count_if(cell.phases.begin(), cell.phases.end(), [](const PhaseSpec& phase) { return phase.target.has_value(); }));
    bytes = measurement_bytes(cell);
  }
  return bytes + entries * bytes_of(experiment.precision);
}

std::int64_t unit_size(const Experiment& experiment, const Cell& cell) {
  constexpr std::int64_t most = 256, budget = 64 << 20;
  return std::clamp<std::int64_t>(budget / replica_bytes(experiment, cell), 1, most);
}

std::vector<WorkUnit> cell_units(const Experiment& experiment, const Cell& cell, std::int64_t replicas) {
  std::vector<WorkUnit> units;
  const std::int64_t size = unit_size(experiment, cell);
  std::vector<std::int64_t> ends;  // of rounds of a search: no unit goes beyond one, so that none is trained twice
  if (experiment.estimate.search) ends = experiment.estimate.search->rounds;
  ends.push_back(replicas);
  std::int64_t first = 0;
  for (const std::int64_t end : ends)
    for (; first < std::min(end, replicas); first = units.back().first + units.back().count)
      units.push_back({cell.index, first, std::min(size, std::min(end, replicas) - first)});
  return units;
}

std::vector<WorkUnit> work_units(const Experiment& experiment, const Goals& goals) {
  std::vector<WorkUnit> units;
  for (std::size_t c = 0; c < goals.size(); ++c) {
    const auto own = cell_units(experiment, experiment.cells[c], goals[c]);
    units.insert(units.end(), own.begin(), own.end());
  }
  return units;
}

}  // namespace rankfall
