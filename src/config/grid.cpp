#include "config/grid.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "config/hash.hpp"
#include "config/limits.hpp"
#include "config/sections.hpp"
#include "rankfall/error.hpp"

namespace rankfall::config {
namespace {

Cell read_cell(const Node& root, DataFiles& files) {
  Cell cell;
  cell.problem = read_problem(root, files);
  cell.model = read_model(root, cell.problem);
  cell.phases = read_phases(root, cell.problem, cell.model, files);
  cell.initialization = read_initialization(root, cell.problem, cell.model, cell.phases, files);
  check_greedy_phases(root, cell.phases, cell.initialization);
  cell.probe = read_probe(root, cell.problem, cell.phases);
  cell.probe.monitor = read_monitor(root, cell.problem, cell.model, cell.phases);
  cell.greedy_path = read_compare(root, cell.problem, cell.model, cell.phases);
  return cell;
}

// A swept key and the node of the tree that takes its values.
struct Slot {
  const SweptKey* swept;
  int axis;
  Node* node;
};

std::vector<Slot> open_slots(Node& root, const SweepPlan& plan) {
  std::vector<Slot> slots;
  for (std::size_t axis = 0; axis < plan.groups.size(); ++axis) {
    for (const SweptKey& swept : plan.groups[axis]) {
      if (swept.is_label()) continue;
      const Node& node = reach(root, swept.path, swept.place);
      if (node.place.layer == Layer::command_line && swept.place.layer == Layer::file) {
        throw ConfigError({text(node.place), fmt::format("{} is swept", swept.key),
                           fmt::format("the values at {} would replace this one", text(swept.place)),
                           fmt::format("use --set 'sweep.\"{}\"=[...]'", swept.key)});
      }
      slots.push_back({&swept, static_cast<int>(axis), nullptr});
    }
  }
  // Only now: making a node may move the others.
  for (Slot& slot : slots) slot.node = &reach(root, slot.swept->path, slot.swept->place);
  return slots;
}

std::string label_of(const SweepPlan& plan, const std::vector<int>& position) {
  std::string label;
  for (std::size_t axis = 0; axis < plan.groups.size(); ++axis) {
    for (std::size_t k = 0; k < plan.groups[axis].size(); ++k) {
      if (!tells(plan.axes[axis], k)) continue;
      if (!label.empty()) label += ' ';
      label += plan.axes[axis].coordinates[k];
      label += '=';
      label += plan.groups[axis][k].labels[static_cast<std::size_t>(position[axis])];
    }
  }
  return label;
}

// What is wrong without the sweep too is not the grid point's fault.
[[noreturn]] void refuse_grid_point(const ConfigError& error, const Node& base, const std::string& label,
                                    DataFiles files) {
  try {
    read_cell(base, files);
  } catch (const ConfigError& base_error) {
    if (std::string_view(base_error.what()) == error.what()) throw;
  }
  throw ConfigError({"", error.what(), fmt::format("this is grid point {}", label), ""});
}

void advance(std::vector<int>& position, const SweepPlan& plan) {
  for (std::size_t axis = position.size(); axis-- > 0;) {
    if (++position[axis] < plan.axes[axis].size()) return;
    position[axis] = 0;
  }
}

std::int64_t listed_entries(const Cell& cell) {
  auto entries = static_cast<std::int64_t>(cell.problem.observed.entries.size() + cell.probe.times.size());
  for (const PhaseSpec& phase : cell.phases) {
    if (phase.observed) entries += static_cast<std::int64_t>(phase.observed->entries.size());
    entries += static_cast<std::int64_t>(phase.stretches.size());
  }
  return entries;
}

// The first cell foretells the others, so that a hopeless grid is refused before it fills the memory.
void check_memory(const Node& root, std::int64_t listed) {
  if (listed <= most_listed_entries) return;
  throw ConfigError({text(root.place), "the observed entries, probe times and changes of rates of all cells do not fit in memory",
                     fmt::format("{} would be listed, at most {} are held", listed, most_listed_entries),
                     "sweep fewer values, observe by a pattern, or hold rates for longer"});
}

}  // namespace

std::uint64_t cell_identity(const SweepPlan& plan, const std::vector<int>& position) {
  std::vector<std::string> pairs;
  for (std::size_t axis = 0; axis < plan.groups.size(); ++axis) {
    for (const SweptKey& swept : plan.groups[axis]) {
      if (!swept.is_label()) pairs.push_back(swept.key + "=" + swept.identities[static_cast<std::size_t>(position[axis])]);
    }
  }
  std::sort(pairs.begin(), pairs.end());
  Hasher hasher;
  for (const std::string& pair : pairs) hasher.text(pair);
  return hasher.value();
}

std::vector<Cell> expand_grid(const Node& root, const SweepPlan& plan, DataFiles files) {
  Node tree = root;
  const std::vector<Slot> slots = open_slots(tree, plan);
  std::vector<int> position(plan.groups.size(), 0);
  std::vector<Cell> cells;
  cells.reserve(static_cast<std::size_t>(plan.cells));
  std::int64_t listed = 0;
  for (std::int64_t index = 0; index < plan.cells; ++index) {
    for (const Slot& slot : slots) {
      const Node& value = slot.swept->values[static_cast<std::size_t>(position[slot.axis])];
      slot.node->value = value.value;
      slot.node->place = value.place;
      if (value.as<List>() != nullptr) files.forget_list(*slot.node);
    }
    try {
      cells.push_back(read_cell(tree, files));
    } catch (const ConfigError& error) {
      if (slots.empty()) throw;
      refuse_grid_point(error, root, label_of(plan, position), files);
    }
    Cell& cell = cells.back();
    cell.index = static_cast<int>(index);
    cell.position = position;
    cell.label = label_of(plan, position);
    cell.identity = cell_identity(plan, position);
    listed += listed_entries(cell);
    check_memory(root, index == 0 ? listed * plan.cells : listed);
    advance(position, plan);
  }
  return cells;
}

}  // namespace rankfall::config
