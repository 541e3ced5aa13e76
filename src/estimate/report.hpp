#pragma once
// What a user reads: the table on the terminal, summary.csv and the methods sentence.
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

// One row per cell, aligned, at most ~110 columns wide; zero events are printed as an upper bound, never as 0 %.
std::string summary_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

// summary.csv: one row per cell: swept values, n, counts and interval of every probability (docs/design.md).
std::string summary_csv(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

// A paragraph ready for a paper's methods section.
std::string methods_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates,
                             const std::string& version);

}  // namespace rankfall
