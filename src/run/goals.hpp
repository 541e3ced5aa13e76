#pragma once
// How many replicas each cell is to have.
#include <functional>
#include <optional>
#include <vector>

#include "rankfall/experiment.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

using Goals = std::vector<std::int64_t>;  // replicas per cell, in cell order

// What every cell begins with: `replicas`, or with an adaptive rule the whole units that hold as many. Whole units keep
// their names, whatever the rule.
Goals first_goals(const Experiment& experiment);

// A cell's first `goal` replicas, or nothing if some are missing.
using ResultsOfCell = std::function<std::optional<ReplicaResults>(const Cell&, std::int64_t goal)>;

// Raises the goal of each cell whose replicas are all there and whose interval is still too wide, as long as that
// changes anything. A warm cell and its cold one (rankfall/experiment.hpp, Start) have one goal, which either raises: their
// replicas are pairs. With a search: to those of every round whose cells are known (estimate/search.hpp). True if a goal was
// raised.
bool raise_goals(const Experiment& experiment, Goals& goals, const ResultsOfCell& results_of);

}  // namespace rankfall
