#pragma once
// Small runs in directories of their own.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "rankfall/error.hpp"
#include "run/result_directory.hpp"
#include "run/run.hpp"
#include "run/work_units.hpp"
#include "store/run_record.hpp"
#include "store/unit_file.hpp"

namespace rankfall::test {

// A directory that is removed at the end.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rankfall-run-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

inline std::string content(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

inline void write(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

inline std::set<std::string> names_in(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.insert(entry.path().filename());
  return names;
}

// Two cells, 600 replicas each: three work units per cell.
inline const std::string experiment_text = R"(
name = "small"
seed = 4
replicas = 600
[problem]
rows = 4
rank = 2
observed_count = 10
[model]
depth = 3
[initialization]
scale = 0.6
[objective]
ridge = 1e-3
[[phase]]
name = "settle"
learning_rate = 0.05
steps = 40
[[phase]]
name = "noise"
optimizer = "sgd"
learning_rate = 0.05
steps = 60
stop = { rank_at_most = 1 }
[probe]
every = 10
rank_tolerance = 0.1
classify_at_end = "numerical"
[sweep]
"phase.noise.learning_rate" = [0.04, 0.06]
)";

inline Experiment small_experiment(const Overrides& overrides = {}) {
  return parse_experiment(experiment_text, "small.toml", "", overrides);
}

inline RunOptions with_threads(int threads) {
  RunOptions options;
  options.threads = threads;
  return options;
}

// What a run said on stderr and how it ended.
struct Told {
  RunEnd end;
  std::string text;
};

inline Told run_into(const std::string& directory, const Experiment& experiment, RunOptions options = {}) {
  options.directory = directory;
  options.command = "rankfall run small.toml";
  if (options.threads == 0) options.threads = 1;
  testing::internal::CaptureStderr();
  try {
    const RunEnd end = run_experiment(experiment, options);
    return {end, testing::internal::GetCapturedStderr()};
  } catch (...) {
    testing::internal::GetCapturedStderr();
    throw;
  }
}

inline std::string checksum_in(const std::string& directory) {
  return read_run_record(ResultDirectory{directory}.record()).checksum;
}

// The checksum of an uninterrupted run.
inline std::string reference_checksum(const Experiment& experiment) {
  const Folder folder;
  run_into(folder.file("out"), experiment);
  return checksum_in(folder.file("out"));
}

// The message of what `action` throws; empty if it throws nothing.
template <class Error, class Action>
std::string complaint_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace rankfall::test
