#include "device/waves.hpp"

#include <algorithm>
#include <map>

#include "device/wave_trainer.hpp"

namespace rankfall {

namespace {

// Of a phase: memory holds one phase's at a time, for observation, training and, where the pitch is another, a quench.
double most_measurements(const Cell& cell) {
  double most = 0.0;
  for (const PhaseSpec& phase : cell.phases) {
    const ObservationSpec& spec = phase.observes(cell.problem.observed);
    if (spec.measures()) most = std::max(most, static_cast<double>(spec.count));
  }
  return most;
}

}  // namespace

double wave_bytes_per_replica(const Experiment& experiment, const Cell& cell) {
  const std::size_t entries = static_cast<std::size_t>(cell.problem.rows) * cell.problem.columns;
  const std::size_t shuffled = shuffled_in(cell), remembered = remembered_numbers(cell);
  const bool single = experiment.precision == Precision::float32;
  double bytes = static_cast<double>(single ? WaveMemory<float>::bytes_per_replica(cell.model, shuffled, remembered)
                                            : WaveMemory<double>::bytes_per_replica(cell.model, shuffled, remembered));
  if (cell.problem.instances == Instances::per_replica) {
    const double d = (cell.model.largest_dimension() + 7) / 8 * 8 + 1, real = single ? 4.0 : 8.0;
    bytes += d * d * (3 * 8.0 + 4 * real) + static_cast<double>(entries) * 2 * (4.0 + 2 * real);
    bytes += most_measurements(cell) * (static_cast<double>(entries) * (8.0 + 2 * real) + 2 * (12.0 + 2 * real));
  }
  return bytes;
}

std::vector<Wave> cut_waves(const Experiment& experiment, std::span<const WorkUnit> units, double bytes,
                            std::int64_t most_replicas) {
  std::map<WaveClass, std::vector<WorkUnit>> classes;
  for (const WorkUnit& unit : units)
    classes[wave_class(experiment.cells[static_cast<std::size_t>(unit.cell)])].push_back(unit);
  std::vector<Wave> waves;
  for (const auto& [own_class, own] : classes) {
    double used = 0.0;
    std::int64_t replicas = 0;
    Wave wave;
    for (const WorkUnit& unit : own) {
      const Cell& cell = experiment.cells[static_cast<std::size_t>(unit.cell)];
      const double more = static_cast<double>(unit.count) * wave_bytes_per_replica(experiment, cell);
      if (!wave.empty() && (used + more > bytes || replicas + unit.count > most_replicas)) {
        waves.push_back(std::move(wave));
        wave.clear();
        used = 0.0;
        replicas = 0;
      }
      wave.push_back(unit);
      used += more;
      replicas += unit.count;
    }
    if (!wave.empty()) waves.push_back(std::move(wave));
  }
  return waves;
}

}  // namespace rankfall
