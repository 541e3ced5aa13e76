#pragma once
// One function per verb. Each returns the exit code; trouble is thrown and told in main.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cli/verb_texts.hpp"
#include "device/device_bench.hpp"
#include "run/replay.hpp"
#include "run/run.hpp"
#include "run/splitting.hpp"
#include "theory/completion.hpp"

namespace rankfall::cli {

inline constexpr int exit_done = 0, exit_user_error = 1, exit_machine_error = 2, exit_interrupted = 3,
                     exit_problems = 4;  // diagnose found something

// An experiment as it is named on the command line: a file, or preset:NAME.
struct ExperimentSource {
  std::string name;
  std::vector<std::string> overrides;
};

enum class Figures { drawn, left_out };

int run(const ExperimentSource& source, RunOptions options, Figures figures);
int plan(const ExperimentSource& source, int threads);
int validate(const ExperimentSource& source);
int merge(const std::vector<std::string>& sources, const std::string& out, const std::string& command, Figures figures);
int summary(const std::string& directory);
int status(const std::string& directory);
int diagnose(const std::string& directory, const std::string& json_path);  // json_path: empty for none
// The first is an experiment or a result directory; empty names of files: none.
int nuclear(const ExperimentSource& source, const CompletionOptions& options, int starts,
            const std::string& json_path, const std::string& out);
int splitting(const ExperimentSource& source, SplittingOptions options);
int plot(const std::string& directory);
int report(const std::string& directory);
int replay(ReplayOptions options, const std::string& replica);
int list_presets();
int show_preset(const std::string& name);
int print_completion(const std::string& shell, const std::vector<VerbText>& verbs);
int backends();
int bench(const BenchOptions& options, const std::string& backend, const DeviceBenchOptions& device);
int bench_scaling(const std::string& json_path);  // json_path: empty for none
int export_bench(const std::string& case_name, const std::string& path);

// Prints one line on standard error, whatever the message quotes, and returns the code.
int complain(const std::string& message, int code);
// What the action returns; if it throws, the message is told, and the code says whose trouble it is.
int exit_code_of(const std::function<int()>& action);

}  // namespace rankfall::cli
