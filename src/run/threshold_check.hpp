#pragma once
// How P(jump) moves with the rank threshold, where the saddles are known that it has to lie below.
#include <string>
#include <vector>

#include "estimate/recount.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

// One cell: P(jump) at a third of its threshold, at it, and at three times (trouble::tolerance_factors), counted again from
// the singular values at the end.
struct ThresholdCheck {
  int cell = 0;
  double threshold = 0.0, saddle_singular_value = 0.0;  // absolute; NaN: no saddle
  Proportion lower, used, higher;
};

// Of the cells that have a landscape and replicas that could fall. One entry of `thresholds` per cell, empty where ranks
// cannot be counted again.
std::vector<ThresholdCheck> check_thresholds(const Experiment& experiment, const RunResults& results,
                                             const std::vector<RankThresholds>& thresholds);

// Lines for the terminal; empty for none.
std::string threshold_lines(const Experiment& experiment, const std::vector<ThresholdCheck>& checks);

}  // namespace rankfall
