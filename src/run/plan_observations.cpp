#include "run/plan_observations.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

#include "run/observed_graphs.hpp"

namespace rankfall {
namespace {

constexpr std::size_t cells_looked_at = 40, lines_shown = 8;
constexpr std::int64_t replicas_looked_at = 64;

// "12 of 25 entries; 1 component of ...".
std::string graph_line(const Cell& cell, const ObservationGraph& graph) {
  std::int64_t entries = 0;
  for (const GraphComponent& part : graph.components) entries += part.entries;
  return fmt::format("{} of {} entries; {}", entries, static_cast<std::int64_t>(cell.problem.rows) * cell.problem.columns,
                     graph_text(graph));
}

// Of replicas with a mask each: how many of the first have a connected graph.
std::string share_connected(MaskReader& reader, const Experiment& experiment, const Cell& cell, int phase) {
  std::int64_t connected = 0, count = 0;
  for (; count < std::min(experiment.replicas, replicas_looked_at); ++count) {
    const auto graph = reader.graph(cell, count, phase);
    if (!graph) break;
    connected += graph->is_connected() ? 1 : 0;
  }
  return count == 0 ? "" : fmt::format(" (replica 0's; connected for {} of the first {})", connected, count);
}

// A cell's lines, without those phases that observe measurements; phases with one text share a line.
class CellLines {
 public:
  CellLines(MaskReader& reader, const Experiment& experiment) : reader_(reader), experiment_(experiment) {}

  std::vector<std::string> of(const Cell& cell) {
    std::vector<std::pair<std::string, std::vector<std::string>>> groups;  // text, names of phases
    for (std::size_t p = 0; p < cell.phases.size(); ++p) {
      if (cell.phases[p].observes(cell.problem.observed).measures()) continue;
      const std::string text = text_of(cell, static_cast<int>(p));
      if (text.empty()) continue;
      const auto same = std::find_if(groups.begin(), groups.end(), [&](const auto& group) { return group.first == text; });
      if (same != groups.end()) same->second.push_back(cell.phases[p].name);
      else groups.push_back({text, {cell.phases[p].name}});
    }
    std::vector<std::string> lines;
    for (const auto& [text, names] : groups)
      lines.push_back(fmt::format("phase{} {}: {}", names.size() == 1 ? "" : "s", fmt::join(names, ", "), text));
    return lines;
  }

 private:
  // Shared masks are drawn once for all cells, those of replicas once for the phases that have them in common.
  std::string text_of(const Cell& cell, int phase) {
    MaskKey key = mask_key(cell, phase);
    const bool shared = shares_mask(cell, phase);
    if (!shared) key.push_back(cell.index);
    const auto [known, is_new] = texts_.try_emplace(std::move(key));
    if (!is_new) return known->second;
    const auto graph = reader_.graph(cell, 0, phase);
    if (graph) known->second = graph_line(cell, *graph) + (shared ? "" : share_connected(reader_, experiment_, cell, phase));
    return known->second;
  }

  MaskReader& reader_;
  const Experiment& experiment_;
  std::map<MaskKey, std::string> texts_;
};

}  // namespace

std::string observation_lines(const Experiment& experiment, std::int64_t budget) {
  MaskReader reader(experiment, budget);
  CellLines cells(reader, experiment);
  std::vector<std::string> lines;
  for (std::size_t c = 0; c < std::min(cells_looked_at, experiment.cells.size()); ++c)
    for (std::string& line : cells.of(experiment.cells[c]))
      if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(std::move(line));
  std::string text;
  for (std::size_t k = 0; k < std::min(lines_shown, lines.size()); ++k)
    text += fmt::format("{} {}\n", k == 0 ? "entries:" : "        ", lines[k]);
  if (lines.size() > lines_shown) text += fmt::format("         ... and {} more\n", lines.size() - lines_shown);
  if (reader.passed_budget())
    text += fmt::format("{} not all masks were looked at: {:.3g} entries are, of matrices of at most {:.3g}\n",
                        lines.empty() ? "entries:" : "        ", static_cast<double>(budget),
                        static_cast<double>(largest_graph));
  return text;
}

}  // namespace rankfall
