#pragma once
// Work units that are trained at once.
#include <span>
#include <vector>

#include "rankfall/backend.hpp"

namespace rankfall {

using Wave = std::vector<WorkUnit>;

// Units of one class (wave_class), in order, as many as fit into `bytes` of device memory, never fewer than one, and at
// most `most_replicas` replicas. Which wave a unit is in changes no number.
std::vector<Wave> cut_waves(const Experiment& experiment, std::span<const WorkUnit> units, double bytes,
                            std::int64_t most_replicas);

// Device memory of one replica of this cell, its own problem included where it has one.
double wave_bytes_per_replica(const Experiment& experiment, const Cell& cell);

}  // namespace rankfall
