// How large the dimensions of results.nc are, and which variables it has.
#include <algorithm>

#include "store/results_schema.hpp"

namespace rankfall {

ResultsShape::ResultsShape(const Experiment& experiment, const RunResults& results, const ObservedGraphs& graphs)
    : replicas(static_cast<std::size_t>(experiment.replicas)), masks(graphs.masks.size()) {
  for (const auto& cell : graphs.cells) phases = std::max(phases, cell.size());
  for (const ObservedMask& mask : graphs.masks) {
    mask_rows = std::max(mask_rows, static_cast<std::size_t>(mask.rows));
    mask_columns = std::max(mask_columns, static_cast<std::size_t>(mask.columns));
  }
  for (const Axis& axis : experiment.axes) axes.push_back(static_cast<std::size_t>(axis.size()));
  for (const Cell& cell : experiment.cells) {
    singular_values = std::max(singular_values, static_cast<std::size_t>(cell.model.singular_values()));
    factors = std::max(factors, static_cast<std::size_t>(cell.model.factors()));
    solutions = std::max(solutions, static_cast<std::size_t>(cell.greedy_solutions()));
    compared = compared || cell.greedy_path.has_value();
    alignments = alignments || cell.probe.alignment;
    velocities = velocities || cell.probe.velocities;
    couplings = couplings || cell.probe.coupling;
    monitors = monitors || cell.probe.monitor.has_value();
    watched = watched || cell.probe.plateau.has_value();
    landscapes = landscapes || cell.landscape.has_value();
  }
  for (const ReplicaResults& cell : results) {
    replicas = std::max(replicas, static_cast<std::size_t>(cell.count));
    events += cell.events.size();
    plateaus += cell.plateaus.size();
    trajectories = trajectories || !cell.trajectory_begin.empty();
    for (std::size_t r = 1; r < cell.trajectory_begin.size(); ++r)
      probes = std::max(probes, static_cast<std::size_t>(cell.trajectory_begin[r] - cell.trajectory_begin[r - 1]));
  }
}

}  // namespace rankfall
