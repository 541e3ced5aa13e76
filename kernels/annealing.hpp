#pragma once
// Learning rates and ridges that change in a phase: tables, made where the experiment is read.
#include "kernels/scalar.hpp"

namespace rankfall::kernels {

// Rates that change in a phase: from step `begin` of it on.
struct AnnealedRates {
  std::int64_t begin;
  double learning_rate, ridge;
};
// All of a phase, ascending from step 0; none where the rates stay.
struct Annealing {
  const AnnealedRates* stretch;
  int count;

  // Which holds at `step`.
  RANKFALL_HD int at(std::int64_t step) const {
    int low = 0, high = count;  // stretch[low].begin <= step < stretch[high].begin
    while (high - low > 1) {
      const int middle = low + (high - low) / 2;
      (stretch[middle].begin <= step ? low : high) = middle;
    }
    return low;
  }
};

}  // namespace rankfall::kernels
