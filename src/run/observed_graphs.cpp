#include "run/observed_graphs.hpp"

#include <algorithm>
#include <utility>

#include "backend/instance.hpp"

namespace rankfall {
namespace {

constexpr std::int64_t most_replicas = 1000, largest_mask = 4096;
constexpr std::size_t most_masks = 256;

std::int64_t size_of(const Cell& cell) { return static_cast<std::int64_t>(cell.problem.rows) * cell.problem.columns; }

const ObservationSpec& observed_in(const Cell& cell, int phase) {
  return cell.phases[static_cast<std::size_t>(phase)].observes(cell.problem.observed);
}

// How many masks are drawn for that of a phase: its own, and those of the phases before that it adds to.
std::int64_t links(const Cell& cell, int phase) {
  return observed_in(cell, phase).added > 0 ? 1 + links(cell, phase - 1) : 1;
}

void add_observations(const Cell& cell, int phase, MaskKey& key) {
  const ObservationSpec& spec = observed_in(cell, phase);
  const bool own = cell.phases[static_cast<std::size_t>(phase)].observed.has_value();
  key.insert(key.end(), {static_cast<std::int64_t>(spec.pattern), spec.count, spec.added, own && spec.draws() ? phase + 1 : 0,
                         static_cast<std::int64_t>(spec.blocks.size()), static_cast<std::int64_t>(spec.entries.size())});
  key.insert(key.end(), spec.blocks.begin(), spec.blocks.end());
  for (const ObservedEntry& entry : spec.entries) key.push_back(static_cast<std::int64_t>(entry.row) * cell.problem.columns + entry.column);
  if (spec.added > 0) add_observations(cell, phase - 1, key);
}

// Adds one mask's numbers to their sums.
void add(const ObservationGraph& graph, PhaseGraph& sums) {
  if (sums.replicas++ == 0) sums.components = sums.components_with_isolated = sums.connected = sums.complete_bipartite = 0.0;
  sums.components += static_cast<double>(graph.components.size());
  sums.components_with_isolated += static_cast<double>(graph.components_with_isolated());
  sums.connected += graph.is_connected() ? 1.0 : 0.0;
  sums.complete_bipartite += graph.has_complete_components() ? 1.0 : 0.0;
}

void divide(PhaseGraph& sums) {
  if (sums.replicas == 0) return;
  for (double* sum : {&sums.components, &sums.components_with_isolated, &sums.connected, &sums.complete_bipartite})
    *sum /= static_cast<double>(sums.replicas);
}

// How many replicas of each cell with masks of their own fit into the budget.
std::int64_t replicas_within(const Experiment& experiment, std::int64_t budget) {
  std::int64_t one = 0;
  for (const Cell& cell : experiment.cells)
    for (int p = 0; p < static_cast<int>(cell.phases.size()); ++p)
      if (!shares_mask(cell, p) && size_of(cell) <= largest_graph) one += links(cell, p) * size_of(cell);
  return one == 0 ? most_replicas : std::clamp<std::int64_t>(budget / one, 1, most_replicas);
}

// Walks the cells; masks that cells share are looked at once.
class Collector {
 public:
  Collector(const Experiment& experiment, std::int64_t budget)
      : reader_(experiment, budget), within_(replicas_within(experiment, budget)) {}

  PhaseGraph of(const Cell& cell, int phase, std::int64_t replicas) {
    if (observed_in(cell, phase).measures()) return {};
    if (!shares_mask(cell, phase)) return own(cell, phase, std::min(replicas, within_));
    const auto [found, is_new] = shared_.try_emplace(mask_key(cell, phase));
    if (is_new) found->second = look(cell, phase);
    return found->second;
  }
  std::vector<ObservedMask> masks() { return std::move(masks_); }

 private:
  PhaseGraph own(const Cell& cell, int phase, std::int64_t replicas) {
    PhaseGraph numbers;
    for (std::int64_t r = 0; r < replicas; ++r) {
      const auto graph = reader_.graph(cell, r, phase);
      if (!graph) break;
      add(*graph, numbers);
    }
    divide(numbers);
    return numbers;
  }
  PhaseGraph look(const Cell& cell, int phase) {
    PhaseGraph numbers;
    auto entries = reader_.entries(cell, 0, phase);
    if (!entries) return numbers;
    add(observation_graph(cell.problem.rows, cell.problem.columns, *entries), numbers);
    if (size_of(cell) > largest_mask) return numbers;
    const auto same = [&](const ObservedMask& mask) {
      return mask.rows == cell.problem.rows && mask.columns == cell.problem.columns &&
             std::equal(mask.entries.begin(), mask.entries.end(), entries->begin(), entries->end(),
                        [](const ObservedEntry& a, const ObservedEntry& b) { return a.row == b.row && a.column == b.column; });
    };
    const auto known = std::find_if(masks_.begin(), masks_.end(), same);
    if (known == masks_.end() && masks_.size() == most_masks) return numbers;
    numbers.mask = static_cast<std::int32_t>(known - masks_.begin());
    if (known == masks_.end()) masks_.push_back({cell.problem.rows, cell.problem.columns, std::move(*entries)});
    return numbers;
  }

  MaskReader reader_;
  std::int64_t within_;
  std::map<MaskKey, PhaseGraph> shared_;
  std::vector<ObservedMask> masks_;
};

}  // namespace

bool shares_mask(const Cell& cell, int phase) {
  return cell.problem.instances == Instances::shared || !observed_in(cell, phase).draws();
}

MaskKey mask_key(const Cell& cell, int phase) {
  const bool drawn = observed_in(cell, phase).draws();
  MaskKey key{cell.problem.rows, cell.problem.columns, drawn ? static_cast<std::int64_t>(cell.problem.instance_seed) : 0};
  add_observations(cell, phase, key);
  return key;
}

std::optional<std::vector<ObservedEntry>> MaskReader::entries(const Cell& cell, std::int64_t replica, int phase) {
  const std::int64_t cost = links(cell, phase) * size_of(cell);
  if (cost > left_ || size_of(cell) > largest_graph) {
    passed_ = true;
    return std::nullopt;
  }
  left_ -= cost;
  return observed_entries(experiment_, cell, replica, phase);
}

std::optional<ObservationGraph> MaskReader::graph(const Cell& cell, std::int64_t replica, int phase) {
  const auto found = entries(cell, replica, phase);
  if (!found) return std::nullopt;
  return observation_graph(cell.problem.rows, cell.problem.columns, *found);
}

ObservedGraphs observed_graphs(const Experiment& experiment, const Goals& replicas, std::int64_t budget) {
  Collector collector(experiment, budget);
  ObservedGraphs graphs;
  bool any = false;
  for (const Cell& cell : experiment.cells) {
    std::vector<PhaseGraph>& phases = graphs.cells.emplace_back();
    for (int p = 0; p < static_cast<int>(cell.phases.size()); ++p) {
      phases.push_back(collector.of(cell, p, replicas[static_cast<std::size_t>(cell.index)]));
      any = any || phases.back().replicas > 0;
    }
  }
  graphs.masks = collector.masks();
  return any ? graphs : ObservedGraphs{};
}

void add_graphs(const ObservedGraphs& graphs, std::vector<CellEstimate>& estimates) {
  if (graphs.empty()) return;
  for (CellEstimate& estimate : estimates) {
    const auto& phases = graphs.cells[static_cast<std::size_t>(estimate.cell)];
    if (!phases.empty() && phases.back().replicas > 0) estimate.graph = phases.back();
  }
}

}  // namespace rankfall
