#pragma once
// What a run would be, without starting it.
#include <string>

#include "rankfall/experiment.hpp"

namespace rankfall {

// Cells, replicas, work, memory, disk, and the time a backend would take at most (every replica to its horizon), from a
// few milliseconds of training per kind of phase.
std::string plan(const Experiment& experiment, int threads);

}  // namespace rankfall
