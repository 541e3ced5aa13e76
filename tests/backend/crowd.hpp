#pragma once
// A crowd on its way down from K5a's minimum of rank two.
#include <string>

#include "backend/crowd.hpp"
#include "tests/backend/support.hpp"

namespace rankfall::test {

inline const std::string falling = "seed = 5\nreplicas = 80\n" + k5a_problem + R"(
[model]
depth = 3
[initialization]
scale = 0.4
instances = 'shared'
require = { settled_rank = 2 }
[objective]
ridge = 0.03
[[phase]]
name = 'settle'
learning_rate = 0.1
steps = 20000
stop = { gradient_norm = 1e-3 }
[[phase]]
name = 'noise'
optimizer = 'sgd'
learning_rate = 0.1
steps = 3000
stop = { rank_at_most = 1 }
[probe]
every = 100
rank_tolerance = { absolute = 0.05 }
classify_at_end = 'numerical'
)";

// In two legs, at a level of .6 and at the fall, without new numbers in between: as if it had not been stopped.
template <class Real>
std::vector<ReplicaRun<Real>> in_two_legs(Backend& backend, const Experiment& experiment) {
  Crowd<Real> crowd(backend, experiment, experiment.cells[0], experiment.seed, {});
  auto runs = crowd.follow(crowd.open(0, experiment.replicas), 0, 2, 0.6, Keep::ends);
  return crowd.follow(std::move(runs), 0, 2, 0.05, Keep::ends);
}

}  // namespace rankfall::test
