#include "run/landscapes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "config/digest.hpp"
#include "estimate/edge_table.hpp"
#include "rankfall/error.hpp"
#include "run/survey.hpp"
#include "theory/parallel.hpp"

namespace rankfall {

namespace {

bool wants(const Experiment& experiment, const Cell& cell) {
  return cell.probe.tolerance_is_automatic || experiment.estimate.critical_ridge;
}

// Down to two decimal digits, x > 0.
double rounded_down(double x) {
  double scale = 1.0;
  while (x * scale < 10.0) scale = scale * 10.0;
  while (x * scale >= 100.0) scale = scale / 10.0;
  return std::floor(x * scale) / scale;
}

void check_resolution(const Experiment& experiment, const Cell& cell, double threshold, double largest) {
  const double floor = (experiment.precision == Precision::float32 ? 1e-6 : 1e-12) * largest;
  if (threshold >= floor) return;
  throw ConfigError({"probe.rank_tolerance",
                     fmt::format("'auto' comes to {:.2g}{}", threshold, cell.label.empty() ? "" : " (cell " + cell.label + ")"),
                     fmt::format("a fifth of the saddle's singular value is below what {} tells from rounding, about {:.2g}",
                                 precision_name(experiment.precision), floor),
                     "raise the ridge, leave lower ranks out with stop = { rank_at_most = ... } in the last phase, or give a number"});
}

void settle_threshold(const Experiment& experiment, Cell& cell, double largest) {
  Landscape& landscape = *cell.landscape;
  ProbeSpec& probe = cell.probe;
  if (probe.tolerance_is_automatic && landscape.status == SaddleStatus::found) {
    probe.rank_tolerance = rounded_down(threshold_share * landscape.saddle_singular_value);
    probe.tolerance_is_absolute = true;
    check_resolution(experiment, cell, probe.rank_tolerance, largest);
  }
  landscape.threshold = probe.tolerance_is_absolute ? probe.rank_tolerance : probe.rank_tolerance * largest;
}

}  // namespace

bool asks_for_landscapes(const Experiment& experiment) {
  return std::any_of(experiment.cells.begin(), experiment.cells.end(), [&](const Cell& cell) { return wants(experiment, cell); });
}

void find_landscapes(Experiment& experiment, int threads) {
  std::vector<Experiment> pilots;
  std::map<std::uint64_t, std::size_t> known;  // by what they depend on
  std::vector<std::pair<Cell*, std::size_t>> asking;
  for (Cell& cell : experiment.cells) {
    if (!wants(experiment, cell) || cell.landscape) continue;
    Experiment pilot = pilot_of(experiment, cell);
    const auto [place, is_new] = known.try_emplace(config::digest_of(pilot), pilots.size());
    if (is_new) pilots.push_back(std::move(pilot));
    asking.emplace_back(&cell, place->second);
  }
  std::vector<Survey> surveys(pilots.size());
  for_each_on_threads(pilots.size(), threads, [&](std::size_t p) { surveys[p] = survey(pilots[p]); });
  for (const auto& [cell, p] : asking) {
    cell->landscape = surveys[p].landscape;
    cell->landscape->learning_rate = cell->phases.back().learning_rate;
    settle_threshold(experiment, *cell, surveys[p].largest_singular_value);
  }
}

Experiment with_landscapes(Experiment experiment, int threads) {
  find_landscapes(experiment, threads);
  return experiment;
}

std::string landscape_notes(const Experiment& experiment) {
  std::map<SaddleStatus, std::pair<int, const Cell*>> without;
  for (const Cell& cell : experiment.cells) {
    if (!cell.landscape || cell.landscape->status == SaddleStatus::found || !cell.probe.tolerance_is_automatic) continue;
    auto& [count, first] = without[cell.landscape->status];
    if (count++ == 0) first = &cell;
  }
  std::string text;
  for (const auto& [status, cells] : without)
    text += fmt::format("note: probe.rank_tolerance = \"auto\" is {} times the target's largest singular value in {} cell{}{}: {}\n",
                        cells.second->probe.rank_tolerance, cells.first, cells.first == 1 ? "" : "s",
                        cells.second->label.empty() ? "" : fmt::format(" (e.g. {})", cells.second->label), status_text(status));
  return text;
}

}  // namespace rankfall
