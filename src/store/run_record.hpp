#pragma once
// run.json and progress.json.
#include <cstdint>
#include <map>
#include <string>

#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

struct Progress {
  std::string state;  // "running", "merging", "done", "interrupted", "failed"
  std::int64_t replicas_done = 0;
  std::int64_t replicas_total = 0;
  std::int64_t units_done = 0;
  std::int64_t units_total = 0;
  double seconds = 0.0;
  double replica_steps_per_second = 0.0;
  double seconds_left = -1.0;  // < 0: unknown
  double replica_steps = 0.0;  // by this process
  std::string backend;
  std::map<std::string, std::int64_t> running;   // replicas in training, by index of the cell
  std::map<std::string, std::int64_t> ranks;     // replicas by rank at their latest probe, of those this process trained
  std::map<std::string, std::int64_t> outcomes;  // likewise by outcome, or "in training"
};

void write_run_record(const std::string& path, const Experiment& experiment, const Provenance& provenance);
Provenance read_run_record(const std::string& path);
void write_progress(const std::string& path, const Progress& progress);
Progress read_progress(const std::string& path);

}  // namespace rankfall
