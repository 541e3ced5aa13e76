#pragma once
// One replica on its way through the phases.
#include <algorithm>
#include <vector>

#include "backend/lane_group.hpp"
#include "backend/observer.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

struct TrajectoryPoint {
  std::int64_t step;
  int phase, rank;
  LaneReading reading;
};

template <class Real>
struct ReplicaRun {
  ReplicaState<Real> state;
  std::int64_t index = 0;        // within the cell
  std::int64_t steps = 0;        // in all phases
  std::int64_t phase_steps = 0;  // in the current one
  std::int64_t start_step = 0;   // where the latest phase began
  int attempt = 0;               // of drawing the initial factors
  int tries = 0;
  int start_rank = -1;           // at the start of the latest phase
  int phase = -1;                // the latest that it began
  int rank = -1;                 // at the latest probe; -1 before the first
  double objective = 0.0;        // likewise
  bool in_phase = false;         // still training in the current phase
  Outcome outcome = Outcome::exhausted;
  std::vector<RankEvent> events;
  std::vector<TrajectoryPoint> trajectory;
};

// Applies a phase's probe to a replica: notes a change of rank, and decides whether the phase ends here. The decision
// depends on this replica alone.
template <class Real>
void decide(ReplicaRun<Real>& run, const PhaseSpec& phase, int phase_index, const LaneReading& reading, int rank,
            std::int64_t probe_every) {
  const bool first = run.phase_steps == 0;
  const std::int64_t since = first ? 0 : (run.phase_steps - 1) % probe_every + 1;
  if (!reading.finite()) {
    run.outcome = Outcome::diverged;
    run.in_phase = false;
    return;
  }
  if (run.rank >= 0 && rank != run.rank && !first)
    run.events.push_back({run.index, run.steps - since, run.steps, run.rank, rank, phase_index});
  const StopRule& stop = phase.stop;
  const bool ranked = (stop.rank_at_most && rank <= *stop.rank_at_most) ||
                      (stop.rank_at_least && rank >= *stop.rank_at_least);
  const bool still = stop.plateau && !first && run.objective - reading.objective < *stop.plateau * run.objective;
  const bool converged = (stop.gradient_norm && reading.gradient_norm <= *stop.gradient_norm) ||
                         (stop.loss && reading.loss <= *stop.loss) || still;
  run.rank = rank;
  run.objective = reading.objective;
  run.outcome = ranked ? Outcome::stopped : converged ? Outcome::converged : Outcome::exhausted;
  run.in_phase = !ranked && !converged && run.phase_steps < phase.steps;
}

// Steps from here to the next point at which something of this replica must be looked at.
template <class Real>
std::int64_t steps_to_look(const ReplicaRun<Real>& run, const PhaseSpec& phase, std::int64_t probe_every,
                           std::int64_t trace_every) {
  std::int64_t steps = std::min(probe_every - run.phase_steps % probe_every, phase.steps - run.phase_steps);
  if (trace_every > 0) steps = std::min(steps, trace_every - run.phase_steps % trace_every);
  return steps;
}

template <class Real>
bool at_probe(const ReplicaRun<Real>& run, const PhaseSpec& phase, std::int64_t probe_every) {
  return run.phase_steps % probe_every == 0 || run.phase_steps == phase.steps;
}

}  // namespace rankfall
