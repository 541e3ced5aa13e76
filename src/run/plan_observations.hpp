#pragma once
// What `plan` says of the observed entries.
#include <cstdint>
#include <string>

#include "rankfall/experiment.hpp"

namespace rankfall {

// A line per graph of observed entries (backend/observation_graph.hpp) that the first cells' phases see: of the one mask that
// all replicas share, or of the first replica's, with the share of the first replicas whose graph is connected. Phases with
// equal graphs share a line. Within `budget` entries (rows * columns of every mask that is drawn; a second or two), and of
// targets of at most 4 million entries; a line says so where that leaves masks out. Empty where only measurements are seen.
std::string observation_lines(const Experiment& experiment, std::int64_t budget = 40'000'000);

}  // namespace rankfall
