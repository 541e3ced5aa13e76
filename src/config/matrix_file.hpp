#pragma once
// Matrices from CSV and netCDF files. Every function throws ConfigError naming the file (and line) when it cannot be
// read, is ragged, has a non-finite or unparsable entry, or lacks the variable.
#include <memory>
#include <string>
#include <vector>

#include "rankfall/problem.hpp"

namespace rankfall {

// A dense matrix: CSV (comma, semicolon, tab or blank separated; '#' comments), or variable `variable` of a netCDF file
// (by content, not by name).
std::shared_ptr<const Matrix> read_matrix(const std::string& path, const std::string& variable);

// Factors W1 .. WL from a netCDF file, W_l with dimensions (n_l, n_{l-1}).
std::vector<std::shared_ptr<const Matrix>> read_factors(const std::string& path, int factors);

}  // namespace rankfall
