#pragma once
// What a run would be, without starting it.
#include <string>

#include "rankfall/experiment.hpp"
#include "run/capacity.hpp"

namespace rankfall {

// Cells, replicas, work, memory, disk, and the time a backend would take at most (every replica to its horizon), from a
// few milliseconds of training per kind of phase. What exceeds the machine is told in lines that begin with WARNING.
std::string plan(const Experiment& experiment, int threads);
std::string plan(const Experiment& experiment, int threads, const Capacity& capacity);

}  // namespace rankfall
