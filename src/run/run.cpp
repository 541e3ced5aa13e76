#include "run/run.hpp"

#include <fmt/core.h>

#include <filesystem>

#include "backend/cpu_backend.hpp"
#include "device/device_backend.hpp"
#include "rankfall/error.hpp"
#include "run/capacity.hpp"
#include "run/interrupt.hpp"
#include "run/landscapes.hpp"
#include "run/progress_report.hpp"
#include "run/provenance.hpp"
#include "run/unit_ledger.hpp"
#include "run/work_units.hpp"
#include "store/run_record.hpp"
#include "theory/parallel.hpp"

namespace rankfall {

namespace {

// What training needs on every rank.
struct Worker {
  const Experiment& experiment;
  const RunOptions& options;
  Backend& backend;
  UnitLedger ledger;
  Interruption interruption;

  Worker(const Experiment& all, const RunOptions& how, Backend& trainer)
      : experiment(all), options(how), backend(trainer), ledger({how.directory}, all), interruption(how.max_hours) {}

  // `note` and `finished` are told what happens.
  void train(std::span<const WorkUnit> units, const std::function<void(const Activity&)>& note,
             const std::function<void(const ReplicaResults&)>& finished) {
    backend.train(experiment, units,
                  {.deliver =
                       [&](ReplicaResults&& results) {
                         ledger.finish(results);
                         finished(results);
                       },
                   .stop = interruption.token(),
                   .note = note,
                   .note_every = 0.1,
                   .keep = [&](const WorkUnit& unit, const std::string& state) { ledger.keep(unit, state); },
                   .recall = [&](const WorkUnit& unit) { return ledger.recall(unit); },
                   .keep_every = 60.0 * options.checkpoint_minutes});
  }
};

Provenance provenance_of(const Backend& backend, const RunOptions& options, const Progress& progress) {
  Provenance provenance = build_provenance();
  provenance.backend = backend.name();
  provenance.device = backend.description();
  provenance.command = options.command;
  provenance.host_threads = std::to_string(thread_count(options.threads));
  provenance.wall_seconds = progress.seconds;
  provenance.replica_steps = progress.replica_steps;
  return provenance;
}

void introduce(const Experiment& experiment, const RunOptions& options, const Backend& backend, const Ranks& ranks) {
  fmt::print(stderr, "{}: {} cell{}, {} replicas each{}, on {}{}\n", experiment.name, experiment.cells.size(),
             experiment.cells.size() == 1 ? "" : "s", experiment.replicas,
             experiment.most_replicas() > experiment.replicas ? fmt::format(" to begin with, at most {}", experiment.most_replicas()) : "",
             backend.description(), ranks.size() > 1 ? fmt::format(", {} processes", ranks.size()) : "");
  if (options.backend == "auto" && backend.name() == "cpu")
    fmt::print(stderr, "no GPU is used: {}\n", survey_devices().trouble);
  if (experiment.precision == Precision::double_double && backend.name() != "cpu")
    fmt::print(stderr, "double-double is trained on this machine's CPU threads: there are no kernels for it on a device\n");
  fmt::print(stderr, "{}", landscape_notes(experiment));
}

std::int64_t replicas_of(std::span<const WorkUnit> units) {
  std::int64_t replicas = 0;
  for (const WorkUnit& unit : units) replicas += unit.count;
  return replicas;
}

// Ranks other than the first: train what they are given until there is no more.
void follow(Worker& worker, const Ranks& ranks) {
  for (;;) {
    const std::vector<WorkUnit> units = ranks.spread({});
    if (units.empty()) return;
    const auto train = [&](std::span<const WorkUnit> part) {
      WorkDone done;
      std::mutex mutex;
      worker.train(
          part,
          [&](const Activity& activity) {
            const std::lock_guard lock(mutex);
            done.replica_steps += activity.replica_steps;
          },
          [&](const ReplicaResults& results) {
            const std::lock_guard lock(mutex);
            done.units += 1;
            done.replicas += static_cast<double>(results.count);
          });
      return done;
    };
    ranks.share(units, thread_count(worker.options.threads), worker.interruption.token(), train, {});
  }
}

// Whether everything a run writes in the end is there and can be read.
bool is_written(const ResultDirectory& directory, std::int64_t replicas) {
  for (const std::string& path : {directory.results(), directory.summary(), directory.record()})
    if (!std::filesystem::exists(path)) return false;
  try {
    return load_run(directory.path).replicas_done == replicas;
  } catch (const StoreError&) {  // damaged: it is written again
    return false;
  }
}

// The first rank's part of a run: decides what there is to do, and tells how far it is.
class Lead {
 public:
  Lead(Worker& worker, const Ranks& ranks, const OpenRun& run, const Summarizer& summarize)
      : worker_(worker), ranks_(ranks), run_(run), summarize_(summarize),
        report_(run.directory().progress(worker.options.shard), first_progress()) {}

  RunEnd train_and_write() {
    try {
      const RunEnd end = train_all() ? finish() : RunEnd::interrupted;
      report_.finish(end == RunEnd::interrupted ? "interrupted" : "done");
      if (worker_.options.profile) tell_profile();
      return end;
    } catch (...) {
      report_.finish("failed");
      throw;
    }
  }

