#include "cli/commands.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>

#include "backend/cpu_backend.hpp"
#include "bench/export.hpp"
#include "bench/scaling_table.hpp"
#include "config/config.hpp"
#include "device/device_backend.hpp"
#include "estimate/law_table.hpp"
#include "estimate/report.hpp"
#include "rankfall/error.hpp"
#include "rankfall/study.hpp"
#include "run/diagnose.hpp"
#include "run/figures.hpp"
#include "run/landscapes.hpp"
#include "run/merge_runs.hpp"
#include "run/nuclear.hpp"
#include "run/plan.hpp"
#include "run/presets.hpp"
#include "run/provenance.hpp"
#include "run/report_page.hpp"
#include "run/result_directory.hpp"
#include "run/status.hpp"
#include "store/atomic_file.hpp"

namespace rankfall::cli {

namespace {

Experiment load(const ExperimentSource& source) { return read_experiment(source.name, source.overrides); }

// What takes long is to be seen as it comes.
void print_at_once(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

void print_warnings(const Experiment& experiment) {
  for (const std::string& line : warnings(experiment)) fmt::print(stderr, "warning: {}\n", line);
}

void print_summary(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  fmt::print("{}{}\n{}", summary_table(experiment, estimates), law_table(experiment, estimates),
             methods_sentence(experiment, estimates, version()));
}

bool print_figures(const std::string& directory) {
  std::string reason;
  const std::string files = draw_figures(directory, reason);
  if (!files.empty()) fmt::print("\nFigures:\n{}", files);
  else fmt::print(stderr, "note: no figures: {}; once Python has xarray and matplotlib: rankfall plot {}\n", reason, directory);
  return !files.empty();
}

void print_results(const std::string& directory, const std::vector<CellEstimate>& estimates, Figures figures) {
  print_summary(load_run_experiment({directory}), estimates);
  if (figures == Figures::drawn) print_figures(directory);
  fmt::print("\nResults: {0}/results.nc, {0}/summary.csv, {0}/run.json\n", directory);
}

std::int64_t number(const std::string& text, const std::string& whole) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty())
    throw ConfigError({"--replica", fmt::format("'{}' is not CELL:INDEX", whole), "two whole numbers are needed",
                       "for example --replica 3:17"});
  return value;
}

}  // namespace

int run(const ExperimentSource& source, RunOptions options, Figures figures) {
  const Ranks ranks(options.shard);
  const Experiment experiment = load(source);
  if (ranks.is_first()) print_warnings(experiment);
  if (options.directory.empty()) options.directory = "runs/" + experiment.name;
  std::vector<CellEstimate> estimates;
  switch (run_experiment(experiment, options, ranks, [&](std::vector<CellEstimate>&& all) { estimates = std::move(all); })) {
    case RunEnd::interrupted:
      fmt::print(stderr, "interrupted; nothing is lost: the same command goes on from here\n");
      return exit_interrupted;
    case RunEnd::shard_done:
      fmt::print(stderr, "shard {}/{} is done; when all are: rankfall merge DIR... --out DIR\n", options.shard.number,
                 options.shard.count);
      return exit_done;
    case RunEnd::followed: return exit_done;
    case RunEnd::done: break;
  }
  print_results(options.directory, estimates, figures);
  return exit_done;
}

int merge(const std::vector<std::string>& sources, const std::string& out, const std::string& command, Figures figures) {
  std::vector<CellEstimate> estimates;
  if (!merge_runs(sources, out, command, [&](std::vector<CellEstimate>&& all) { estimates = std::move(all); })) {
    fmt::print(stderr, "{0} holds what is there; `rankfall run {0}/experiment.toml --out {0}` trains the rest\n", out);
    return exit_user_error;
  }
  print_results(out, estimates, figures);
  return exit_done;
}

int plan(const ExperimentSource& source, int threads) {
  const Experiment experiment = load(source);
  print_warnings(experiment);
  fmt::print("{}", rankfall::plan(experiment, threads));
  return exit_done;
}

int validate(const ExperimentSource& source) {
  const Experiment experiment = load(source);
  print_warnings(experiment);
  fmt::print("{}: valid; {} cell{}, {} replica{} each, {} phase{}\n", source.name, experiment.cells.size(),
             experiment.cells.size() == 1 ? "" : "s", experiment.replicas, experiment.replicas == 1 ? "" : "s",
             experiment.cells.front().phases.size(), experiment.cells.front().phases.size() == 1 ? "" : "s");
  return exit_done;
}

int summary(const std::string& directory) {
  StoredRun stored = load_run(directory);
  find_landscapes(stored.experiment);
  for (const std::string& reason : stored.rejected_units) fmt::print(stderr, "note: {}\n", reason);
  print_summary(stored.experiment, summarized(stored.experiment, stored.results));
  return exit_done;
}

