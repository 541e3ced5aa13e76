#pragma once
// Where a replica stands in its phase, and what a probe makes of it. A decision depends on this replica alone.
#include "kernels/scalar.hpp"

namespace rankfall::kernels {

// How a replica ends (rankfall/replica.hpp says when).
enum class Ending : int { converged, exhausted, diverged, stopped };

// What ends a phase before its last step; a rule counts if it is `on`.
template <class Limit>
struct Rule {
  bool on;
  Limit limit;
};
struct PhasePlan {
  std::int64_t steps;        // at most
  std::int64_t probe_every;
  Rule<double> gradient_norm, loss, plateau;
  Rule<int> rank_at_most, rank_at_least;
};

struct Progress {
  std::int64_t steps;        // in all phases
  std::int64_t phase_steps;  // in the current one
  double objective;          // at the latest probe
  int rank;                  // likewise; -1 before the first
  Ending ending;
  bool in_phase;             // still training
};

// Where a replica stands, as one number: in training or how it ended, times 33, plus its rank, at most 32
// (rankfall/census.hpp).
inline constexpr int ranks_told_apart = 33, standings = 5;
RANKFALL_HD int standing_of(const Progress& progress) {
  const int rank = progress.rank < 0 ? 0 : progress.rank < ranks_told_apart ? progress.rank : ranks_told_apart - 1;
  return (progress.in_phase ? 0 : 1 + static_cast<int>(progress.ending)) * ranks_told_apart + rank;
}

// A change of rank between two probes: in (step_before, step_after], steps of the whole run.
struct RankChange {
  std::int64_t step_before, step_after;
  int rank_before, rank_after;
};

// What a decision needs of a probe.
struct ProbeReading {
  double loss, objective, gradient_norm, largest_singular_value;

  RANKFALL_HD bool finite() const { return is_finite(objective) && is_finite(largest_singular_value); }
  RANKFALL_HD static bool is_finite(double x) { return x - x == 0.0; }
};

// Decides whether the phase ends here. True if the rank is another than at the probe before, which `change` then tells.
RANKFALL_HD bool decide(Progress& progress, const PhasePlan& plan, const ProbeReading& reading, int rank,
                        RankChange& change) {
  if (!reading.finite()) {
    progress.ending = Ending::diverged;
    progress.in_phase = false;
    return false;
  }
  const bool first = progress.phase_steps == 0;
  const bool changed = progress.rank >= 0 && rank != progress.rank && !first;
  if (changed) {
    const std::int64_t since = (progress.phase_steps - 1) % plan.probe_every + 1;
    change = {progress.steps - since, progress.steps, progress.rank, rank};
  }
  const bool ranked = (plan.rank_at_most.on && rank <= plan.rank_at_most.limit) ||
                      (plan.rank_at_least.on && rank >= plan.rank_at_least.limit);
  const bool still = plan.plateau.on && !first &&
                     progress.objective - reading.objective < plan.plateau.limit * progress.objective;
  const bool converged = (plan.gradient_norm.on && reading.gradient_norm <= plan.gradient_norm.limit) ||
                         (plan.loss.on && reading.loss <= plan.loss.limit) || still;
  progress.rank = rank;
  progress.objective = reading.objective;
  progress.ending = ranked ? Ending::stopped : converged ? Ending::converged : Ending::exhausted;
  progress.in_phase = !ranked && !converged && progress.phase_steps < plan.steps;
  return changed;
}

// Steps from here to the next probe.
RANKFALL_HD std::int64_t steps_to_probe(const Progress& progress, const PhasePlan& plan) {
  const std::int64_t next = plan.probe_every - progress.phase_steps % plan.probe_every;
  const std::int64_t left = plan.steps - progress.phase_steps;
  return next < left ? next : left;
}

RANKFALL_HD bool at_probe(const Progress& progress, const PhasePlan& plan) {
  return progress.phase_steps % plan.probe_every == 0 || progress.phase_steps == plan.steps;
}

}  // namespace rankfall::kernels
