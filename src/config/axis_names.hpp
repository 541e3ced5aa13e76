#pragma once
// What the axes of a sweep are called in results.nc.
#include <vector>

#include "config/sweep.hpp"
#include "rankfall/sweep.hpp"

namespace rankfall::config {

// A key is called by its last part, or in full where that part is another key's too or a name results.nc uses itself
// ("phase.noise.steps": `steps` is a result). A zipped axis joins its keys' last parts by "_".
std::vector<Axis> name_axes(const std::vector<std::vector<SweptKey>>& groups);

}  // namespace rankfall::config
