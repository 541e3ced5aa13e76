#pragma once
// What is told of first falls beside their share: rates, destinations, barriers. Of experiments that ask for jumps only.
#include <optional>
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Tables for the terminal, each only where it has something to say.
std::string jump_tables(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

// Which ranks have columns in summary.csv: first falls by rank, ends by (start rank, final rank); those of any cell.
struct JumpColumns {
  std::vector<int> fallen_to;
  std::vector<std::pair<int, int>> ended_from;
  std::vector<std::string> names() const;
  std::vector<std::optional<double>> fields(const CellEstimate& estimate, const EstimateSpec& spec) const;
};
JumpColumns jump_columns(const std::vector<CellEstimate>& estimates);

// " The rate of ..." for the methods sentence.
std::string rate_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates);

}  // namespace rankfall
