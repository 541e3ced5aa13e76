// What replicas must be like to be split.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "backend/crowd.hpp"
#include "backend/instance.hpp"
#include "rankfall/error.hpp"
#include "run/weighted_ensemble.hpp"

namespace rankfall {

namespace {

void check_levels(const SplittingOptions& options) {
  const std::vector<double>& levels = options.levels;
  const bool descend = std::is_sorted(levels.rbegin(), levels.rend(), std::less_equal<>());
  if (!descend || (!levels.empty() && !(levels.back() > 0.0)))
    throw ConfigError({"--levels", "are no levels", "they are positive and descend", "write for example --levels 1,0.5,0.2"});
  if (options.method == SplittingMethod::ensemble && !levels.empty())
    throw ConfigError({"--levels", "has no effect", "a weighted ensemble has no levels", "add --method levels, or leave it out"});
}

// A clone draws anew from the probe on: of an epoch that a probe cuts in two it would not draw the rest.
void check_epochs(const Experiment& experiment, const Cell& cell) {
  const PhaseSpec& last = cell.phases.back();
  if (last.sampling != Sampling::shuffled) return;
  const auto entries = static_cast<std::int64_t>(draw_problem(experiment, cell, 0).phase.back().count());
  if (cell.probe.every * last.batch_size % entries != 0)
    refuse_splitting(cell, fmt::format("needs probes at the ends of epochs ({} entries)", entries),
                     "what a clone draws would not be a shuffled epoch's rest", "set probe.every to a multiple, or sampling = 'uniform'");
}

void check_last_phase(const Cell& cell) {
  const PhaseSpec& last = cell.phases.back();
  if (cell.phases.size() < 2)
    refuse_splitting(cell, "needs a phase before the last", "replicas are split in the last one, from where it begins",
                     "add a phase that settles them");
  if (!last.draws())
    refuse_splitting(cell, "needs random numbers in the last phase", "without them clones stay alike",
                     "set optimizer = 'sgd' with sampling 'uniform' or 'shuffled' there");
  StopRule others = last.stop;
  others.rank_at_most.reset();
  if (!others.empty())
    refuse_splitting(cell, "follows replicas to their fall or the horizon", "the last phase has another stop rule",
                     "remove all but rank_at_most");
}

void check_ensemble(const Cell& cell, const SplittingOptions& options) {
  if (std::int64_t{cell.problem.rows} * cell.problem.columns > most_slow_entries)
    refuse_splitting(cell, fmt::format("by an ensemble takes matrices of {} entries at most", most_slow_entries),
                     "its coordinate factors their covariance", "use --method levels");
  const std::int64_t legs = cell.phases.back().steps / cell.probe.every + 2;
  if (options.replicas * options.repetitions * legs >= most_crowd_members)
    refuse_splitting(cell, "needs more than 2^32 clones", "their random numbers could not be told apart",
                     "lower --replicas or --repetitions, or raise probe.every");
}

}  // namespace

void refuse_splitting(const Cell& cell, const std::string& what, const std::string& why, const std::string& remedy) {
  throw ConfigError({"splitting", cell.label.empty() ? what : what + " (cell " + cell.label + ")", why, remedy});
}

void check_splitting(const Experiment& experiment, const SplittingOptions& options) {
  check_levels(options);
  for (const Cell& cell : experiment.cells) {
    if (experiment.precision == Precision::double_double)
      refuse_splitting(cell, "has no double-double", "jumps are SGD's, in float32 or float64", "set precision = 'float64'");
    check_last_phase(cell);
    if (cell.problem.instances == Instances::per_replica)
      refuse_splitting(cell, "needs one problem for all replicas", "a clone goes on with its parent's", "set problem.instances = 'shared'");
    if (cell.probe.rank != RankKind::numerical)
      refuse_splitting(cell, "needs probe.rank = 'numerical'", "levels are singular values", "change it");
    if (options.method == SplittingMethod::ensemble) check_ensemble(cell, options);
    check_epochs(experiment, cell);
  }
}

}  // namespace rankfall