int status(const std::string& directory) {
  fmt::print("{}", rankfall::status(directory));
  return exit_done;
}

int diagnose(const std::string& directory, const std::string& json_path) {
  const Diagnosis diagnosis = rankfall::diagnose(directory);
  if (!json_path.empty()) write_atomically(json_path, diagnosis_json(diagnosis));
  fmt::print("{}", diagnosis_text(diagnosis));
  return diagnosis.findings.empty() ? exit_done : exit_problems;
}

int nuclear(const ExperimentSource& source, const CompletionOptions& options, int starts,
            const std::string& json_path, const std::string& out) {
  if (!json_path.empty()) check_output_file("--json", json_path);
  if (!out.empty()) {
    check_output_file("--out", out);
    check_nuclear_path(out);
  }
  const bool is_run = std::filesystem::is_directory(source.name);
  if (is_run && !source.overrides.empty())
    throw ConfigError({"--set", fmt::format("has no effect on {}", source.name), "a result directory has its experiment",
                       "name an experiment file, or leave --set out"});
  const NuclearReport report = is_run ? nuclear_report(load_run(source.name), options, starts)
                                      : nuclear_report(load(source), options, starts);
  if (!json_path.empty()) write_atomically(json_path, nuclear_json(report));
  if (!out.empty()) write_nuclear(report, out);
  fmt::print("{}", nuclear_text(report));
  return exit_done;
}

int splitting(const ExperimentSource& source, SplittingOptions options) {
  const Experiment experiment = load(source);
  if (options.directory.empty()) options.directory = "runs/" + experiment.name;
  const auto estimates = split(experiment, options);
  if (!estimates) {
    fmt::print(stderr, "interrupted; the same command goes on with the next cell\n");
    return exit_interrupted;
  }
  fmt::print("{0}\nResults: {1}/splitting.csv, {1}/splitting.json\n", splitting_table(experiment, *estimates), options.directory);
  return exit_done;
}

int plot(const std::string& directory) {
  load_run_experiment({directory});
  return print_figures(directory) ? exit_done : exit_machine_error;
}

int report(const std::string& directory) {
  std::string reason;
  const std::string path = write_report(directory, reason);
  if (path.empty())
    return complain(fmt::format("{}: no report; {}; Python with xarray and matplotlib makes it", directory, reason), exit_machine_error);
  fmt::print("{}\n", path);
  return exit_done;
}

int replay(ReplayOptions options, const std::string& replica) {
  const std::size_t colon = replica.find(':');
  if (colon == std::string::npos)
    throw ConfigError({"--replica", fmt::format("'{}' is not CELL:INDEX", replica), "two whole numbers are needed",
                       "for example --replica 3:17"});
  options.cell = number(replica.substr(0, colon), replica);
  options.replica = number(replica.substr(colon + 1), replica);
  fmt::print("{}\n", rankfall::replay(options));
  return exit_done;
}

int list_presets() {
  std::size_t width = 0;
  for (const Preset& each : presets()) width = std::max(width, each.name.size());
  for (const Preset& each : presets()) fmt::print("{:<{}}  {}\n", each.name, width, each.description());
  return exit_done;
}

int show_preset(const std::string& name) {
  fmt::print("{}", preset(name).text);
  return exit_done;
}

int print_completion(const std::string& shell, const std::vector<VerbText>& verbs) {
  std::vector<std::string> names;
  for (const Preset& each : presets()) names.push_back(each.name);
  fmt::print("{}", completion(shell, verbs, names));
  return exit_done;
}

int bench(const BenchOptions& options, const std::string& backend, const DeviceBenchOptions& device) {
  if (backend != "cpu" && backend != "cuda")
    throw ConfigError({"--backend", fmt::format("unknown backend '{}'", backend), "", "choose cpu or cuda"});
  if (backend == "cuda") run_device_bench(options, device, build_provenance(), print_at_once);
  else run_bench(options, build_provenance(), print_at_once);
  return exit_done;
}

int bench_scaling(const std::string& json_path) {
  run_scaling(json_path, build_provenance(), print_at_once);
  return exit_done;
}

int export_bench(const std::string& case_name, const std::string& path) {
  export_workload(case_of_name(case_name), path);
  fmt::print("{}: {} steps of {}\n", path, exported_steps, case_name);
  return exit_done;
}

int backends() {
  const std::string missing = missing_instructions();
  if (missing.empty()) fmt::print("cpu    available: {}\n", make_cpu_backend(0)->description().substr(5));
  else fmt::print("cpu    unavailable: this binary needs {}, which this processor does not have\n", missing);
  const DeviceSurvey survey = survey_devices();
  for (const std::string& device : survey.usable) fmt::print("cuda   available: {}\n", device);
  if (survey.usable.empty()) fmt::print("cuda   unavailable: {}\n", survey.trouble);
  return exit_done;
}

}  // namespace rankfall::cli
