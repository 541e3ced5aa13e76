#include "estimate/diagnosis.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>

#include "estimate/cell_checks.hpp"

namespace rankfall {
namespace {

struct Check {
  Problem problem;
  std::vector<CellFinding> (*findings)(const CellFacts&);
};

constexpr std::array checks{
    Check{Problem::diverged, find_diverged},
    Check{Problem::stalled, find_stalled},
    Check{Problem::risen_objective, find_risen_objective},
    Check{Problem::unsettled_start, find_unsettled_start},
    Check{Problem::unconverged, find_unconverged},
    Check{Problem::still_moving, find_still_moving},
    Check{Problem::upward_jumps, find_upward_jumps},
    Check{Problem::tolerance_decides, find_tolerance_decides},
    Check{Problem::label_decides, find_label_decides},
    Check{Problem::too_few_events, find_too_few_events},
    Check{Problem::censored, find_censored},
    Check{Problem::selected_starts, find_selected_starts},
};

Finding missing_replicas(const Experiment& experiment, const RunResults& results) {
  Finding finding{Problem::missing_replicas, {}, {}};
  for (const ReplicaResults& cell : results) {
    const std::int64_t missing = experiment.replicas - cell.count;
    if (missing < trouble::replicas_missing) continue;
    finding.cells.push_back({.cell = cell.cell, .count = missing, .of = experiment.replicas});
  }
  return finding;
}

}  // namespace

std::vector<Finding> find_problems(const Experiment& experiment, const RunResults& results,
                                   const std::vector<RankThresholds>& thresholds) {
  assert(experiment.cells.size() == results.size() && results.size() == thresholds.size());
  const Question question = question_of(experiment);
  std::vector<CellFacts> cells;
  for (std::size_t c = 0; c < results.size(); ++c) {
    if (results[c].count == 0) continue;
    cells.push_back({experiment, experiment.cells[c], results[c], thresholds[c], question,
                     estimate_cell(experiment.cells[c], experiment.estimate, results[c])});
  }
  std::vector<Finding> findings{missing_replicas(experiment, results)};
  for (const Check& check : checks) {
    Finding finding{check.problem, {}, {}};
    for (const CellFacts& cell : cells) {
      const auto found = check.findings(cell);
      finding.cells.insert(finding.cells.end(), found.begin(), found.end());
    }
    findings.push_back(std::move(finding));
  }
  std::erase_if(findings, [](const Finding& finding) { return finding.cells.empty(); });
  return findings;
}

}  // namespace rankfall
