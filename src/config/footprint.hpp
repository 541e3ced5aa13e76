#pragma once
// What the results of an experiment take, computed before anything is allocated for them.
#include "config/node.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Bytes. `certain` counts one probe of a phase that a stop rule may end early, `at_most` all of them; the two differ
// only where trajectories are kept. Events are not counted: they are few.
struct ResultBytes {
  double certain = 0.0;
  double at_most = 0.0;
};

ResultBytes result_bytes(const Experiment& experiment);

namespace config {

// Throws ConfigError, which names the bytes, if the experiment asks for more replicas than are counted or for results
// that no machine holds. `root` gives the place of the key.
void check_footprint(const Node& root, const Experiment& experiment);

}  // namespace config
}  // namespace rankfall
