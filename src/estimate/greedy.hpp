#pragma once
// What replicas have learnt greedily, cell by cell.
#include <optional>
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Nothing where no replica has solutions.
std::optional<GreedyEstimate> estimate_greedy(const ReplicaResults& results);

// Whether some cell has room for solutions.
bool has_greedy(const Experiment& experiment);

// The solutions of the first cells, and distances of flows from the path; empty where there are none.
std::string greedy_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

// Columns of summary.csv, and a cell's fields of them.
std::vector<std::string> greedy_columns();
std::vector<std::optional<double>> greedy_fields(const CellEstimate& estimate);

}  // namespace rankfall
