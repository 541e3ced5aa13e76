#pragma once
// `--set key=value`: edits of the tree before anything is read from it.
#include <string>
#include <vector>

#include "config/node.hpp"

namespace rankfall::config {

// Brings [sweep] into one form, full key -> values: nested tables (phase.noise.steps = [...] without quotes) become
// flat. Throws ConfigError.
void flatten_sweep(Node& root);

// Applied in order, so that a later one wins; below "sweep" the rest of the path is one key. Expects a flat sweep.
// Throws ConfigError; an unknown key is left to the reader of its table.
void apply_overrides(Node& root, const std::vector<std::string>& overrides);

}  // namespace rankfall::config
