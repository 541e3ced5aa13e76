#pragma once
// `rankfall report`: one page of HTML with everything that a run found, made by the Python package.
#include <string>

namespace rankfall {

// Writes DIR/report.html. Returns its path, or (empty) with the reason in `reason`. Throws ConfigError where DIR is no result
// directory, or the run in it is unfinished, StoreError where it cannot be read or written to.
std::string write_report(const std::string& directory, std::string& reason);

}  // namespace rankfall
