#pragma once
// Short experiments for the tests of this room.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/matrix_file.hpp"
#include "rankfall/error.hpp"

namespace rankfall::test {

inline const std::string problem = "[problem]\nrows = 4\n";  // lines 1 and 2
inline const std::string phase = "[[phase]]\nname = \"train\"\nlearning_rate = 0.1\nsteps = 2000\n";

inline Experiment parse(const std::string& text, const Overrides& overrides = {}, const std::string& directory = "") {
  return parse_experiment(text, "test.toml", directory, overrides);
}

inline Experiment swept(const std::string& sweep, const Overrides& overrides = {}) {
  return parse(problem + phase + "[sweep]\n" + sweep, overrides);
}

// The only cell of an experiment without a sweep.
inline Cell cell_of(const std::string& text, const Overrides& overrides = {}) {
  return parse(text, overrides).cells.at(0);
}

// What the user reads; empty if nothing is wrong.
inline std::string complaint_of(const std::string& text, const Overrides& overrides = {},
                                const std::string& directory = "") {
  try {
    parse(text, overrides, directory);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

// What the user reads about a matrix file; empty if it is read.
inline std::string matrix_complaint(const std::string& path, const std::string& variable = "target") {
  try {
    read_matrix(path, variable);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

// A folder of its own for every test, removed at its end.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rankfall-config-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(file(name), std::ios::binary) << content;
    return file(name);
  }

 private:
  std::string path_;
};

}  // namespace rankfall::test
