#pragma once
// The header of classic netCDF files, looked at before the library reads it.
#include <string>

namespace rankfall::config {

enum class ClassicFile { whole, damaged_header, truncated };

// Whether every count, length, type and dimension number in the header of a classic, 64-bit or CDF-5 file is possible
// in a file of its size, and all data it promises are there. The library trusts it: a damaged count makes netCDF 4.9
// allocate gigabytes or end the program, and data behind the end of the file are read as zeros.
ClassicFile check_classic(const std::string& path);

}  // namespace rankfall::config
