#pragma once
// `rankfall diagnose`: whether the estimates in a result directory can be trusted.
#include <cstdint>
#include <string>
#include <vector>

#include "estimate/diagnosis.hpp"
#include "estimate/fall_sensitivity.hpp"
#include "rankfall/experiment.hpp"
#include "run/threshold_check.hpp"

namespace rankfall {

struct Diagnosis {
  Experiment experiment;
  std::int64_t replicas_done = 0;
  bool merged = false;             // results.nc is there: unit files are only needed to go on
  std::vector<Finding> findings;   // in the order of Problem
  std::vector<ThresholdCheck> thresholds;  // where landscapes are asked for
  std::vector<FallSensitivity> falls;  // of cells that ask for jumps and kept trajectories
  std::vector<int> not_recounted;  // cells whose ranks cannot be counted again at other tolerances
};

// Reads a result directory, also of an unfinished run, and checks it. Throws ConfigError when `path` is no result
// directory, StoreError when its results cannot be read.
Diagnosis diagnose(const std::string& path);

// A block per finding: what was seen and in which cells, why it matters, what to do; then how many, or "no problems
// detected".
std::string diagnosis_text(const Diagnosis& diagnosis);

// The same for programs, with all cells.
std::string diagnosis_json(const Diagnosis& diagnosis);

}  // namespace rankfall
