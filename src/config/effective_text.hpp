#pragma once
// The effective experiment as a file of its own.
#include <string>

#include "config/files.hpp"
#include "config/node.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall::config {

// TOML that reads back as the same experiment from any directory: overrides applied, name and seed spelled out, small
// targets and masks written into it, other data files by absolute path. `root` is the tree with a flat sweep.
std::string effective_text(const Node& root, const Experiment& experiment, const DataFiles& files);

// A value as TOML, tables in braces.
std::string toml_value(const Node& node);

}  // namespace rankfall::config
