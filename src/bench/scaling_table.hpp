#pragma once
// `rankfall bench --scaling`: how the rate of a whole run changes with threads, replicas, dimension, depth and steps.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bench/bench_case.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

// What is trained, and what differs from the row before.
struct ScalingSetup {
  std::string axis;  // "threads", "replicas", "d", "L" or "steps"
  BenchCase subject;
  int threads = 1;
  std::int64_t replicas = 32;
  std::int64_t steps = 1000;
};

struct ScalingRow {
  ScalingSetup setup;
  double replica_steps_per_second = 0.0;  // the best of several runs
  std::uint64_t checksum = 0;             // of all replicas
  std::uint64_t first_checksum = 0;       // of the first 16: it depends on subject and steps alone
  std::optional<std::int64_t> memory;     // peak bytes beyond what was resident before
};

// All rows of the table on a machine with so many cores.
std::vector<ScalingSetup> scaling_setups(int cores);

// Repeats a run for about `seconds`, twice at least. Throws std::runtime_error if its results differ.
ScalingRow measure_row(const ScalingSetup& setup, double seconds);

// Throws std::runtime_error if results depend on the number of threads, or those of the first replicas on the number of
// replicas.
void check_scaling(const std::vector<ScalingRow>& rows);

// Over the rows' first_checksum, one of the rows of threads: the same on every machine.
std::uint64_t hash_scaling(const std::vector<ScalingRow>& rows);

std::string scaling_json(const std::vector<ScalingRow>& rows, const Provenance& build);

// Measures and prints all rows, then the checksum; writes them as JSON unless the path is empty. Throws as the above, and
// StoreError if the file cannot be written.
void run_scaling(const std::string& json_path, const Provenance& build,
                 const std::function<void(const std::string&)>& print);

}  // namespace rankfall
