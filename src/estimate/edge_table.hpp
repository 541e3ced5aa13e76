#pragma once
// What is told of landscapes: folds, saddles, thresholds, the edge of stability of one entry.
#include <optional>
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Completes "there is no saddle, since ...".
std::string status_text(SaddleStatus status);

bool has_landscapes(const std::vector<CellEstimate>& estimates);

// A table for the terminal of those cells that have a landscape; empty without any.
std::string edge_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates);
// The same before anything is trained.
std::string edge_table(const Experiment& experiment);

// Of summary.csv, where any cell has a landscape; a field without a value is empty.
std::vector<std::string> edge_columns();
std::vector<std::optional<double>> edge_fields(const CellEstimate& estimate);

// " The rank threshold ..." for the methods sentence; empty where none is automatic.
std::string threshold_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

}  // namespace rankfall
