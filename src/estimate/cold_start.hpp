#pragma once
// Warm cells beside their cold ones ([compare] cold_start): replica r of both starts from the same factors, has the same problem,
// and draws the same numbers in the last phase.
#include <optional>
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

// Fills `paired` of every warm cell. Nothing where it is not known which replicas are pairs: units in between are missing.
void estimate_pairs(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates);

// Whether cells are pairs.
bool has_pairs(const Experiment& experiment);

// Lines for each of the first pairs; empty without any.
std::string cold_start_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

// Columns of summary.csv for ranks up to `ranks`, and a cell's values of them: of a cold cell none.
std::vector<std::string> paired_columns(int ranks);
std::vector<std::optional<double>> paired_fields(const EstimateSpec& spec, const CellEstimate& estimate, int ranks);

// Begins with a space; empty without pairs.
std::string pairs_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

}  // namespace rankfall
