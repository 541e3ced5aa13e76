#pragma once
// The matrix to be recovered and what of it is observed.
#include <cstdint>

#include "rankfall/observations.hpp"
#include "rankfall/target.hpp"

namespace rankfall {

// Whether a random object is drawn once for all replicas of a cell, or once for each.
enum class Instances { shared, per_replica };

struct ProblemSpec {
  int rows = 0;
  int columns = 0;
  TargetSpec target;                           // a phase may have its own
  double noise = 0.0;                          // standard deviation of Gaussian noise added to what is observed
  ObservationSpec observed;
  Instances instances = Instances::shared;     // of targets, masks and measurements
  std::uint64_t instance_seed = 0;
};

}  // namespace rankfall
