// Verbs for what is studied besides `run`, and options that several verbs have.
#include "cli/verbs.hpp"

#include <fmt/core.h>

#include <CLI/CLI.hpp>

#include "cli/option_checks.hpp"

namespace rankfall::cli {

// What names a file or directory is not empty.
void names(CLI::Option* option, const char* kind) {
  option->type_name(kind)->check([](const std::string& name) { return name.empty() ? "a name must not be empty" : ""; });
}

void add_source(CLI::App* verb, Request& request) {
  verb->add_option("EXPERIMENT", request.source.name, "experiment file (TOML), or preset:NAME")->required();
  verb->add_option("--set", request.source.overrides, "set one key, e.g. --set phase.noise.steps=1000 (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

void add_backend(CLI::App* verb, std::string& backend, int& threads, std::vector<int>& devices) {
  verb->add_option("--backend", backend, "what trains; auto: a GPU that can be used, else the CPU")
      ->type_name("auto|cpu|cuda")
      ->capture_default_str();
  verb->add_option("--threads", threads, "CPU threads; 0: one per core")->capture_default_str();
  verb->add_option("--devices", devices, "GPUs by number, e.g. 0,1; default: all")
      ->type_name("N,...")
      ->delimiter(',')
      ->allow_extra_args(false);
}

namespace {

void add_nuclear(CLI::App& app, Request& request) {
  CLI::App* verb = app.add_subcommand("nuclear", "minimum nuclear norm of each problem, with proven bounds, beside what was trained");
  verb->add_option("EXPERIMENT", request.source.name, "experiment file (TOML), preset:NAME, or result directory of a run")->required();
  verb->add_option("--set", request.source.overrides, "set one key of an experiment file (repeatable)")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  names(verb->add_option("--json", request.json, "also write all problems to a file"), "FILE");
  names(verb->add_option("--out", request.directory, "also write a table, FILE.csv, or with the completions, FILE.nc"), "FILE");
  verb->add_option("--tolerance", request.completion.tolerance, "of the gap between the bounds, relative to the norm")
      ->check(between(smallest_tolerance, 0.1), fmt::format("in [{:g} - 0.1]", smallest_tolerance))
      ->capture_default_str();
  verb->add_option("--max-iterations", request.completion.most_iterations, "Newton steps per problem")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  verb->add_option("--threads", request.completion.threads, "CPU threads; 0: one per core")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  verb->add_option("--cost-starts", request.starts, "also search local minima of the representation cost, from so many starts")
      ->check(CLI::Range(0, 10000))
      ->capture_default_str();
  verb->footer("Example: rankfall nuclear examples/seed_sweep.toml --out nuclear.csv");
  verb->callback([&request] {
    request.action = [&request] {
      return cli::nuclear(request.source, request.completion, request.starts, request.json, request.directory);
    };
  });
}

void add_replay(CLI::App& app, Request& request) {
  CLI::App* replay = app.add_subcommand("replay", "train one replica again, bit for bit, with a dense trace");
  replay->add_option("DIR", request.replay.directory, "result directory of the run")->required();
  replay->add_option("--replica", request.replica, "which replica: cell number, colon, index in the cell")
      ->type_name("CELL:INDEX")
      ->required();
  replay->add_option("--every", request.replay.every, "steps between points of the trace (default: probe.every)")
      ->check(positive, "POSITIVE");
  replay->add_option("--out", request.replay.out, "file of the trace (netCDF)")->type_name("FILE")->required();
  replay->footer("Example: rankfall replay runs/demo --replica 3:17 --every 10 --out trace.nc");
  replay->callback(
      [&request] { request.action = [&request] { return cli::replay(request.replay, request.replica); }; });
}

void add_splitting(CLI::App& app, Request& request) {
  CLI::App* verb = app.add_subcommand("splitting", "probabilities of first falls too rare to be counted");
  add_source(verb, request);
  SplittingOptions& own = request.splitting;
  names(verb->add_option("--out", own.directory, "result directory, of the run too (default: runs/NAME)"), "DIR");
  verb->add_option("--method", request.splitting_method, "ensemble: weighted, in lockstep; levels: multilevel splitting")
      ->type_name("ensemble|levels")
      ->check(CLI::IsMember({"ensemble", "levels"}).description(""))
      ->capture_default_str();
  verb->add_option("--replicas", own.replicas, "in the ensemble, or followed from each level on, in each repetition")
      ->check(CLI::Range(std::int64_t{2}, std::int64_t{10'000'000}))
      ->capture_default_str();
  verb->add_option("--repetitions", own.repetitions, "independent; the interval comes from them")
      ->check(CLI::Range(2, 100000))
      ->capture_default_str();
  verb->add_option("--keep", own.keep, "levels: share of replicas that a level of the pilot lets through")
      ->check(between(0.01, 0.9), "in [0.01 - 0.9]")
      ->capture_default_str();
  verb->add_option("--levels", own.levels, "levels: instead of a pilot, singular values of W, descending, e.g. 1,0.5,0.2")
      ->type_name("S,...")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_backend(verb, own.backend, own.threads, own.devices);
  verb->footer("Example: rankfall splitting examples/rank_jumps.toml --set phase.noise.learning_rate=0.04 --replicas 500");
  verb->callback([&request] {
    request.splitting.method = request.splitting_method == "levels" ? SplittingMethod::levels : SplittingMethod::ensemble;
    request.action = [&request] { return cli::splitting(request.source, request.splitting); };
  });
}

}  // namespace

void add_study_verbs(CLI::App& app, Request& request) {
  add_nuclear(app, request);
  add_splitting(app, request);
  add_replay(app, request);
}

}  // namespace rankfall::cli
