#pragma once
// Everything known of one run, in memory: what a result directory holds and what estimates are made of.
#include <string>
#include <vector>

#include "rankfall/experiment.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

// Who computed it and how; goes into run.json and the attributes of results.nc.
struct Provenance {
  std::string version, commit, compiler, flags, backend, device, command, created_at, host_threads;
  double wall_seconds = 0.0;
  double replica_steps = 0.0;   // trained by this process
  std::string checksum;         // of all results in cell and replica order, 16 hexadecimal digits
};

// One entry per cell of the experiment, in cell order; each holds replicas in order (possibly fewer than asked while
// the run is unfinished: then only those of finished units, first = 0 and gaps closed).
using RunResults = std::vector<ReplicaResults>;

}  // namespace rankfall
