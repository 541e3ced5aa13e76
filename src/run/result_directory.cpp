#include "run/result_directory.hpp"

#include <filesystem>
#include <system_error>

#include "config/config.hpp"
#include "rankfall/error.hpp"
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
  for (const auto& entry : fs::directory_iterator(path))
    if (entry.path().filename().string().rfind("experiment.toml.", 0) != 0) return false;
  return true;
}

}  // namespace

Experiment load_run_experiment(const ResultDirectory& directory) {
  if (!fs::exists(directory.experiment()))
    throw ConfigError({directory.path, "not a result directory", "there is no experiment.toml in it",
                       "name the directory that was given to `rankfall run --out`"});
  return load_experiment(directory.experiment());
}

ResultDirectory open_for_run(const std::string& path, const Experiment& experiment) {
  const ResultDirectory directory{path};
  if (fs::exists(directory.experiment())) {
    const Experiment stored = load_run_experiment(directory);
    if (stored.digest != experiment.digest)
      throw ConfigError({path, "holds the results of another experiment", "its experiment.toml differs from this one",
                         "choose another --out, or remove the directory"});
  } else if (fs::exists(path) && !is_unused(path)) {
    throw ConfigError({path, "is not empty and not a result directory", "nothing there may be overwritten",
                       "choose another --out"});
  }
  create_directory(path);
  write_atomically(directory.experiment(), experiment.text);  // first: it marks the directory as a run's
  create_directory(directory.units());
  return directory;
}

StoredRun load_run(const std::string& path) {
  StoredRun run{{path}, {}, {}, {}, 0, false};
  run.experiment = load_run_experiment(run.directory);
  const auto total = static_cast<std::int64_t>(run.experiment.cells.size()) * run.experiment.replicas;
  if (fs::exists(run.directory.results())) {
    run.results = read_results(run.directory.results(), run.experiment);
  } else {
    run.results = merge_units(run.directory.units(), run.experiment, work_units(run.experiment), run.rejected_units);
  }
  for (const ReplicaResults& cell : run.results) run.replicas_done += cell.count;
  run.complete = run.replicas_done == total;
  return run;
}

}  // namespace rankfall
