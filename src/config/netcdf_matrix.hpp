#pragma once
// Matrices in netCDF files.
#include <string>

#include "rankfall/problem.hpp"

namespace rankfall::config {

// Whether the file begins like netCDF (classic, 64-bit, CDF-5 or HDF5).
bool is_netcdf(const std::string& path);

// The two-dimensional variable as a matrix. Throws ConfigError naming the file and the variable.
Matrix read_netcdf(const std::string& path, const std::string& variable);

}  // namespace rankfall::config
