#pragma once
// The library's door: an experiment from a file, trained in this process, and what is estimated from it.
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

// What training an experiment gives. Lists are in the order of the experiment's cells.
struct Study {
  Experiment experiment;
  RunResults results;                   // of every replica
  std::vector<CellEstimate> estimates;  // probabilities with intervals
};

// An experiment file, or "preset:NAME"; each of `overrides` is a "key=value", as `--set` takes it. Throws ConfigError, whose
// text is one line: where, what, why, what to do.
Experiment read_experiment(const std::string& name, const std::vector<std::string>& overrides = {});

// Trains all replicas on the CPU, with `threads` of them (0: one per usable core), and holds everything in memory: nothing
// is written, and nothing is left of what is interrupted. The numbers are those of `rankfall run`, bit for bit. Throws
// ConfigError, e.g. if initialization.require is never met.
Study study(const Experiment& experiment, int threads = 0);

// The tables of `rankfall summary`, and the paragraph for a methods section.
std::string tables(const Study& study);
std::string methods(const Study& study);

}  // namespace rankfall
