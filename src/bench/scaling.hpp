#pragma once
// Throughput of a whole run, threads and probes and all, through the Backend interface.
#include <cstdint>
#include <vector>

namespace rankfall {

struct ScalingPoint {
  int threads = 1;
  double replica_steps_per_second = 0.0;  // the best of several runs
  double speed_up = 1.0;                  // over one thread
};

struct ScalingResult {
  std::vector<ScalingPoint> points;
  std::uint64_t checksum = 0;  // of every replica's final state as read by its last probe
};

// A sweep of single-entry SGD (d = 10, L = 3, float32, four rates, probes every 1000 steps) on each number of threads,
// in turns, `rounds` times; `steps` per replica. Throws std::runtime_error if the results depend on the number of
// threads.
ScalingResult measure_scaling(const std::vector<int>& threads, int rounds, std::int64_t steps);

}  // namespace rankfall
