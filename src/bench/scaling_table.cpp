#include "bench/scaling_table.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/backend_run.hpp"
#include "bench/resident.hpp"
#include "bench/workload.hpp"

namespace rankfall {

namespace {

constexpr std::int64_t replicas_of_a_unit = 256;  // as in a run
constexpr int fewest_runs = 2;

// Enough for a few milliseconds, few enough that no replica comes to rest.
std::int64_t steps_for(const BenchCase& subject, std::int64_t replicas) {
  constexpr double operations = 2e9;
  const double steps = operations / (useful_flops(subject) * static_cast<double>(replicas));
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(steps) / 1000 * 1000, 1000, 20000);
}

}  // namespace

std::vector<ScalingSetup> scaling_setups(int cores) {
  const BenchCase usual{Operation::sgd_step, 10, 3, Precision::float32};
  std::vector<ScalingSetup> setups;
  const auto add_threads = [&](int threads) {
    setups.push_back({"threads", usual, threads, replicas_of_a_unit * cores, 2000});
  };
  for (int threads = 1; threads < cores; threads *= 2) add_threads(threads);
  add_threads(cores);
  for (std::int64_t replicas = 16; replicas <= 65536; replicas *= 4)
    setups.push_back({"replicas", usual, cores, replicas, 2000});
  const auto add_case = [&](const std::string& axis, BenchCase subject) {
    setups.push_back({axis, subject, 1, 32, steps_for(subject, 32)});
  };
  for (const Operation operation : {Operation::gd_step, Operation::sgd_step})
    for (const int d : {4, 8, 10, 16, 20, 32, 64}) add_case("d", {operation, d, 3, Precision::float32});
  for (const Operation operation : {Operation::gd_step, Operation::sgd_step})
    for (const int depth : {2, 3, 4, 6, 8}) add_case("L", {operation, 10, depth, Precision::float32});
  for (const std::int64_t steps : {1000, 4000, 16000, 64000}) setups.push_back({"steps", usual, 1, 32, steps});
  return setups;
}

ScalingRow measure_row(const ScalingSetup& setup, double seconds) {
  const Experiment experiment = backend_experiment(setup.subject, {}, setup.replicas, setup.steps);
  ScalingRow row{setup, 0.0, 0, 0, std::nullopt};
  const ResidentGrowth growth;
  double spent = 0.0;
  for (int k = 0; k < fewest_runs || spent < seconds; ++k) {
    const BackendRun run = run_through_backend(experiment, replicas_of_a_unit, setup.threads);
    if (k > 0 && run.checksum != row.checksum) throw std::runtime_error("two runs of one experiment differ");
    row.checksum = run.checksum;
    row.first_checksum = run.first_checksum;
    row.replica_steps_per_second = std::max(row.replica_steps_per_second, run.replica_steps / run.seconds);
    spent += run.seconds;
  }
  row.memory = growth.peak_bytes();
  return row;
}

void check_scaling(const std::vector<ScalingRow>& rows) {
  const auto differ = [&](const std::string& axis, auto checksum) {
    std::optional<std::uint64_t> first;
    for (const ScalingRow& row : rows)
      if (row.setup.axis == axis && first.value_or(checksum(row)) != checksum(row)) return true;
      else if (row.setup.axis == axis) first = checksum(row);
    return false;
  };
  if (differ("threads", [](const ScalingRow& row) { return row.checksum; }))
    throw std::runtime_error("results depend on the number of threads");
  if (differ("replicas", [](const ScalingRow& row) { return row.first_checksum; }))
    throw std::runtime_error("results of the first replicas depend on how many there are");
}

std::uint64_t hash_scaling(const std::vector<ScalingRow>& rows) {
  std::uint64_t hash = fnv_start;
  for (const ScalingRow& row : rows)
    if (row.setup.axis != "threads" || row.setup.threads == 1)
      hash = fnv_1a(&row.first_checksum, sizeof row.first_checksum, hash);
  return hash;
}

}  // namespace rankfall
