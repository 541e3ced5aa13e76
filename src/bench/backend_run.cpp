#include "bench/backend_run.hpp"

#include <algorithm>
#include <chrono>

#include "backend/cpu_backend.hpp"
#include "bench/workload.hpp"

namespace rankfall {

namespace {

constexpr std::int64_t first_replicas = 16;

std::vector<WorkUnit> units_of(const Experiment& experiment, std::int64_t unit) {
  std::vector<WorkUnit> units;
  for (const Cell& cell : experiment.cells)
    for (std::int64_t first = 0; first < experiment.replicas; first += unit)
      units.push_back({cell.index, first, std::min(unit, experiment.replicas - first)});
  return units;
}

// Of the first `count` replicas of a unit, `per_replica` values each.
template <class T>
std::uint64_t hash_values(const std::vector<T>& values, std::int64_t count, int per_replica, std::uint64_t hash) {
  return fnv_1a(values.data(), static_cast<std::size_t>(count * per_replica) * sizeof(T), hash);
}

std::uint64_t hash_unit(const ReplicaResults& unit, std::int64_t count, std::uint64_t hash) {
  hash = hash_values(unit.singular_values, count, unit.singular_value_count, hash);
  hash = hash_values(unit.factor_norms, count, unit.factor_count, hash);
  return hash_values(unit.steps, count, 1, hash);
}

}  // namespace

Experiment backend_experiment(const BenchCase& subject, const std::vector<double>& learning_rates, std::int64_t replicas,
                              std::int64_t steps) {
  Experiment experiment = bench_experiment(subject);
  Cell model = experiment.cells.front();
  model.phases.front().steps = steps;
  model.probe.every = 1000;
  model.probe.classify_at_end = RankKind::numerical;
  experiment.replicas = replicas;
  if (learning_rates.empty()) {
    experiment.cells.front() = model;
    return experiment;
  }
  experiment.cells.clear();
  for (const double rate : learning_rates) {
    Cell cell = model;
    cell.index = static_cast<int>(experiment.cells.size());
    cell.identity = static_cast<std::uint64_t>(cell.index) + 1;
    cell.phases.front().learning_rate = rate;
    experiment.cells.push_back(cell);
  }
  return experiment;
}

BackendRun run_through_backend(const Experiment& experiment, std::int64_t unit, int threads) {
  const std::vector<WorkUnit> units = units_of(experiment, unit);
  std::vector<ReplicaResults> results;
  const auto begin = std::chrono::steady_clock::now();
  make_cpu_backend(threads)->train(
      experiment, units, {.deliver = [&](ReplicaResults&& done) { results.push_back(std::move(done)); }});
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  std::sort(results.begin(), results.end(), [](const ReplicaResults& a, const ReplicaResults& b) {
    return a.cell != b.cell ? a.cell < b.cell : a.first < b.first;
  });
  BackendRun run{time.count(), 0.0, fnv_start, fnv_start};
  for (const ReplicaResults& done : results) {
    run.checksum = hash_unit(done, done.count, run.checksum);
    run.replica_steps += done.trained_steps;
  }
  run.first_checksum = hash_unit(results.front(), std::min(results.front().count, first_replicas), fnv_start);
  return run;
}

}  // namespace rankfall
