#pragma once
// What the theory predicts beside what was measured.
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// A row per cell and law, with a title; empty where no cell is an instance of a law. Of more than 64 rows the rest is only
// counted.
std::string law_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

}  // namespace rankfall
