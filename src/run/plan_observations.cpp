#include "run/plan_observations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "backend/instance.hpp"
#include "backend/observation_graph.hpp"

namespace rankfall {
namespace {

constexpr std::size_t cells_looked_at = 40, lines_shown = 8;
constexpr std::int64_t replicas_looked_at = 64, largest_target = 4'000'000;  // larger ones take seconds each

ObservationGraph graph_of(const Experiment& experiment, const Cell& cell, std::int64_t replica, int phase) {
  return observation_graph(cell.problem.rows, cell.problem.columns, observed_entries(experiment, cell, replica, phase));
}

// Of replicas with a problem each: how many of the first have a connected graph.
std::string share_connected(const Experiment& experiment, const Cell& cell, int phase) {
  const std::int64_t count = std::min(experiment.replicas, replicas_looked_at);
  std::int64_t connected = 0;
  for (std::int64_t r = 0; r < count; ++r) connected += graph_of(experiment, cell, r, phase).is_connected() ? 1 : 0;
  return fmt::format(" (replica 0's; connected for {} of the first {})", connected, count);
}

std::string line_of(const Experiment& experiment, const Cell& cell, int phase) {
  const PhaseSpec& spec = cell.phases[static_cast<std::size_t>(phase)];
  const ObservationGraph graph = graph_of(experiment, cell, 0, phase);
  std::int64_t entries = 0;
  for (const GraphComponent& part : graph.components) entries += part.entries;
  return fmt::format("phase {}: {} of {} entries; {}{}", spec.name, entries,
                     static_cast<std::int64_t>(cell.problem.rows) * cell.problem.columns, graph_text(graph),
                     cell.problem.instances == Instances::per_replica && spec.observes(cell.problem.observed).draws()
                         ? share_connected(experiment, cell, phase)
                         : "");
}

}  // namespace

std::string observation_lines(const Experiment& experiment) {
  std::vector<std::string> lines;
  for (std::size_t c = 0; c < std::min(cells_looked_at, experiment.cells.size()); ++c) {
    const Cell& cell = experiment.cells[c];
    if (static_cast<std::int64_t>(cell.problem.rows) * cell.problem.columns > largest_target) continue;
    for (std::size_t p = 0; p < cell.phases.size(); ++p) {
      if (cell.phases[p].observes(cell.problem.observed).measures()) continue;
      const std::string line = line_of(experiment, cell, static_cast<int>(p));
      if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
    }
  }
  std::string text;
  for (std::size_t k = 0; k < std::min(lines_shown, lines.size()); ++k)
    text += fmt::format("{} {}\n", k == 0 ? "entries:" : "        ", lines[k]);
  if (lines.size() > lines_shown) text += fmt::format("         ... and {} more\n", lines.size() - lines_shown);
  return text;
}

}  // namespace rankfall
