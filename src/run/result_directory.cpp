#include "run/result_directory.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "config/config.hpp"
#include "rankfall/error.hpp"
#include "run/unit_ledger.hpp"
#include "run/work_units.hpp"
#include "store/atomic_file.hpp"
#include "store/merge.hpp"
#include "store/results_file.hpp"

namespace rankfall {

namespace fs = std::filesystem;

namespace {

void create_directory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    throw StoreError({path, "cannot create the directory", error.message(), "choose another --out, or free the path"});
}

// Empty, or what a run leaves that was killed before its experiment.toml had its name.
bool is_unused(const std::string& path) {
  if (!fs::is_directory(path)) return false;
  const auto only = [](const std::string& folder, const char* beginning, const char* besides) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      const std::string name = entry.path().filename().string();
      if (name.rfind(beginning, 0) != 0 && name != besides) return false;
    }
    return true;
  };
  const std::string units = ResultDirectory{path}.units();
  return only(path, "experiment.toml.", "units") && (!fs::is_directory(units) || only(units, "lock", ""));
}

// Whether the directory holds this experiment already, with the same text.
bool holds(const ResultDirectory& directory, const Experiment& experiment) {
  if (!fs::exists(directory.experiment())) {
    if (fs::exists(directory.path) && !is_unused(directory.path))
      throw ConfigError({directory.path, "is not empty and not a result directory", "nothing there may be overwritten",
                         "choose another --out"});
    return false;
  }
  const Experiment stored = load_run_experiment(directory);
  if (stored.digest != experiment.digest)
    throw ConfigError({directory.path, "holds the results of another experiment",
                       fmt::format("its experiment.toml differs in {}", differing_keys(stored.text, experiment.text)),
                       "choose another --out, or remove the directory"});
  return stored.text == experiment.text;
}

std::string made(const std::string& path, const Experiment& experiment) {
  holds({path}, experiment);  // before anything is written there
  create_directory(path);
  create_directory(ResultDirectory{path}.units());  // where the locks are
  return path;
}

}  // namespace

Experiment load_run_experiment(const ResultDirectory& directory) {
  if (!fs::exists(directory.experiment()))
    throw ConfigError({directory.path, "not a result directory", "there is no experiment.toml in it",
                       "name the directory that was given to `rankfall run --out`"});
  return load_experiment(directory.experiment());
}

OpenRun::OpenRun(const std::string& path, const Experiment& experiment, const Shard& shard)
    : directory_{made(path, experiment)}, lock_(path, shard) {
  const SetupLock alone(path);  // shards may start at the same moment
  unchanged_ = holds(directory_, experiment);
  if (!unchanged_) write_atomically(directory_.experiment(), experiment.text);  // first: it marks the directory as a run's
  create_directory(directory_.checkpoints());
}

Goals goals_on_disk(const ResultDirectory& directory, const Experiment& experiment) {
  Goals goals = first_goals(experiment);
  UnitLedger ledger(directory, experiment);
  raise_goals(experiment, goals,
              [&](const Cell& cell, std::int64_t goal) { return ledger.results_of(cell, goal); });
  return goals;
}

StoredRun load_run(const std::string& path) {
  StoredRun run{{path}, {}, {}, {}, {}, 0, false};
  run.experiment = load_run_experiment(run.directory);
  if (fs::exists(run.directory.results())) {
    run.results = read_results(run.directory.results(), run.experiment);
    for (const ReplicaResults& cell : run.results)  // that it is there says that every goal was met, for those asked then
      run.goals.push_back(std::max(cell.count, run.experiment.replicas));
  } else {
    run.goals = goals_on_disk(run.directory, run.experiment);
    run.results = merge_units(run.directory.units(), run.experiment, work_units(run.experiment, run.goals), run.rejected_units);
  }
  run.complete = true;
  for (std::size_t c = 0; c < run.results.size(); ++c) {
    run.replicas_done += run.results[c].count;
    run.complete = run.complete && run.results[c].count == run.goals[c];
  }
  return run;
}

}  // namespace rankfall
