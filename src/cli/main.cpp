// The command line: verbs and options.
#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>

#include "backend/cpu_backend.hpp"
#include "cli/option_checks.hpp"
#include "cli/verb_texts.hpp"
#include "cli/verbs.hpp"
#include "rankfall/error.hpp"
#include "run/provenance.hpp"

namespace {

using namespace rankfall;

using cli::add_source;
using cli::names;
using cli::Request;

void add_run(CLI::App& app, Request& request) {
  CLI::App* verb = app.add_subcommand("run", "train all replicas, estimate, write results; goes on where it stopped");
  add_source(verb, request);
  names(verb->add_option("--out", request.run.directory, "result directory (default: runs/NAME)"), "DIR");
  cli::add_backend(verb, request.run.backend, request.run.threads, request.run.devices);
  verb->add_option("--placement", request.run.placement, "where GPU kernels keep a replica")
      ->type_name("auto|registers|thread|team|memory")
      ->capture_default_str();
  CLI::Option* hours = verb->add_option("--max-hours", request.max_hours, "stop cleanly after this time (exit code 3)")
                           ->type_name("H")
                           ->check(cli::positive, "POSITIVE");
  verb->add_option("--checkpoint-minutes", request.run.checkpoint_minutes, "time between checkpoints of what is in training")
      ->type_name("M")
      ->check(cli::positive, "POSITIVE")
      ->capture_default_str();
  verb->add_option("--shard", request.shard, "train part K of N only; `rankfall merge` joins them")->type_name("K/N");
  verb->add_flag("--profile", request.run.profile, "say how much time steps, probes, labels and starts took");
  verb->add_flag("--no-figures", request.no_figures, "do not draw figures");
  verb->footer("Example: rankfall run examples/rank_jumps.toml --out runs/demo");
  verb->callback([&request, hours] {
    if (hours->count() > 0) request.run.max_hours = request.max_hours;
    const auto figures = request.no_figures ? cli::Figures::left_out : cli::Figures::drawn;
    request.action = [&request, figures] {
      if (!request.shard.empty()) request.run.shard = parse_shard(request.shard);
      return cli::run(request.source, request.run, figures);
    };
  });
}

void add_experiment_verbs(CLI::App& app, Request& request) {
  CLI::App* plan = app.add_subcommand("plan", "cells, replicas, memory and predicted time; starts nothing");
  add_source(plan, request);
  plan->add_option("--threads", request.run.threads, "CPU threads; 0: one per core")->capture_default_str();
  plan->footer("Example: rankfall plan examples/seed_sweep.toml --set replicas=1000000");
  plan->callback([&request] {
    request.action = [&request] { return cli::plan(request.source, request.run.threads); };
  });
  CLI::App* validate = app.add_subcommand("validate", "check an experiment and warn of what may disappoint");
  add_source(validate, request);
  validate->footer("Example: rankfall validate my.toml --set precision=float64");
  validate->callback([&request] { request.action = [&request] { return cli::validate(request.source); }; });
}

void add_merge(CLI::App& app, Request& request) {
  CLI::App* verb = app.add_subcommand("merge", "join shards that were trained apart; lists what is missing (exit code 1)");
  verb->add_option("DIR", request.directories, "result directories of the shards")->required();
  verb->add_option("--out", request.directory, "result directory of the whole, new or one of them")->type_name("DIR")->required();
  verb->add_flag("--no-figures", request.no_figures, "do not draw figures");
  verb->footer("Example: rankfall merge runs/part1 runs/part2 --out runs/whole");
  verb->callback([&request] {
    const auto figures = request.no_figures ? cli::Figures::left_out : cli::Figures::drawn;
    request.action = [&request, figures] {
      return cli::merge(request.directories, request.directory, request.run.command, figures);
    };
  });
}

void add_directory_verbs(CLI::App& app, Request& request) {
  const auto add = [&](const char* name, const char* text, int (*action)(const std::string&)) {
    CLI::App* verb = app.add_subcommand(name, text);
    verb->add_option("DIR", request.directory, "result directory of a run")->required();
    verb->footer(fmt::format("Example: rankfall {} runs/demo", name));
    verb->callback([&request, action] { request.action = [&request, action] { return action(request.directory); }; });
  };
  add("summary", "the table of estimates and a methods sentence, also of an unfinished run", cli::summary);
  add("status", "how far a run is", cli::status);
  add("plot", "draw DIR/figures/*.png (needs Python with xarray and matplotlib)", cli::plot);
  add("report", "write DIR/report.html: tables, figures, methods and provenance on one page (needs Python as plot does)", cli::report);
  CLI::App* diagnose = app.add_subcommand("diagnose", "whether the estimates can be trusted (exit code 4: problems found)");
  diagnose->add_option("DIR", request.directory, "result directory of a run, also an unfinished one")->required();
  names(diagnose->add_option("--json", request.json, "also write all findings to a file"), "FILE");
  diagnose->footer("Example: rankfall diagnose runs/demo --json diagnosis.json");
  diagnose->callback(
      [&request] { request.action = [&request] { return cli::diagnose(request.directory, request.json); }; });
}

void add_device_bench(CLI::App* verb, Request& request) {
  verb->add_option("--backend", request.bench_backend, "what is timed; cpu: one core")->type_name("cpu|cuda")->capture_default_str();
  verb->add_option("--placement", request.device.placement, "cuda: where kernels keep a replica")
      ->type_name("auto|registers|thread|team|memory")
      ->capture_default_str();
  verb->add_option("--device", request.device.device, "cuda: which GPU")->capture_default_str();
  verb->add_option("--replicas", request.device.replicas, "cuda: replicas at once; 0: four times what the chip holds")
      ->check(cli::not_negative, "NONNEGATIVE")
      ->capture_default_str();
}

void add_bench(CLI::App& app, Request& request) {
  CLI::App* verb = app.add_subcommand("bench", "step rates, their share of this core's peak, and a checksum");
  CLI::Option* size_class =
      verb->add_option("--class", request.bench.size_class, "S: seconds, M: a minute, L: several")
          ->type_name("S|M|L")
          ->capture_default_str();
  CLI::Option* one = verb->add_option("--case", request.bench.case_name, "one case only, e.g. gd:float32:3:10")
                         ->type_name("OPERATION:PRECISION:DEPTH:DIMENSION")
                         ->excludes(size_class);
  CLI::Option* json = verb->add_option("--json", request.bench.json_path, "write the record to a file")->type_name("FILE");
  verb->add_option("--export", request.bench_export, "time nothing: write the case's replicas as netCDF")
      ->type_name("FILE")
      ->needs(one)
      ->excludes(json);
  add_device_bench(verb, request);
  verb->add_flag("--scaling", request.bench_scaling, "whole runs by threads, replicas, memory, d, L and steps (a minute)")
      ->excludes(size_class, one, verb->get_option("--backend"));
  verb->footer("Example: rankfall bench --class M --json bench.json");
  verb->callback([&request] {
    request.action = [&request] {
      if (request.bench_scaling) return cli::bench_scaling(request.bench.json_path);
      if (request.bench_export.empty()) return cli::bench(request.bench, request.bench_backend, request.device);
      return cli::export_bench(request.bench.case_name, request.bench_export);
    };
  });
}

void add_other_verbs(CLI::App& app, Request& request) {
  CLI::App* presets = app.add_subcommand("preset", "experiments that come with the program");
  presets->require_subcommand(1);
  presets->footer("Example: rankfall preset list");
  CLI::App* list = presets->add_subcommand("list", "names and what they show");
  list->footer("Example: rankfall preset list");
  list->callback([&request] { request.action = [] { return cli::list_presets(); }; });
  CLI::App* show = presets->add_subcommand("show", "print a preset as an experiment file");
  show->add_option("NAME", request.preset, "name of the preset")->required();
  show->footer("Example: rankfall preset show rank-jumps");
  show->callback([&request] { request.action = [&request] { return cli::show_preset(request.preset); }; });
  add_bench(app, request);
  CLI::App* backends = app.add_subcommand("backends", "what this machine offers, and why something is unavailable");
  backends->footer("Example: rankfall backends");
  backends->callback([&request] { request.action = [] { return cli::backends(); }; });
}

// What shells and man(1) read; both are made of the other verbs' own texts.
void add_text_verbs(CLI::App& app, Request& request) {
  CLI::App* completion = app.add_subcommand("completion", "print what a shell reads to complete command lines");
  completion->add_option("SHELL", request.shell, "which shell")->type_name("bash|zsh|fish")->required();
  completion->footer("Example: rankfall completion bash > ~/.local/share/bash-completion/completions/rankfall");
  completion->callback([&app, &request] {
    request.action = [&app, &request] { return cli::print_completion(request.shell, cli::verb_texts(app)); };
  });
  CLI::App* manual = app.add_subcommand("man", "print the manual page (roff)");
  manual->footer("Example: rankfall man | man -l -");
  manual->callback([&app, &request] {
    request.action = [&app] {
      fmt::print("{}", cli::manual_page(cli::verb_texts(app), version()));
      return cli::exit_done;
    };
  });
}

// Nothing, or the word that stands where a verb should.
std::string unknown_verb(const CLI::App& app, int argc, char** argv) {
  const CLI::App* level = &app;
  for (int k = 1; k < argc; ++k) {
    const auto verbs = level->get_subcommands([](const CLI::App*) { return true; });
    if (verbs.empty() || argv[k][0] == '-') return "";
    const auto found = std::find_if(verbs.begin(), verbs.end(), [&](auto* verb) { return verb->check_name(argv[k]); });
    if (found == verbs.end()) return argv[k];
    level = *found;
  }
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  if (const std::string missing = missing_instructions(); !missing.empty())
    return cli::complain("this binary needs " + missing + ", which this processor does not have; build it here", cli::exit_machine_error);
  CLI::App app{"rankfall: probabilities of low rank in deep matrix factorization, from many replicas at once"};
  app.name("rankfall");
  app.set_version_flag("--version", "rankfall " + version(), "print the version");
  app.set_help_flag("-h,--help", "print this help");
  app.require_subcommand(1);
  Request request;
  for (int k = 0; k < argc; ++k) request.run.command += (k > 0 ? " " : "") + std::string(argv[k]);
  add_run(app, request);
  add_experiment_verbs(app, request);
  add_merge(app, request);
  add_directory_verbs(app, request);
  cli::add_study_verbs(app, request);
  add_other_verbs(app, request);
  add_text_verbs(app, request);
  cli::add_exit_codes(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    if (const std::string word = unknown_verb(app, argc, argv); !word.empty())
      return cli::complain("there is no verb '" + word + "'; see rankfall --help", cli::exit_user_error);
    return cli::complain(std::string(error.what()) + "; see rankfall --help", cli::exit_user_error);
  }
  return cli::exit_code_of(request.action);
}
