#pragma once
// The directory of one run: DIR/experiment.toml, results.nc, summary.csv, run.json, progress.json, units/, figures/.
#include <string>
#include <vector>

#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

struct ResultDirectory {
  std::string path;

  std::string experiment() const { return path + "/experiment.toml"; }
  std::string results() const { return path + "/results.nc"; }
  std::string summary() const { return path + "/summary.csv"; }
  std::string record() const { return path + "/run.json"; }
  std::string progress() const { return path + "/progress.json"; }
  std::string units() const { return path + "/units"; }
  std::string figures() const { return path + "/figures"; }
};

// Creates the directory for this experiment, or opens it to go on. Throws ConfigError when it holds another experiment
// or something that is no run, StoreError when it cannot be written.
ResultDirectory open_for_run(const std::string& path, const Experiment& experiment);

// A run as it lies on disk.
struct StoredRun {
  ResultDirectory directory;
  Experiment experiment;
  RunResults results;
  std::vector<std::string> rejected_units;  // files that could not be trusted, with the reason
  std::int64_t replicas_done = 0;
  bool complete = false;
};

// Reads the experiment and its results: results.nc if it is there, else the finished units. Throws ConfigError when
// `path` is no result directory, StoreError when a file in it cannot be read.
StoredRun load_run(const std::string& path);

// Only the experiment of a result directory.
Experiment load_run_experiment(const ResultDirectory& directory);

}  // namespace rankfall
