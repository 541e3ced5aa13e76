#pragma once
// The directory of one run: DIR/experiment.toml, results.nc, summary.csv, run.json, progress.json, units/, figures/.
#include <string>
#include <vector>

#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"
#include "run/directory_lock.hpp"
#include "run/goals.hpp"

namespace rankfall {

struct ResultDirectory {
  std::string path;

  std::string experiment() const { return path + "/experiment.toml"; }
  std::string results() const { return path + "/results.nc"; }
  std::string summary() const { return path + "/summary.csv"; }
  std::string record(const Shard& shard = {}) const { return path + "/" + of_shard("run", shard) + ".json"; }
  std::string progress(const Shard& shard = {}) const { return path + "/" + of_shard("progress", shard) + ".json"; }
  std::string units() const { return path + "/units"; }
  std::string checkpoints() const { return path + "/checkpoints"; }
  std::string splitting(const std::string& kind) const { return path + "/splitting." + kind; }  // json, csv
  std::string figures() const { return path + "/figures"; }

  static std::string of_shard(const std::string& name, const Shard& shard) {
    return shard.is_whole() ? name : name + "." + shard.file_word();
  }
};

// A result directory while a process trains for it. Made for this experiment, or opened to go on. Throws ConfigError when
// it holds another experiment (naming the keys that differ) or something that is no run, or when another process is at
// work there; StoreError when it cannot be written.
class OpenRun {
 public:
  OpenRun(const std::string& path, const Experiment& experiment, const Shard& shard = {});
  const ResultDirectory& directory() const { return directory_; }
  bool is_unchanged() const { return unchanged_; }  // it was there before, with the same experiment text

 private:
  ResultDirectory directory_;
  DirectoryLock lock_;
  bool unchanged_ = false;
};

// A run as it lies on disk.
struct StoredRun {
  ResultDirectory directory;
  Experiment experiment;
  Goals goals;
  RunResults results;
  std::vector<std::string> rejected_units;  // files that could not be trusted, with the reason
  std::int64_t replicas_done = 0;
  bool complete = false;
};

// Reads the experiment and its results: results.nc if it is there, else the finished units. Throws ConfigError when
// `path` is no result directory, StoreError when a file in it cannot be read.
StoredRun load_run(const std::string& path);

// The goals that the units on disk ask for.
Goals goals_on_disk(const ResultDirectory& directory, const Experiment& experiment);

// Only the experiment of a result directory.
Experiment load_run_experiment(const ResultDirectory& directory);

}  // namespace rankfall
