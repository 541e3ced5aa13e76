#pragma once
// The checks of one cell. Each returns nothing where it does not fire.
#include <vector>

#include "estimate/diagnosis.hpp"
#include "estimate/estimator.hpp"
#include "estimate/report_text.hpp"

namespace rankfall {

// A cell with at least one replica.
struct CellFacts {
  const Experiment& experiment;
  const Cell& cell;
  const ReplicaResults& results;
  const RankThresholds& thresholds;
  Question question;
  CellEstimate estimate;
};

std::vector<CellFinding> find_diverged(const CellFacts& facts);
std::vector<CellFinding> find_risen_objective(const CellFacts& facts);
std::vector<CellFinding> find_unsettled_start(const CellFacts& facts);
std::vector<CellFinding> find_stalled(const CellFacts& facts);
std::vector<CellFinding> find_unconverged(const CellFacts& facts);
std::vector<CellFinding> find_still_moving(const CellFacts& facts);
std::vector<CellFinding> find_upward_jumps(const CellFacts& facts);
std::vector<CellFinding> find_tolerance_decides(const CellFacts& facts);
std::vector<CellFinding> find_label_decides(const CellFacts& facts);
std::vector<CellFinding> find_too_few_events(const CellFacts& facts);
std::vector<CellFinding> find_censored(const CellFacts& facts);
std::vector<CellFinding> find_selected_starts(const CellFacts& facts);

}  // namespace rankfall
