#pragma once
// How an experiment is cut into work.
#include <vector>

#include "rankfall/backend.hpp"
#include "rankfall/experiment.hpp"
#include "run/goals.hpp"

namespace rankfall {

// Bytes of the measurement matrices of a cell's problem, or, where each replica has one, of each.
std::int64_t measurement_bytes(const Cell& cell);

// Bytes that a replica's state and data take while its unit is in training.
std::int64_t replica_bytes(const Experiment& experiment, const Cell& cell);

// Replicas per unit of a cell: 256, fewer where they would need more than 64 MiB. A function of the experiment alone,
// so that units written on one machine are those that another looks for.
std::int64_t unit_size(const Experiment& experiment, const Cell& cell);

// The units of a cell's first `replicas`, in order.
std::vector<WorkUnit> cell_units(const Experiment& experiment, const Cell& cell, std::int64_t replicas);

// All units, cell by cell, in replica order.
std::vector<WorkUnit> work_units(const Experiment& experiment, const Goals& goals);

}  // namespace rankfall
