#pragma once
// `rankfall splitting`: probabilities of first falls that are too rare to be counted.
#include <optional>
#include <string>
#include <vector>

#include "estimate/splitting.hpp"
#include "rankfall/backend.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// levels: replicas are cloned where singular value number r of W comes below one level after another. ensemble: in lockstep,
// along the slowest mode of W (run/weighted_ensemble.hpp).
enum class SplittingMethod { levels, ensemble };

struct SplittingOptions {
  SplittingMethod method = SplittingMethod::ensemble;
  std::string directory;            // result directory, of the experiment's run too; gets splitting.json and splitting.csv
  std::string backend = "auto";
  int threads = 0;
  std::vector<int> devices;
  std::int64_t replicas = 500;      // per level, or in the ensemble, in each repetition
  int repetitions = 20;
  double keep = 0.2;                // share of replicas that a level of the pilot lets through
  std::vector<double> levels;       // instead of a pilot: singular value number r of W, absolute, descending
};

// Throws ConfigError: what the cell lacks, why it is needed, and what to do.
[[noreturn]] void refuse_splitting(const Cell& cell, const std::string& what, const std::string& why, const std::string& remedy);

// Throws ConfigError where the cells cannot be split: see docs/rank-jumps.md.
void check_splitting(const Experiment& experiment, const SplittingOptions& options);

// One cell. Levels come from the pilot, whose replicas are others than those of the estimate; replicas of every
// repetition are followed from level to level together. Throws Stopped; ConfigError if no replica begins the last phase
// with a rank that can fall, or the pilot finds no way down.
SplittingEstimate split_cell(Backend& backend, const Experiment& experiment, const Cell& cell, const SplittingOptions& options,
                             const std::stop_token& stop);

// All cells, each written down when it is done; those in DIR/splitting.json already are taken from there. Nothing if it was
// interrupted: the same call goes on.
std::optional<std::vector<SplittingEstimate>> split(const Experiment& experiment, const SplittingOptions& options);

}  // namespace rankfall
