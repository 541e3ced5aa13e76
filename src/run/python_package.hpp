#pragma once
// The Python package that comes with the program, run as a program of its own.
#include <string>
#include <vector>

namespace rankfall {

// `python3 -m MODULE ARGUMENTS...`. Returns what it printed, or (empty) with the reason in `reason`.
std::string run_module(const std::string& module, const std::vector<std::string>& arguments, std::string& reason);

}  // namespace rankfall