 private:
  void tell_profile() {
    const TimeSplit split = report_.time_split();
    const double sum = split.starting + split.training + split.probing + split.labelling;
    if (sum <= 0.0) {
      fmt::print(stderr, "profile: no replica was trained on this process's CPU threads\n");
      return;
    }
    fmt::print(stderr,
               "profile: {:.2f} s of CPU threads: steps {:.1f} %, probes {:.1f} %, labels (quenches) {:.1f} %, "
               "starts {:.1f} %; {:.2f} s in all by the clock\n",
               sum, 100.0 * split.training / sum, 100.0 * split.probing / sum, 100.0 * split.labelling / sum,
               100.0 * split.starting / sum, report_.progress().seconds);
  }
  Progress first_progress() const {
    Progress progress;
    progress.state = "running";
    progress.backend = worker_.backend.name();
    return progress;
  }

  // This shard's units that are missing, after raising goals wherever that can be decided.
  std::vector<WorkUnit> missing() {
    raise_goals(worker_.experiment, goals_,
                [&](const Cell& cell, std::int64_t goal) { return worker_.ledger.results_of(cell, goal); });
    std::vector<WorkUnit> own;
    for (const WorkUnit& unit : work_units(worker_.experiment, goals_))
      if (worker_.options.shard.has(worker_.experiment, unit)) own.push_back(unit);
    std::vector<WorkUnit> missing = worker_.ledger.missing(own);
    report_.plan(static_cast<std::int64_t>(own.size() - missing.size()), static_cast<std::int64_t>(own.size()),
                 replicas_of(own) - replicas_of(missing), replicas_of(own));
    if (!trained_ && missing.size() < own.size())
      fmt::print(stderr, "{} of {} work units are on disk already\n", own.size() - missing.size(), own.size());
    return missing;
  }

  // False if it was interrupted.
  bool train_all() {
    for (std::vector<WorkUnit> units = missing(); !units.empty(); units = missing()) {
      if (!trained_) std::filesystem::remove(run_.directory().results());  // of an earlier, smaller run
      trained_ = true;
      ranks_.share(
          ranks_.spread(units), thread_count(worker_.options.threads), worker_.interruption.token(),
          [&](std::span<const WorkUnit> part) { return train(part); },
          [&](const WorkDone& done) {
            report_.note({done.replica_steps, {}, {}}, worker_.ledger.running());
            report_.add_units(static_cast<std::int64_t>(done.units), static_cast<std::int64_t>(done.replicas));
          });
      if (worker_.interruption.requested()) break;
    }
    ranks_.spread({});
    return !worker_.interruption.requested() || missing().empty();
  }

  WorkDone train(std::span<const WorkUnit> part) {
    worker_.train(
        part, [&](const Activity& activity) { report_.note(activity, worker_.ledger.running()); },
        [&](const ReplicaResults& results) { report_.add_units(1, results.count); });
    return {};
  }

  // What is as it should be is left alone.
  RunEnd finish() {
    const ResultDirectory& directory = run_.directory();
    const std::vector<WorkUnit> all = work_units(worker_.experiment, goals_);
    const Provenance own = provenance_of(worker_.backend, worker_.options, report_.progress());
    if (!worker_.options.shard.is_whole())
      write_run_record(directory.record(worker_.options.shard), worker_.experiment, own);
    if (!worker_.ledger.missing(all).empty()) return RunEnd::shard_done;
    const SetupLock alone(directory.path);  // the last two shards may end at the same moment
    const bool written = !trained_ && run_.is_unchanged() && is_written(directory, replicas_of(all));
    try {
      const std::stop_token stop = worker_.interruption.token();
      std::vector<CellEstimate> estimates;
      if (!written) estimates = write_products(directory, worker_.experiment, goals_, own, stop);
      else if (summarize_) estimates = summarized(worker_.experiment, load_run(directory.path).results, stop);
      if (summarize_) summarize_(std::move(estimates));
    } catch (const Stopped&) {
      return RunEnd::interrupted;
    }
    worker_.ledger.forget_checkpoints();
    return RunEnd::done;
  }

  Worker& worker_;
  const Ranks& ranks_;
  const OpenRun& run_;
  const Summarizer& summarize_;
  ProgressReport report_;
  Goals goals_ = first_goals(worker_.experiment);
  bool trained_ = false;
};

}  // namespace

RunEnd run_experiment(const Experiment& given, const RunOptions& options, const Ranks& ranks, const Summarizer& summarize) {
  const Experiment experiment = with_landscapes(given, options.threads);
  const std::unique_ptr<Backend> backend =
      make_backend(options.backend, options.threads, devices_of(options, ranks), options.placement);
  if (!ranks.is_first()) {
    Worker worker(experiment, options, *backend);
    follow(worker, ranks);
    return RunEnd::followed;
  }
  if (options.shard.is_whole()) check_merge_fits(experiment, capacity_of_machine(options.directory));
  const OpenRun run(options.directory, experiment, options.shard);
  introduce(experiment, options, *backend, ranks);
  Worker worker(experiment, options, *backend);
  return Lead(worker, ranks, run, summarize).train_and_write();
}

RunEnd run_experiment(const Experiment& experiment, const RunOptions& options) { return run_experiment(experiment, options, Ranks()); }

}  // namespace rankfall
