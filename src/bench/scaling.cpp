#include "bench/scaling.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "backend/cpu_backend.hpp"
#include "bench/workload.hpp"

namespace rankfall {

namespace {

constexpr std::int64_t unit_replicas = 64, units_per_cell = 4;

Experiment sweep_experiment(std::int64_t steps) {
  Experiment experiment = bench_experiment({Operation::sgd_step, 10, 3, Precision::float32});
  const Cell first = experiment.cells.front();
  experiment.replicas = unit_replicas * units_per_cell;
  experiment.cells.clear();
  for (const double rate : {0.001, 0.002, 0.003, 0.004}) {
    Cell cell = first;
    cell.index = static_cast<int>(experiment.cells.size());
    cell.identity = static_cast<std::uint64_t>(cell.index) + 1;
    cell.phases.front().learning_rate = rate;
    cell.phases.front().steps = steps;
    cell.probe.every = 1000;
    cell.probe.classify_at_end = RankKind::numerical;
    experiment.cells.push_back(cell);
  }
  return experiment;
}

std::vector<WorkUnit> sweep_units(const Experiment& experiment) {
  std::vector<WorkUnit> units;
  for (const Cell& cell : experiment.cells)
    for (std::int64_t k = 0; k < units_per_cell; ++k) units.push_back({cell.index, k * unit_replicas, unit_replicas});
  return units;
}

template <class T>
std::uint64_t hash_all(const std::vector<T>& values, std::uint64_t hash) {
  return fnv_1a(values.data(), values.size() * sizeof(T), hash);
}

std::uint64_t hash_results(std::vector<ReplicaResults> results) {
  std::sort(results.begin(), results.end(), [](const ReplicaResults& a, const ReplicaResults& b) {
    return a.cell != b.cell ? a.cell < b.cell : a.first < b.first;
  });
  std::uint64_t hash = fnv_start;
  for (const ReplicaResults& unit : results) {
    hash = hash_all(unit.singular_values, hash);
    hash = hash_all(unit.factor_norms, hash);
    hash = hash_all(unit.steps, hash);
  }
  return hash;
}

struct TimedRun {
  double seconds;
  std::uint64_t checksum;
};

TimedRun run_sweep(const Experiment& experiment, int threads) {
  const std::vector<WorkUnit> units = sweep_units(experiment);
  std::vector<ReplicaResults> results;
  const auto begin = std::chrono::steady_clock::now();
  make_cpu_backend(threads)->train(
      experiment, units, {.deliver = [&](ReplicaResults&& unit) { results.push_back(std::move(unit)); }});
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  return {time.count(), hash_results(std::move(results))};
}

}  // namespace

ScalingResult measure_scaling(const std::vector<int>& threads, int rounds, std::int64_t steps) {
  const Experiment experiment = sweep_experiment(steps);
  ScalingResult result;
  result.checksum = run_sweep(experiment, 1).checksum;
  for (const int count : threads) result.points.push_back({count, 0.0, 1.0});
  const double replica_steps = static_cast<double>(experiment.replicas) *
                               static_cast<double>(experiment.cells.size()) * static_cast<double>(steps);
  for (int round = 0; round < rounds; ++round)
    for (ScalingPoint& point : result.points) {
      const TimedRun run = run_sweep(experiment, point.threads);
      if (run.checksum != result.checksum) throw std::runtime_error("results depend on the number of threads");
      point.replica_steps_per_second = std::max(point.replica_steps_per_second, replica_steps / run.seconds);
    }
  for (ScalingPoint& point : result.points)
    point.speed_up = point.replica_steps_per_second / result.points.front().replica_steps_per_second;
  return result;
}

}  // namespace rankfall
