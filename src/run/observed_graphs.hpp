#pragma once
// The masks of an experiment, looked at within bounds: what `plan` tells and results.nc keeps of their graphs.
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "backend/observation_graph.hpp"
#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/observed_graphs.hpp"
#include "run/goals.hpp"

namespace rankfall {

// What decides a mask that replicas share, of any cell; equal keys, equal masks.
using MaskKey = std::vector<std::int64_t>;
MaskKey mask_key(const Cell& cell, int phase);

// Whether all replicas of the cell observe the same entries in that phase.
bool shares_mask(const Cell& cell, int phase);

inline constexpr std::int64_t largest_graph = 4'000'000;  // entries of a target whose masks are looked at: more take seconds each

// Draws masks as long as their rows * columns together stay within a budget; what would pass it, or is larger than
// largest_graph, is nothing.
class MaskReader {
 public:
  MaskReader(const Experiment& experiment, std::int64_t budget) : experiment_(experiment), left_(budget) {}

  std::optional<std::vector<ObservedEntry>> entries(const Cell& cell, std::int64_t replica, int phase);
  std::optional<ObservationGraph> graph(const Cell& cell, std::int64_t replica, int phase);
  bool passed_budget() const { return passed_; }

 private:
  const Experiment& experiment_;
  std::int64_t left_;
  bool passed_ = false;
};

// Graphs of every cell and phase that observes entries, of the first `replicas` of each cell where masks differ (a thousand
// at most). Within `budget` entries, about half a second for the default; cells behind it are not known. Masks of up to 4096
// entries are kept, 256 of them. Empty where all phases see measurements.
ObservedGraphs observed_graphs(const Experiment& experiment, const Goals& replicas, std::int64_t budget = 10'000'000);

// Puts the graph of the last phase into every estimate.
void add_graphs(const ObservedGraphs& graphs, std::vector<CellEstimate>& estimates);

}  // namespace rankfall
