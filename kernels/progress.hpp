#pragma once
// Where a replica stands in its phase, and what a probe makes of it. A decision depends on this replica alone.
#include "kernels/scalar.hpp"

namespace rankfall::kernels {

// How a replica ends (rankfall/replica.hpp says when).
enum class Ending : int { converged, exhausted, diverged, stopped, blow_up, stalled };

// What ends a phase before its last step; a rule counts if it is `on`.
template <class Limit>
struct Rule {
  bool on;
  Limit limit;
};
// A gradient flow ends at a time; there are probes at times, too.
struct FlowPlan {
  double time;               // 0: the phase is no flow
  const double* probe_time;  // ascending
  int probe_times;

  RANKFALL_HD bool on() const { return time > 0.0; }
};
struct PhasePlan {
  std::int64_t steps;        // at most
  std::int64_t probe_every;
  Rule<double> gradient_norm, loss, plateau;
  Rule<int> rank_at_most, rank_at_least;
  Rule<double> blow_up;      // of ||W||_F, where it grows
  FlowPlan flow;
};

// Where the integrator of a gradient flow stands (FlowLeg, step_control.hpp); all zero where a phase begins.
struct FlowPosition {
  double time, rest;         // since the phase began
  double step, history, most_growth;
};

struct Progress {
  std::int64_t steps;        // in all phases
  std::int64_t phase_steps;  // in the current one
  double objective;          // at the latest probe
  double frobenius_squared;  // of W, likewise
  int rank;                  // likewise; -1 before the first
  Ending ending;
  bool in_phase;             // still training
  std::int64_t probed_steps; // in all phases, at the latest probe
  double probed_time;        // flow.time at the latest probe
  double time;               // of the flows in the phases before
  FlowPosition flow;
  double entry_error;        // unobserved, where the present rank began: at the first probe of the phase or the latest change

  RANKFALL_HD void open_phase() {
    time += flow.time;
    flow = {};
    probed_time = 0.0;
    phase_steps = 0;
    in_phase = true;
  }
};

// Where a replica stands, as one number: in training or how it ended, times 33, plus its rank, at most 32
// (rankfall/census.hpp).
inline constexpr int ranks_told_apart = 33, standings = 7;
RANKFALL_HD int standing_of(const Progress& progress) {
  const int rank = progress.rank < 0 ? 0 : progress.rank < ranks_told_apart ? progress.rank : ranks_told_apart - 1;
  return (progress.in_phase ? 0 : 1 + static_cast<int>(progress.ending)) * ranks_told_apart + rank;
}

// A change of rank between two probes: in (step_before, step_after], steps of the whole run; times of its flows.
struct RankChange {
  std::int64_t step_before, step_after;
  int rank_before, rank_after;
  double time_before, time_after;
  double error_before, error_after;  // unobserved, where the old rank began and where the new one does
};

// What a decision needs of a probe.
struct ProbeReading {
  double loss, objective, gradient_norm, largest_singular_value, frobenius_squared;
  double unobserved_error = 0.0;  // decides nothing; NaN where all is observed

  RANKFALL_HD bool finite() const { return is_finite(objective) && is_finite(largest_singular_value); }
  RANKFALL_HD static bool is_finite(double x) { return x - x == 0.0; }
};

// The step of a flow has become too small.
inline constexpr double smallest_flow_step = 1e-270;
RANKFALL_HD bool is_stuck(const Progress& progress) {
  return progress.flow.step > 0.0 && progress.flow.step <= smallest_flow_step;
}

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
  if (changed)
    change = {progress.probed_steps,
              progress.steps,
              progress.rank,
              rank,
              progress.time + progress.probed_time,
              progress.time + progress.flow.time,
              progress.entry_error,
              reading.unobserved_error};
  const bool ranked = (plan.rank_at_most.on && rank <= plan.rank_at_most.limit) ||
                      (plan.rank_at_least.on && rank >= plan.rank_at_least.limit);
  const bool still = plan.plateau.on && !first &&
                     progress.objective - reading.objective < plan.plateau.limit * progress.objective;
  const bool converged = (plan.gradient_norm.on && reading.gradient_norm <= plan.gradient_norm.limit) ||
                         (plan.loss.on && reading.loss <= plan.loss.limit) || still;
  // A flow that begins far out comes in with a falling objective, too: its norm falls.
  const bool blown = plan.blow_up.on && !first && reading.objective < progress.objective &&
                     reading.frobenius_squared > progress.frobenius_squared &&
                     square_root(reading.frobenius_squared) > plan.blow_up.limit;
  const bool at_end = plan.flow.on() ? progress.flow.time >= plan.flow.time : progress.phase_steps >= plan.steps;
  const bool stalled = !at_end && (progress.phase_steps >= plan.steps || is_stuck(progress));
  progress.rank = rank;
  progress.objective = reading.objective;
  progress.frobenius_squared = reading.frobenius_squared;
  if (first || changed) progress.entry_error = reading.unobserved_error;
  progress.probed_steps = progress.steps;
  progress.probed_time = progress.flow.time;
  progress.ending = ranked      ? Ending::stopped
                    : converged ? Ending::converged
                    : blown     ? Ending::blow_up
                    : stalled   ? Ending::stalled
                                : Ending::exhausted;
  progress.in_phase = progress.ending == Ending::exhausted && !at_end;
  return changed;
}

// The time of a flow's next probe: that of the list that follows the latest probe, or the end.
RANKFALL_HD double time_of_probe(const Progress& progress, const PhasePlan& plan) {
  int next = 0, end = plan.flow.probe_times;
  while (next < end) {
    const int middle = (next + end) / 2;
    if (plan.flow.probe_time[middle] <= progress.probed_time) next = middle + 1;
    else end = middle;
  }
  const bool listed = next < plan.flow.probe_times && plan.flow.probe_time[next] < plan.flow.time;
  return listed ? plan.flow.probe_time[next] : plan.flow.time;
}

// Steps from here to the next probe.
RANKFALL_HD std::int64_t steps_to_probe(const Progress& progress, const PhasePlan& plan) {
  const std::int64_t next = plan.probe_every - progress.phase_steps % plan.probe_every;
  const std::int64_t left = plan.steps - progress.phase_steps;
  return next < left ? next : left;
}

RANKFALL_HD bool at_probe(const Progress& progress, const PhasePlan& plan) {
  return progress.phase_steps % plan.probe_every == 0 || progress.phase_steps == plan.steps ||
         (plan.flow.on() && (progress.flow.time >= time_of_probe(progress, plan) || is_stuck(progress)));
}

}  // namespace rankfall::kernels
