#pragma once
// From an experiment file (TOML) to a validated Experiment.
#include <string>
#include <vector>

#include "rankfall/experiment.hpp"

namespace rankfall {

// One `--set key=value` of the command line, unparsed.
using Overrides = std::vector<std::string>;

// Reads `path`, applies the overrides, validates every grid point, expands the sweep.
// Throws ConfigError (file:line, what, why, what to do) on anything unknown, ill-typed, impossible or unreadable.
// Relative paths inside the file are taken from the file's own directory.
Experiment load_experiment(const std::string& path, const Overrides& overrides = {});

// The same from text; `origin` is what messages call it (e.g. "preset:NAME"), `directory` resolves relative paths.
Experiment parse_experiment(const std::string& text, const std::string& origin, const std::string& directory,
                            const Overrides& overrides = {});

// Things that are allowed but likely to disappoint (float32 with a gradient_norm stop below 1e-7, ...); one line each.
std::vector<std::string> warnings(const Experiment& experiment);

// The keys that decide a replica's numbers and differ between two effective experiment texts, with both values, for a
// message: "phase.noise.steps (100 there, 200 here), seed (1 there, 2 here)". Throws ConfigError if one is no TOML.
std::string differing_keys(const std::string& there, const std::string& here);

}  // namespace rankfall
