// [compare] cold_start: every cell beside the same cell without what comes before its last phase.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/limits.hpp"
#include "config/sections.hpp"
#include "config/wording.hpp"

namespace rankfall::config {
namespace {

constexpr std::string_view key = "cold_start";

[[noreturn]] void refuse(const Node& node, const Cell& cell, const std::string& what, const std::string& why,
                         const std::string& remedy) {
  throw ConfigError({text(node.place),
                     fmt::format("compare.cold_start = true is impossible: {}{}", what,
                                 cell.label.empty() ? "" : fmt::format(" at grid point {}", cell.label)),
                     why, remedy});
}

void check_cell(const Node& node, const Cell& cell) {
  if (cell.phases.size() < 2)
    refuse(node, cell, "there is a single phase", "a cold start leaves out the phases before the last",
           "put the phase of pre-training before it");
  if (cell.initialization.requirement == Requirement::settled_rank)
    refuse(node, cell, "initialization.require has a settled_rank",
           "starts are redrawn after the first phase, which a cold start does not have", "remove it");
  const auto greedy = std::find_if(cell.phases.begin(), cell.phases.end(), [](const PhaseSpec& p) { return p.greedy(); });
  if (greedy != cell.phases.end())
    refuse(node, cell, fmt::format("phase.{} is greedy low-rank learning", greedy->name),
           "it begins at W = 0 whatever came before, and has no length that could be 0", "let phases of training alone be compared");
  if (cell.phases.back().is_empty())
    refuse(node, cell, fmt::format("phase.{}, the last, has no length", cell.phases.back().name),
           "a cold start would not be trained at all", "give it one above 0");
}

Axis start_axis() { return {"start", {"compare.cold_start"}, {"start"}, {{std::string("warm"), std::string("cold")}}}; }

Cell at_start(const Cell& cell, Start start) {
  const int place = start == Start::warm ? 0 : 1;
  Cell made = cell;
  made.start = start;
  made.index = 2 * cell.index + place;
  made.position.push_back(place);
  made.label += fmt::format("{}start={}", made.label.empty() ? "" : " ", place == 0 ? "warm" : "cold");
  if (start == Start::warm) return made;
  for (auto phase = made.phases.begin(); phase != made.phases.end() - 1; ++phase) {
    phase->steps = 0;
    phase->time = 0.0;
  }
  return made;
}

}  // namespace

void add_cold_starts(const Node& root, Experiment& experiment) {
  const Node* node = find(find(&root, "compare"), key);
  if (node == nullptr || !*node->as<bool>()) return;  // read_compare has looked at its type
  if (2 * static_cast<std::int64_t>(experiment.cells.size()) > most_cells)
    throw ConfigError({text(node->place), "the sweep has too many cells for compare.cold_start",
                       fmt::format("each is trained twice, and at most {} cells are allowed", most_cells), "list fewer values"});
  std::vector<Cell> cells;
  for (const Cell& cell : experiment.cells) {
    check_cell(*node, cell);
    for (const Start start : {Start::warm, Start::cold}) cells.push_back(at_start(cell, start));
  }
  experiment.cells = std::move(cells);
  experiment.axes.push_back(start_axis());
}

}  // namespace rankfall::config
