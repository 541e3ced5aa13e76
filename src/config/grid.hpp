#pragma once
// Every grid point as a full, validated setting.
#include <vector>

#include "config/files.hpp"
#include "config/node.hpp"
#include "config/sweep.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall::config {

// Row-major over the plan's axes, the last one fastest. Throws ConfigError naming the values of a grid point at fault.
std::vector<Cell> expand_grid(const Node& root, const SweepPlan& plan, DataFiles files);

// A cell's part of every random key: a hash of its own swept keys and values, sorted, so that it does not depend on the
// grid around it, nor on the order of the axes.
std::uint64_t cell_identity(const SweepPlan& plan, const std::vector<int>& position);

}  // namespace rankfall::config
