#pragma once
// Replica results written by hand.
#include <limits>
#include <string>

#include "rankfall/experiment.hpp"
#include "rankfall/replica.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

struct MadeReplica {
  int start_rank = 2;
  int rank = 2;
  Outcome outcome = Outcome::exhausted;
  std::int64_t steps = 3000;  // of all phases; the last begins at start_step
  std::int64_t start_step = 1000;
  int tries = 1;
  double loss = 0.5;
  double unobserved_error = std::numeric_limits<double>::quiet_NaN();
};

inline void add_replica(ReplicaResults& results, const MadeReplica& made) {
  const double missing = std::numeric_limits<double>::quiet_NaN();
  const bool diverged = made.outcome == Outcome::diverged;
  for (auto& values : results.observable) values.push_back(diverged ? missing : 1.5);
  results.observable[static_cast<std::size_t>(Observable::loss)].back() = diverged ? missing : made.loss;
  results.observable[static_cast<std::size_t>(Observable::unobserved_error)].back() =
      diverged ? missing : made.unobserved_error;
  results.rank.push_back(diverged ? -1 : made.rank);
  results.numerical_rank.push_back(results.rank.back());
  results.start_rank.push_back(made.start_rank);
  results.start_step.push_back(made.start_step);
  results.steps.push_back(made.steps);
  results.time.push_back(0.0);
  results.objective_rise.push_back(std::numeric_limits<double>::quiet_NaN());
  results.outcome.push_back(made.outcome);
  results.tries.push_back(made.tries);
  ++results.count;
}

// A change of rank found at `step`, in the last of two phases.
inline void add_event(ReplicaResults& results, std::int64_t step, int before, int after, int phase = 1) {
  results.events.push_back({results.first + results.count - 1, step - 100, step, before, after, phase});
}

// Settled by gradient descent in 1000 steps, then 2000 steps of SGD, probed every 100.
inline Cell made_cell() {
  Cell cell;
  PhaseSpec settle;
  settle.name = "settle";
  settle.steps = 1000;
  PhaseSpec noise;
  noise.name = "noise";
  noise.optimizer = Optimizer::sgd;
  noise.steps = 2000;
  cell.phases = {settle, noise};
  cell.probe.every = 100;
  return cell;
}

inline Experiment made_experiment(int cells) {
  Experiment experiment;
  experiment.name = "made";
  experiment.seed = 7;
  Axis axis{"learning_rate", {"phase.noise.learning_rate"}, {"learning_rate"}, {{}}};
  for (int i = 0; i < cells; ++i) {
    axis.values[0].push_back(0.1 * (i + 1));
    experiment.cells.push_back(made_cell());
    experiment.cells.back().index = i;
    experiment.cells.back().position = {i};
  }
  experiment.axes = {axis};
  return experiment;
}

// `replicas` of one cell, of which the first `jumps` fell from rank 2 to 1 at step 1500.
inline ReplicaResults made_results(int cell, int replicas, int jumps) {
  ReplicaResults results;
  results.cell = cell;
  for (int i = 0; i < replicas; ++i) {
    add_replica(results, {.rank = i < jumps ? 1 : 2});
    if (i < jumps) add_event(results, 1500, 2, 1);
  }
  return results;
}

}  // namespace rankfall
