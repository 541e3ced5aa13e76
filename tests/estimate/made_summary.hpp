#pragma once
// Estimated experiments for the tests of what is printed.
#include <string>
#include <vector>

#include "estimate/estimator.hpp"
#include "made_replicas.hpp"

namespace rankfall {

inline bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// Three cells of 4096: none jumps, half do, all do.
struct ThreeCells {
  Experiment experiment = made_experiment(3);
  std::vector<CellEstimate> estimates;
  ThreeCells() {
    experiment.replicas = 4096;
    estimates = estimate(experiment, {made_results(0, 4096, 0), made_results(1, 4096, 2048),
                                      made_results(2, 4096, 4096)});
  }
};

// Without noise in the last phase the question is the final rank.
inline Experiment descent_experiment() {
  Experiment experiment = made_experiment(1);
  experiment.cells[0].phases = {experiment.cells[0].phases[0]};
  return experiment;
}

}  // namespace rankfall
