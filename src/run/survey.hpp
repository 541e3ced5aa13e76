#pragma once
// What the last phase of one cell begins from: a pilot that goes through the phases before, and the minima it finds, each
// followed to its fold and saddle.
#include "rankfall/experiment.hpp"

namespace rankfall {

// An experiment of the one cell with what its landscape depends on: how the last phase is trained is left out, and so is
// where the cell lies in a sweep. Its random numbers are its own.
Experiment pilot_of(const Experiment& experiment, const Cell& cell);

// All of a landscape but what depends on how the last phase is trained, and what relative tolerances refer to.
struct Survey {
  Landscape landscape;
  double largest_singular_value = 0.0;  // of the last phase's target
};
Survey survey(const Experiment& pilot);

}  // namespace rankfall
