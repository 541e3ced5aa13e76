#pragma once
// The main job: train what is missing of an experiment, merge, estimate, report.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rankfall/backend.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

struct RunOptions {
  std::string directory;
  std::string backend = "auto";  // auto | cpu | cuda
  int threads = 0;               // 0: one per usable core
  std::vector<int> devices;      // GPUs by number; empty: all
  std::string placement = "auto";  // who trains a replica on a GPU, and where: auto | registers | thread | team | memory
  std::optional<double> max_hours;
  std::string command;           // the command line, for the record
};

// "auto" takes a usable GPU, else the CPU; run_experiment says why. Throws DeviceError for a backend this machine or
// build does not have, ConfigError for an unknown name or devices that the backend cannot have.
std::unique_ptr<Backend> make_backend(const std::string& name, int threads, const std::vector<int>& devices = {},
                                      const std::string& placement = "auto");

enum class RunEnd { done, interrupted };

// Trains every work unit that is not yet on disk, then writes results.nc, summary.csv and run.json. Interrupted between
// units, it leaves what is finished; the same call goes on from there.
RunEnd run_experiment(const Experiment& experiment, const RunOptions& options);

}  // namespace rankfall
