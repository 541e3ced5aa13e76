#pragma once
// The main job: train what is missing of an experiment, merge, estimate, report.
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "rankfall/backend.hpp"
#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "run/ranks.hpp"
#include "run/result_directory.hpp"
#include "run/shard.hpp"

namespace rankfall {

struct RunOptions {
  std::string directory;
  std::string backend = "auto";  // auto | cpu | cuda
  int threads = 0;               // 0: one per usable core
  std::vector<int> devices;      // GPUs by number; empty: all
  std::string placement = "auto";  // who trains a replica on a GPU, and where: auto | registers | thread | team | memory
  std::optional<double> max_hours;
  double checkpoint_minutes = 3.0;  // between two checkpoints of what is under way
  Shard shard;
  bool profile = false;          // say where the time went
  std::string command;           // the command line, for the record
};

// "auto" takes a usable GPU, else the CPU; run_experiment says why. Throws DeviceError for a backend this machine or
// build does not have, ConfigError for an unknown name or devices that the backend cannot have.
std::unique_ptr<Backend> make_backend(const std::string& name, int threads, const std::vector<int>& devices = {},
                                      const std::string& placement = "auto");

// The GPUs of this rank: those of a machine are shared out among its ranks.
std::vector<int> devices_of(const RunOptions& options, const Ranks& ranks);

// done: every unit is there, and the results are written. interrupted: the same call goes on from where it stopped.
// shard_done: this shard's units are there, others are not. followed: this is not the first rank, which tells how it ended.
enum class RunEnd { done, interrupted, shard_done, followed };

// Is given the estimates of a whole run, with the laws and the comparisons that belong to them: these may take long to
// solve, so that whoever writes and whoever prints them share them.
using Summarizer = std::function<void(std::vector<CellEstimate>&&)>;

// Trains every work unit of the shard that is not yet on disk; when all units are, of other shards too, writes
// results.nc, summary.csv and run.json. With an adaptive rule it then adds units until the rule is met. `summarize`, if
// there is one, is called where it is done. A run that was interrupted while it compared has results.nc, and no summary.csv.
RunEnd run_experiment(const Experiment& experiment, const RunOptions& options, const Ranks& ranks,
                      const Summarizer& summarize = {});
RunEnd run_experiment(const Experiment& experiment, const RunOptions& options);  // alone

// All that is estimated from these results. Throws Stopped (rankfall/error.hpp) if a stop is requested meanwhile.
std::vector<CellEstimate> summarized(const Experiment& experiment, const RunResults& results,
                                     const std::stop_token& stop = {});

// Units of the whole experiment that are on disk, as results.nc, summary.csv and run.json; returns what the summary is
// made of. All three are written, with empty fields for a comparison that fails ([estimate] nuclear_norm), before what it
// threw is thrown on - but for Stopped, which leaves results.nc alone.
std::vector<CellEstimate> write_products(const ResultDirectory& directory, const Experiment& experiment,
                                         const Goals& goals, Provenance provenance, const std::stop_token& stop = {});

}  // namespace rankfall
