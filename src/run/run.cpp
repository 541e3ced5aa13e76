#include "run/run.hpp"

#include <fmt/core.h>

#include <filesystem>

#include "backend/cpu_backend.hpp"
#include "device/device_backend.hpp"
#include "device/launch_plan.hpp"
#include "estimate/estimator.hpp"
#include "estimate/report.hpp"
#include "rankfall/error.hpp"
#include "run/interrupt.hpp"
#include "run/progress_report.hpp"
#include "run/provenance.hpp"
#include "run/result_directory.hpp"
#include "run/work_units.hpp"
#include "store/atomic_file.hpp"
#include "store/merge.hpp"
#include "store/results_file.hpp"
#include "store/run_record.hpp"
#include "store/unit_file.hpp"

namespace rankfall {

namespace {

// Units not yet on disk. A file that cannot be trusted is reported and its unit trained again.
std::vector<WorkUnit> missing_units(const ResultDirectory& directory, const Experiment& experiment,
                                    const std::vector<WorkUnit>& units) {
  std::vector<WorkUnit> missing;
  for (const WorkUnit& unit : units) {
    std::string reason;
    if (read_unit(directory.units(), experiment.digest, unit, reason)) continue;
    if (!reason.empty()) fmt::print(stderr, "note: {} is trained again: {}\n", unit_name(unit), reason);
    missing.push_back(unit);
  }
  return missing;
}

void write_products(const ResultDirectory& directory, const Experiment& experiment,
                    const std::vector<WorkUnit>& units, Provenance provenance) {
  std::vector<std::string> rejected;
  const RunResults results = merge_units(directory.units(), experiment, units, rejected);
  if (!rejected.empty())
    throw StoreError({directory.units(), rejected.front(), "a unit written by this run cannot be read back",
                      "check the disk and run the same command again"});
  provenance.checksum = results_checksum(results);
  write_results(directory.results(), experiment, results, provenance);
  const auto estimates = estimate(experiment, results);
  write_atomically(directory.summary(), summary_csv(experiment, estimates));
  write_run_record(directory.record(), experiment, provenance);
}

Progress first_progress(const Experiment& experiment, const std::vector<WorkUnit>& units,
                        const std::vector<WorkUnit>& missing, const Backend& backend) {
  Progress progress;
  progress.state = "running";
  progress.backend = backend.name();
  progress.units_total = static_cast<std::int64_t>(units.size());
  progress.units_done = progress.units_total - static_cast<std::int64_t>(missing.size());
  progress.replicas_total = static_cast<std::int64_t>(experiment.cells.size()) * experiment.replicas;
  progress.replicas_done = progress.replicas_total;
  for (const WorkUnit& unit : missing) progress.replicas_done -= unit.count;
  return progress;
}

Provenance provenance_of(const Backend& backend, const RunOptions& options, const ProgressReport& report) {
  Provenance provenance = build_provenance();
  provenance.backend = backend.name();
  provenance.device = backend.description();
  provenance.command = options.command;
  provenance.host_threads = std::to_string(thread_count(options.threads));
  provenance.wall_seconds = report.progress().seconds;
  provenance.replica_steps = report.replica_steps();
  return provenance;
}

}  // namespace

std::unique_ptr<Backend> make_backend(const std::string& name, int threads, const std::vector<int>& devices,
                                      const std::string& placement) {
  const auto placed = placement_of(placement);
  if (name != "cpu" && name != "auto" && name != "cuda")
    throw ConfigError({"--backend", fmt::format("unknown backend '{}'", name), "", "choose auto, cpu or cuda"});
  if (name == "cpu" && !devices.empty())
    throw ConfigError({"--devices", "the cpu backend has no devices", "", "leave it out, or use --backend cuda"});
  if (name == "cuda" || !devices.empty()) return make_device_backend(devices, placed);
  if (name == "auto" && !survey_devices().usable.empty()) return make_device_backend({}, placed);
  return make_cpu_backend(threads);
}

RunEnd run_experiment(const Experiment& experiment, const RunOptions& options) {
  const std::unique_ptr<Backend> backend = make_backend(options.backend, options.threads, options.devices, options.placement);
  const ResultDirectory directory = open_for_run(options.directory, experiment);
  const std::vector<WorkUnit> units = work_units(experiment);
  const std::vector<WorkUnit> missing = missing_units(directory, experiment, units);
  fmt::print(stderr, "{}: {} cell{}, {} replicas each, on {}\n", experiment.name, experiment.cells.size(),
             experiment.cells.size() == 1 ? "" : "s", experiment.replicas, backend->description());
  if (options.backend == "auto" && backend->name() == "cpu")
    fmt::print(stderr, "no GPU is used: {}\n", survey_devices().trouble);
  if (missing.size() < units.size())
    fmt::print(stderr, "{} of {} work units are on disk already\n", units.size() - missing.size(), units.size());

  Interruption interruption(options.max_hours);
  ProgressReport report(directory.progress(), first_progress(experiment, units, missing, *backend));
  const auto keep = [&](ReplicaResults&& results) {
    write_unit(directory.units(), experiment.digest, results);
    report.add_unit(results.count, results.trained_steps);
  };
  try {
    std::filesystem::remove(directory.results());  // of an earlier, smaller run: never beside newer units
    backend->train(experiment, missing, keep, interruption.token());
    const bool complete = report.progress().units_done == report.progress().units_total;
    if (complete) write_products(directory, experiment, units, provenance_of(*backend, options, report));
    report.finish(complete ? "done" : "interrupted");
    return complete ? RunEnd::done : RunEnd::interrupted;
  } catch (...) {
    report.finish("failed");
    throw;
  }
}

}  // namespace rankfall
