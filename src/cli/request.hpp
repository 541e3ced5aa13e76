#pragma once
// What a command line asks for.
#include <functional>
#include <string>
#include <vector>

#include "cli/commands.hpp"

namespace rankfall::cli {

// Everything the options write to; a verb's action is set when it is chosen.
struct Request {
  ExperimentSource source;
  RunOptions run;
  double max_hours = 0.0;
  bool no_figures = false;
  std::vector<std::string> directories;
  std::string directory, shard, replica, preset, shell, json, bench_backend = "cpu", bench_export;
  bool bench_scaling = false;
  BenchOptions bench;
  DeviceBenchOptions device;
  ReplayOptions replay;
  CompletionOptions completion;
  SplittingOptions splitting;
  std::string splitting_method = "ensemble";
  int starts = 0;
  std::function<int()> action;
};

}  // namespace rankfall::cli
