#pragma once
// Where results come from.
#include <string>

#include "rankfall/result_store.hpp"

namespace rankfall {

std::string version();  // "0.1.0"

// Version, commit, compiler, flags, time; the backend's words and the command line are filled in by the caller.
Provenance build_provenance();

}  // namespace rankfall
