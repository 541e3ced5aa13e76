#pragma once
// What an experiment costs in steps and in time on one CPU thread, measured on a register of replicas.
#include <string>

#include "rankfall/experiment.hpp"
#include "run/capacity.hpp"

namespace rankfall {

struct Work {
  double steps = 0.0, seconds = 0.0;
  double greedy_seconds = 0.0;  // of these, greedy low-rank learning if it needs all of its maximum_steps
  std::string unmeasured;  // why there is no time to tell; empty if there is
};

// Trains for a few seconds at most. Greedy low-rank learning ends by itself, and is counted with all of its maximum_steps.
Work predict(const Experiment& experiment, const Capacity& capacity);

}  // namespace rankfall
