#pragma once
// Rare first falls, from independent repetitions: by multilevel splitting (shares of replicas that come from level to level),
// or by a weighted ensemble.
#include <cstdint>
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// One repetition: of `replicas` at each level, how many came to the next; the last level is the fall itself.
using SplittingRepetition = std::vector<std::int64_t>;

// Of one cell.
struct SplittingEstimate {
  int cell = 0;
  int rank = 0;                                   // the rank that the last phase begins with
  std::int64_t replicas = 0;                      // followed from each level on, per repetition
  std::vector<double> levels;                     // none of an ensemble; else singular value number `rank` of W, descending; the last: rank tolerance
  std::vector<SplittingRepetition> repetitions;   // independent
  std::int64_t started_elsewhere = 0;             // replicas of the first level that began with another rank, left out
  std::vector<double> probabilities;              // one per repetition: product(k), or the weight that fell
  std::vector<std::int64_t> started;              // per repetition: those of the first level that count
  double replica_steps = 0.0;                     // pilot included

  // Of repetition k of multilevel splitting: the product of its shares. Its mean is the probability, whatever the levels are, as long as they do
  // not depend on the repetition (Cerou & Guyader 2007; Del Moral 2004, 12.2).
  double product(std::size_t k) const;
};

// Mean over repetitions; interval: Student's t on their probabilities, never below 0. `relative_error`: standard error over the
// mean; NaN where no repetition came down.
struct RareProbability {
  double value = 0.0, relative_error = 0.0;
  Interval interval;
};
RareProbability probability_of(const SplittingEstimate& estimate, double confidence);

// For the terminal, and for programs: a row per cell, under the swept values.
std::string splitting_table(const Experiment& experiment, const std::vector<SplittingEstimate>& estimates);
std::string splitting_csv(const Experiment& experiment, const std::vector<SplittingEstimate>& estimates);

}  // namespace rankfall
