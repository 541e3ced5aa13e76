#pragma once
// What `plan` says of the observed entries.
#include <string>

#include "rankfall/experiment.hpp"

namespace rankfall {

// A line per graph of observed entries (backend/observation_graph.hpp) that the first cells' phases see: of the one problem that
// all replicas share, or of the first replica's, with the share of the first replicas whose graph is connected. Empty where only
// measurements are seen, and for targets of more than 4 million entries.
std::string observation_lines(const Experiment& experiment);

}  // namespace rankfall
