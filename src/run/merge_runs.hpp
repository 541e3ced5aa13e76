#pragma once
// Shards, trained apart, become one run.
#include <string>
#include <vector>

#include "run/run.hpp"

namespace rankfall {

// Puts the finished units of all `sources` into `out` (linked where the file system can, else copied; `out` may be one of
// the sources) and writes results.nc, summary.csv and run.json there; `summarize` is given what was estimated. True if that is
// the whole experiment; otherwise the units that are missing are told on standard error, and `rankfall run ... --out OUT` would
// train them.
// Throws ConfigError when the sources are of different experiments, or two of them hold the same replicas.
bool merge_runs(const std::vector<std::string>& sources, const std::string& out, const std::string& command,
                const Summarizer& summarize = {});

}  // namespace rankfall
