#pragma once
// Landscapes of cells: the minima that the last phase begins from, the folds and saddles of these, and the rank threshold
// that follows. A pure function of the experiment, whatever the backend, its threads and the other cells.
#include <string>

#include "rankfall/experiment.hpp"

namespace rankfall {

// probe.rank_tolerance = "auto" in any cell, or [estimate] critical_ridge.
bool asks_for_landscapes(const Experiment& experiment);

// Finds those that are asked for and not yet there, and sets automatic rank tolerances: a fifth of the least saddle's smallest
// singular value, rounded down to two digits; where there is no saddle it stays at its default. A pilot of 32 replicas with
// random numbers of its own goes through the phases before the last and is quenched; cells that differ only in how the last
// phase is trained share it. On `threads` CPU threads (0: one per core).
// Throws ConfigError where training's precision would not tell a singular value at the threshold from rounding.
void find_landscapes(Experiment& experiment, int threads = 0);
Experiment with_landscapes(Experiment experiment, int threads = 0);  // the same of a copy

// A line for each reason why a cell has no threshold of its own, or none at all; for the eyes of whoever runs it.
std::string landscape_notes(const Experiment& experiment);

}  // namespace rankfall
