// load_experiment and parse_experiment: the order of the work, and nothing else.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/config.hpp"
#include "config/digest.hpp"
#include "config/document.hpp"
#include "config/effective_text.hpp"
#include "config/footprint.hpp"
#include "config/grid.hpp"
#include "config/overrides.hpp"
#include "config/sections.hpp"
#include "config/sweep.hpp"
#include "rankfall/error.hpp"

namespace rankfall {
namespace {

constexpr std::uintmax_t largest_experiment_file = 64 * 1024 * 1024;

std::string read_text(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw ConfigError({path, "cannot be read", "not a regular file", "name an experiment file (TOML)"});
  }
  errno = 0;
  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    throw ConfigError({path, "cannot be read", std::strerror(errno == 0 ? ENOENT : errno), "check the path"});
  }
  if (std::filesystem::file_size(path, error) > largest_experiment_file) {
    throw ConfigError({path, "is too large for an experiment file", "at most 64 MiB are read",
                       "put matrices into files of their own"});
  }
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

}  // namespace

Experiment load_experiment(const std::string& path, const Overrides& overrides) {
  const std::string text = read_text(path);
  return parse_experiment(text, path, std::filesystem::path(path).parent_path().string(), overrides);
}

Experiment parse_experiment(const std::string& text, const std::string& origin, const std::string& directory,
                            const Overrides& overrides) {
  config::Node root = config::parse_document(text, origin);
  config::flatten_sweep(root);
  config::apply_overrides(root, overrides);
  config::DataFiles files(directory);
  Experiment experiment;
  config::read_run(root, origin, experiment);
  const config::SweepPlan plan = config::read_sweep(root, files);
  experiment.axes = plan.axes;
  experiment.cells = config::expand_grid(root, plan, files);
  config::add_cold_starts(root, experiment);
  config::read_search(root, experiment);
  config::settle_precision(root, experiment);
  config::check_footprint(root, experiment);
  config::check_rise(root, experiment);
  config::check_comparisons(root, experiment);
  config::check_landscapes(root, experiment);
  experiment.text = config::effective_text(root, experiment, files);
  experiment.digest = config::digest_of(experiment);
  return experiment;
}

}  // namespace rankfall
