#pragma once
// A case through the Backend interface, as a run drives it: work units, threads, lane refill, probes.
#include <cstdint>
#include <vector>

#include "bench/bench_case.hpp"
#include "rankfall/backend.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

struct BackendRun {
  double seconds = 0.0;
  double replica_steps = 0.0;
  std::uint64_t checksum = 0;        // of every replica's final state as read by its last probe
  std::uint64_t first_checksum = 0;  // of replicas 0 .. 15 of the first cell
};

// One cell per learning rate of the case's experiment (none: its own), each with so many replicas and steps, probes every
// 1000 steps.
Experiment backend_experiment(const BenchCase& subject, const std::vector<double>& learning_rates, std::int64_t replicas,
                              std::int64_t steps);

// Trains all of them in units of `unit` replicas; all results are kept until the end. Deterministic but for `seconds`.
BackendRun run_through_backend(const Experiment& experiment, std::int64_t unit, int threads);

}  // namespace rankfall
