#include "bench/scaling.hpp"

#include <algorithm>
#include <stdexcept>

#include "bench/backend_run.hpp"

namespace rankfall {

namespace {

constexpr std::int64_t unit_replicas = 64, units_per_cell = 4;

}  // namespace

ScalingResult measure_scaling(const std::vector<int>& threads, int rounds, std::int64_t steps) {
  const Experiment experiment = backend_experiment({Operation::sgd_step, 10, 3, Precision::float32},
                                                   {0.001, 0.002, 0.003, 0.004}, unit_replicas * units_per_cell, steps);
  ScalingResult result;
  result.checksum = run_through_backend(experiment, unit_replicas, 1).checksum;
  for (const int count : threads) result.points.push_back({count, 0.0, 1.0});
  for (int round = 0; round < rounds; ++round)
    for (ScalingPoint& point : result.points) {
      const BackendRun run = run_through_backend(experiment, unit_replicas, point.threads);
      if (run.checksum != result.checksum) throw std::runtime_error("results depend on the number of threads");
      point.replica_steps_per_second = std::max(point.replica_steps_per_second, run.replica_steps / run.seconds);
    }
  for (ScalingPoint& point : result.points)
    point.speed_up = point.replica_steps_per_second / result.points.front().replica_steps_per_second;
  return result;
}

}  // namespace rankfall
