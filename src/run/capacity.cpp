#include "run/capacity.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "backend/lanes.hpp"
#include "config/footprint.hpp"
#include "config/wording.hpp"
#include "rankfall/error.hpp"
#include "run/work_units.hpp"

namespace rankfall {

namespace {

using config::size_text;

// Arrays double their room while the units of a cell are appended, and one is copied meanwhile: measured, 2.4.
constexpr double merge_factor = 2.5;

// Free bytes at the nearest folder above `directory` that exists; unlimited where the system does not say.
double free_bytes(const std::string& directory) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::absolute(directory, error);
  while (!error && !std::filesystem::exists(path, error) && path.has_relative_path()) path = path.parent_path();
  const auto space = std::filesystem::space(path, error);
  return error ? std::numeric_limits<double>::infinity() : static_cast<double>(space.available);
}

}  // namespace

Capacity capacity_of_machine(const std::string& directory) {
  const double pages = static_cast<double>(sysconf(_SC_PHYS_PAGES));
  return {pages * static_cast<double>(sysconf(_SC_PAGE_SIZE)), free_bytes(directory)};
}

namespace {

// Measurements that one thread holds: shared ones in float64 and in the precision of training; else the copies of its lanes,
// for training and for observation (the replicas' own are counted with them).
double group_measurement_bytes(const Experiment& experiment, const Cell& cell) {
  const double numbers = static_cast<double>(measurement_bytes(cell)) / 8.0;
  const double words = experiment.precision == Precision::double_double ? 2.0 : 1.0;
  return words * (cell.problem.instances == Instances::shared ? 16.0 : 3.0 * register_bytes) * numbers;
}

}  // namespace

double lane_group_bytes(const Experiment& experiment, const Cell& cell) {
  const Factorization& model = cell.model;
  const auto dimension = static_cast<double>(model.largest_dimension());
  const bool flows = std::any_of(cell.phases.begin(), cell.phases.end(), [](const PhaseSpec& phase) { return phase.flows(); });
  const bool remembers = std::any_of(cell.phases.begin(), cell.phases.end(), [](const PhaseSpec& phase) { return phase.remembers(); });
  const int stages = flows ? 8 * model.factors() : remembers ? model.factors() + 1 : 0;  // dormand_prince.hpp, memory_descent.hpp
  const int matrices = 2 * model.factors() + 3 + stages;  // factors, products on the way, data: lane_group.cpp
  const int words = experiment.precision == Precision::double_double ? 2 : 1;
  return static_cast<double>(words * register_bytes) * dimension * dimension * matrices + group_measurement_bytes(experiment, cell);
}

Need need_of(const Experiment& experiment, int threads) {
  Need need;
  for (const Cell& cell : experiment.cells) {
    const auto count = static_cast<double>(std::min(unit_size(experiment, cell), experiment.replicas));
    const double unit = count * static_cast<double>(replica_bytes(experiment, cell));
    need.training = std::max(need.training, threads * (unit + lane_group_bytes(experiment, cell)));
  }
  const ResultBytes results = result_bytes(experiment);
  need.merging = merge_factor * results.certain;
  need.merging_most = merge_factor * results.at_most;
  need.disk = 2.0 * results.certain;
  need.disk_most = 2.0 * results.at_most;
  return need;
}

std::string range_text(double certain, double most) {
  if (size_text(certain) == size_text(most)) return "about " + size_text(most);
  return fmt::format("{} to {}", size_text(certain), size_text(most));
}

std::vector<std::string> shortages(const Need& need, const Capacity& capacity) {
  std::vector<std::string> lines;
  if (need.training > capacity.memory)
    lines.push_back(
        fmt::format("training takes {} of memory, this machine has {}: use fewer threads, or a smaller model",
                    size_text(need.training), size_text(capacity.memory)));
  if (need.merging_most > capacity.memory)
    lines.push_back(fmt::format("merging the results takes {} of memory, this machine has {}: {}",
                                range_text(need.merging, need.merging_most), size_text(capacity.memory),
                                need.merging > capacity.memory ? "`rankfall run` will refuse" : "raise probe.every"));
  if (need.disk_most > capacity.disk)
    lines.push_back(fmt::format("the results take {} of disk, {} are free here: choose another disk with --out",
                                range_text(need.disk, need.disk_most), size_text(capacity.disk)));
  return lines;
}

void check_merge_fits(const Experiment& experiment, const Capacity& capacity) {
  const Need need = need_of(experiment, 1);
  if (need.merging <= capacity.memory) return;
  throw ConfigError({experiment.name,
                     fmt::format("the results of {} cell{} x {} replicas do not fit in memory", experiment.cells.size(),
                                 experiment.cells.size() == 1 ? "" : "s", experiment.replicas),
                     fmt::format("merging them would take about {}, this machine has {}", size_text(need.merging),
                                 size_text(capacity.memory)),
                     experiment.cells.front().probe.trajectory
                         ? "lower replicas, sweep fewer values per run, or raise probe.every"
                         : "lower replicas, or sweep fewer values per run"});
}

}  // namespace rankfall
