#include "device/waves.hpp"

#include <algorithm>
#include <map>

#include "device/wave_class.hpp"
#include "device/wave_memory.hpp"

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

// One problem on a device: dense matrices, entries, and measurements.
double problem_bytes(const Experiment& experiment, const Cell& cell) {
  const double entries = static_cast<double>(cell.problem.rows) * cell.problem.columns;
  const double d = (cell.model.largest_dimension() + 7) / 8 * 8 + 1, real = experiment.precision == Precision::float32 ? 4.0 : 8.0;
  return d * d * (3 * 8.0 + 4 * real) + entries * 2 * (4.0 + 2 * real) +
         most_measurements(cell) * (entries * (8.0 + 2 * real) + 2 * (12.0 + 2 * real));
}

}  // namespace

double wave_bytes_per_replica(const Experiment& experiment, const Cell& cell) {
  const std::size_t shuffled = shuffled_in(cell), remembered = remembered_numbers(cell);
  const bool single = experiment.precision == Precision::float32;
  const double bytes = static_cast<double>(single ? WaveMemory<float>::bytes_per_replica(cell.model, shuffled, remembered)
                                            : WaveMemory<double>::bytes_per_replica(cell.model, shuffled, remembered));
  return cell.problem.instances == Instances::per_replica ? bytes + problem_bytes(experiment, cell) : bytes;
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
      // What replicas share comes with a wave's first unit of its cell.
      const bool shares = cell.problem.instances == Instances::shared;
      const double problem = shares ? problem_bytes(experiment, cell) : 0.0;
      double more = static_cast<double>(unit.count) * wave_bytes_per_replica(experiment, cell);
      if (wave.empty() || wave.back().cell != unit.cell) more += problem;
      if (!wave.empty() && (used + more > bytes || replicas + unit.count > most_replicas)) {
        const bool goes_on = wave.back().cell == unit.cell;
        waves.push_back(std::move(wave));
        wave.clear();
        if (goes_on) more += problem;
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
