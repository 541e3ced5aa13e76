#include "run/status.hpp"

#include <fmt/core.h>

#include <filesystem>

#include "run/result_directory.hpp"
#include "run/work_units.hpp"
#include "store/run_record.hpp"
#include "store/unit_file.hpp"

namespace rankfall {

namespace {

// Replicas of each cell whose unit is on disk; the file's name is enough to count, `run` checks its content.
std::vector<std::int64_t> done_per_cell(const ResultDirectory& directory, const Experiment& experiment) {
  std::vector<std::int64_t> done(experiment.cells.size(), 0);
  for (const WorkUnit& unit : work_units(experiment))
    if (std::filesystem::exists(directory.units() + "/" + unit_name(unit)))
      done[static_cast<std::size_t>(unit.cell)] += unit.count;
  return done;
}

}  // namespace

std::string status(const std::string& path) {
  const ResultDirectory directory{path};
  const Experiment experiment = load_run_experiment(directory);
  const std::vector<std::int64_t> done = done_per_cell(directory, experiment);
  std::int64_t sum = 0;
  for (std::int64_t replicas : done) sum += replicas;
  const auto total = static_cast<std::int64_t>(done.size()) * experiment.replicas;

  std::string text = fmt::format("{}: {} of {} replicas on disk ({:.1f} %)\n", experiment.name, sum, total,
                                 100.0 * static_cast<double>(sum) / static_cast<double>(total));
  if (std::filesystem::exists(directory.progress())) {
    const Progress progress = read_progress(directory.progress());
    text += fmt::format("last seen: {} on {}, {:.3g} replica-steps/s, after {:.1f} s", progress.state,
                        progress.backend, progress.replica_steps_per_second, progress.seconds);
    if (progress.state == "running" && progress.seconds_left >= 0)
      text += fmt::format(", {:.0f} s left", progress.seconds_left);
    text += "\n";
  }
  for (std::size_t c = 0; c < done.size(); ++c)
    if (done[c] < experiment.replicas)
      text += fmt::format("  cell {} {}: {} done, {} missing\n", c, experiment.cells[c].label, done[c],
                          experiment.replicas - done[c]);
  const bool merged = std::filesystem::exists(directory.results());
  text += sum < total ? "unfinished: the same `rankfall run` command goes on from here\n"
          : merged    ? "complete\n"
                      : "all units are done but not merged: run the same `rankfall run` command\n";
  return text;
}

}  // namespace rankfall
