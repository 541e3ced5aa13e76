#include "run/plan.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "backend/cpu_backend.hpp"
#include "config/wording.hpp"
#include "device/device_backend.hpp"
#include "estimate/edge_table.hpp"
#include "estimate/report_text.hpp"
#include "run/landscapes.hpp"
#include "run/plan_observations.hpp"
#include "run/plan_work.hpp"
#include "run/work_units.hpp"

namespace rankfall {

namespace {

std::string time_text(double seconds) {
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

// Further lines of a text under its first.
std::string indented(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '\n' ? std::string("\n               ") : std::string(1, c);
  return out;
}

std::string cell_lines(const Experiment& experiment) {
  constexpr std::size_t shown = 40;
  std::string text;
  for (std::size_t c = 0; c < std::min(shown, experiment.cells.size()); ++c)
    text +=
        fmt::format("  {:4}  {}\n", c, experiment.cells[c].label.empty() ? "(no sweep)" : experiment.cells[c].label);
  if (experiment.cells.size() > shown) text += fmt::format("  ... and {} more\n", experiment.cells.size() - shown);
  return text;
}

std::string need_lines(const Need& need, int threads, const Capacity& capacity) {
  std::string text =
      fmt::format("memory:  {} for the results while they are merged, {} of replicas per thread in training\n",
                  range_text(need.merging, need.merging_most), config::size_text(need.training / threads));
  text += fmt::format("disk:    {} of units and as much for results.nc\n",
                      range_text(need.disk / 2.0, need.disk_most / 2.0));
  for (const std::string& line : shortages(need, capacity)) text += fmt::format("WARNING: {}\n", line);
  return text;
}

std::int64_t unit_count(const Experiment& experiment) {
  std::int64_t units = 0;
  for (const Cell& cell : experiment.cells) {
    const std::int64_t size = unit_size(experiment, cell);
    units += (experiment.replicas + size - 1) / size;
  }
  return units;
}

}  // namespace

std::string plan(const Experiment& given, int threads, const Capacity& capacity) {
  const int used = thread_count(threads);
  const Experiment experiment = with_landscapes(given, threads);
  const Work work = predict(experiment, capacity);
  const double replicas = static_cast<double>(experiment.cells.size()) * static_cast<double>(experiment.replicas);
  std::string text = fmt::format("{}: {} cells x {} replicas = {:.0f} replicas in {} work units\n", experiment.name,
                                 experiment.cells.size(), experiment.replicas, replicas, unit_count(experiment));
  text += cell_lines(experiment);
  text += observation_lines(experiment);
  if (const std::string edges = edge_table(experiment); !edges.empty()) text += edges + landscape_notes(experiment) + '\n';
  if (experiment.estimate.adaptive)
    text += fmt::format("added:   whole units where intervals are wide, up to {} replicas per cell; what follows is for the first {}\n",
                        experiment.most_replicas(), experiment.replicas);
  if (const auto& search = experiment.estimate.search)
    text += fmt::format("search:  {} round{} of {} to {} replicas per cell, then {} fresh ones of {}: {} replicas in all; what follows\n"
                        "         is for the first round\n",
                        search->rounds.size(), search->rounds.size() == 1 ? "" : "s", search->rounds.front(), search->rounds.back(),
                        search->confirm, counted(search->finalists, "finalist"), search->all_replicas());
  text += fmt::format("steps:   {} {:.3g} replica-steps, if no replica stops early\n",
                      has_flow(experiment) ? "about" : "at most", work.steps);
  text += need_lines(need_of(experiment, used), used, capacity);
  text += work.unmeasured.empty()
              ? fmt::format("time:    cpu, {} thread{}: at most about {} (measured now on one core)\n", used,
                            used == 1 ? "" : "s", time_text((work.seconds + work.greedy_seconds) / used))
              : fmt::format("time:    cpu: not measured, {}\n", work.unmeasured);
  if (work.greedy_seconds > 0.0)
    text += fmt::format("         of which {} if greedy low-rank learning needs all of its maximum_steps in every cell; it ends by\n"
                        "         itself, mostly long before, and cells of one problem and model share it\n",
                        time_text(work.greedy_seconds / used));
  text += fmt::format("         cuda: {}\n", indented(device_plan(experiment)));
  return text;
}

std::string plan(const Experiment& experiment, int threads) {
  return plan(experiment, threads, capacity_of_machine("."));
}

}  // namespace rankfall
