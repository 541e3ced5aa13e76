#include "run/status.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "run/result_directory.hpp"
#include "run/work_units.hpp"
#include "store/checkpoint_file.hpp"
#include "store/run_record.hpp"
#include "store/unit_file.hpp"

namespace rankfall {

namespace fs = std::filesystem;

namespace {

struct CellStatus {
  std::int64_t goal = 0, done = 0, failed = 0, kept = 0, running = 0;
};

std::vector<CellStatus> look_at_units(const ResultDirectory& directory, const Experiment& experiment, const Goals& goals) {
  std::vector<CellStatus> cells(experiment.cells.size());
  for (const WorkUnit& unit : work_units(experiment, goals)) {
    CellStatus& cell = cells[static_cast<std::size_t>(unit.cell)];
    cell.goal += unit.count;
    std::string reason;
    if (read_unit(directory.units(), experiment.digest, unit, reason)) cell.done += unit.count;
    else if (!reason.empty()) cell.failed += unit.count;
    else if (has_checkpoint(directory.checkpoints(), unit)) cell.kept += unit.count;
  }
  return cells;
}

// What the processes of this directory last said, the whole run's or its shards'.
std::vector<Progress> reports(const ResultDirectory& directory) {
  std::vector<std::string> paths;
  for (const auto& file : fs::directory_iterator(directory.path)) {
    const std::string name = file.path().filename().string();
    if (name.rfind("progress.", 0) == 0 && file.path().extension() == ".json") paths.push_back(file.path().string());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Progress> found;
  for (const std::string& path : paths) found.push_back(read_progress(path));
  return found;
}

std::string counts_text(const char* what, const std::map<std::string, std::int64_t>& counts) {
  std::string text;
  for (const auto& [name, count] : counts) text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", name, count);
  return text.empty() ? "" : fmt::format("  {} {}\n", what, text);
}

std::string report_text(const Progress& progress, bool at_work) {
  const bool lost = progress.state == "running" && !at_work;
  std::string text = fmt::format("{}: {} on {}, {} of {} replicas, {:.3g} replica-steps/s, after {:.1f} s", at_work && progress.state == "running" ? "now" : "last seen",
                                 lost ? "killed" : progress.state, progress.backend, progress.replicas_done,
                                 progress.replicas_total, progress.replica_steps_per_second, progress.seconds);
  if (progress.state == "running" && at_work && progress.seconds_left >= 0)
    text += fmt::format(", {:.0f} s left", progress.seconds_left);
  return text + "\n" + counts_text("ranks at the latest probe:", progress.ranks) +
         counts_text("of these:", progress.outcomes);
}

std::string cell_text(const Cell& cell, const CellStatus& status) {
  std::string text = fmt::format("  cell {} {}: {} done", cell.index, cell.label, status.done);
  if (status.running > 0) text += fmt::format(", {} running", status.running);
  if (status.kept > status.running) text += fmt::format(", {} begun", status.kept - status.running);
  const std::int64_t missing = status.goal - status.done - status.failed - std::max(status.running, status.kept);
  if (missing > 0) text += fmt::format(", {} missing", missing);
  if (status.failed > 0) text += fmt::format(", {} failed (damaged files: they are trained again)", status.failed);
  return text + "\n";
}

}  // namespace

std::string status(const std::string& path) {
  const ResultDirectory directory{path};
  const Experiment experiment = load_run_experiment(directory);
  const Goals goals = goals_on_disk(directory, experiment);
  std::vector<CellStatus> cells = look_at_units(directory, experiment, goals);
  const bool at_work = is_locked(path);
  const std::vector<Progress> told = reports(directory);
  for (const Progress& progress : told)
    if (at_work && progress.state == "running")
      for (const auto& [cell, replicas] : progress.running) {
        const std::size_t c = std::strtoul(cell.c_str(), nullptr, 10);
        if (c < cells.size()) cells[c].running += std::min(replicas, cells[c].goal - cells[c].done);
      }
  std::int64_t done = 0, total = 0;
  for (const CellStatus& cell : cells) {
    done += cell.done;
    total += cell.goal;
  }
  std::string text = fmt::format("{}: {} of {} replicas on disk ({:.1f} %)\n", experiment.name, done, total,
                                 100.0 * static_cast<double>(done) / static_cast<double>(total));
  for (const Progress& progress : told) text += report_text(progress, at_work);
  for (std::size_t c = 0; c < cells.size(); ++c)
    if (cells[c].done < cells[c].goal) text += cell_text(experiment.cells[c], cells[c]);
  const bool merged = fs::exists(directory.results());
  text += done == total && merged ? "complete\n"
          : at_work               ? "at work\n"
          : done < total          ? "unfinished: the same `rankfall run` command goes on from here\n"
                                  : "all units are done but not merged: run the same `rankfall run` command\n";
  return text;
}

}  // namespace rankfall
