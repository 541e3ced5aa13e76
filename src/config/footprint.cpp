#include "config/footprint.hpp"

#include <fmt/format.h>

#include "config/limits.hpp"
#include "config/wording.hpp"
#include "rankfall/error.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {
namespace {

// Of the modes of W and of coupling, at a probe or at the end.
double bytes_of_modes(const Cell& cell) {
  return 16.0 * cell.model.singular_values() * ((cell.probe.alignment ? 1 : 0) + (cell.probe.velocities ? 1 : 0)) +
         (cell.probe.coupling ? 16.0 : 0.0);
}

// Of the factors: at the end, with counts for every set, or at a probe.
double bytes_of_monitor(const Cell& cell, int numbers_per_value, int others) {
  return cell.probe.monitor ? 8.0 * (numbers_per_value * cell.model.singular_values() + others) : 0.0;
}

// Of one replica, without its trajectory: observables, singular values and norms of 8 bytes, and 56 of other numbers.
double bytes_per_replica(const Cell& cell) {
  return 8.0 * (observable_count + cell.model.singular_values() + cell.model.factors()) + 56.0 +
         8.0 * cell.greedy_solutions() * (cell.greedy_path ? 8 : 7) + (cell.greedy_path ? 16.0 : 0.0) + bytes_of_modes(cell) +
         bytes_of_monitor(cell, 5, 5);
}

double bytes_per_probe(const Cell& cell) {
  return 8.0 * (observable_count + cell.model.singular_values()) + (cell.greedy_path ? 40.0 : 24.0) +
         bytes_of_modes(cell) + bytes_of_monitor(cell, 2, 3);
}

double probes(const PhaseSpec& phase, const ProbeSpec& probe) {
  if (phase.greedy()) return phase.greedy_spec.solutions();
  if (phase.is_empty()) return 1.0;
  const double by_steps = 1.0 + static_cast<double>(phase.steps / probe.every) + (phase.steps % probe.every == 0 ? 0.0 : 1.0);
  return phase.flows() ? by_steps + static_cast<double>(probe.times.size()) : by_steps;
}

}  // namespace

ResultBytes result_bytes(const Experiment& experiment) {
  const auto replicas = static_cast<double>(experiment.replicas);
  ResultBytes bytes;
  for (const Cell& cell : experiment.cells) {
    bytes.certain += replicas * bytes_per_replica(cell);
    bytes.at_most += replicas * bytes_per_replica(cell);
    if (!cell.probe.trajectory) continue;
    for (const PhaseSpec& phase : cell.phases) {
      const double all = probes(phase, cell.probe);
      bytes.certain += replicas * bytes_per_probe(cell) * (phase.stop.empty() && !phase.greedy() ? all : 1.0);
      bytes.at_most += replicas * bytes_per_probe(cell) * all;
    }
  }
  return bytes;
}

namespace config {

void check_footprint(const Node& root, const Experiment& experiment) {
  const Node* key = find(&root, "replicas");
  const std::string where = text(key == nullptr ? root.place : key->place);
  const double bytes = result_bytes(experiment).certain;
  if (experiment.replicas > most_replicas) {
    throw ConfigError({where, fmt::format("replicas = {} is out of range", experiment.replicas),
                       fmt::format("the results would take {} of disk, and of memory when they are merged; at most {} "
                                   "replicas per cell are counted",
                                   size_text(bytes), most_replicas),
                       "lower replicas"});
  }
  if (bytes <= most_result_bytes) return;
  const std::size_t cells = experiment.cells.size();
  const bool trajectories = experiment.cells.front().probe.trajectory;
  throw ConfigError(
      {where, fmt::format("{} replicas in {} cell{} are too many", experiment.replicas, cells, cells == 1 ? "" : "s"),
       fmt::format("the results would take {} of disk, and of memory when they are merged; at most {} are planned for",
                   size_text(bytes), size_text(most_result_bytes)),
       trajectories ? "lower replicas, sweep fewer values, or raise probe.every"
                    : "lower replicas, or sweep fewer values"});
}

}  // namespace config
}  // namespace rankfall
