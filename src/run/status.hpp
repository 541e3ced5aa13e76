#pragma once
// How far a run is.
#include <string>

namespace rankfall {

// State, progress, rate, time left, and per cell the replicas done and missing. Throws ConfigError when `path` is no
// result directory.
std::string status(const std::string& path);

}  // namespace rankfall
