#pragma once
// A diagnosed experiment of one cell.
#include <optional>
#include <vector>

#include "estimate/diagnosis.hpp"
#include "made_spectra.hpp"

namespace rankfall {

// One cell. Enough of its replicas jump that nothing is wrong, unless a test makes it so.
struct OneCell {
  Experiment experiment = made_experiment(1);
  ReplicaResults results{};
  RankThresholds thresholds{};
  Cell& cell() { return experiment.cells[0]; }
};

inline OneCell sound(int replicas) {
  OneCell made{.results = made_results(0, replicas, replicas * 3 / 4)};
  made.experiment.replicas = replicas;
  return made;
}

inline std::vector<Finding> problems_of(const OneCell& made) {
  return find_problems(made.experiment, {made.results}, {made.thresholds});
}

// The only cell of the finding of `problem`; nothing if the check did not fire.
inline std::optional<CellFinding> found(const OneCell& made, Problem problem) {
  for (const Finding& finding : problems_of(made))
    if (finding.problem == problem) return finding.cells.at(0);
  return std::nullopt;
}

}  // namespace rankfall
