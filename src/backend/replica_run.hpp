#pragma once
// One replica on its way through the phases.
#include <limits>
#include <vector>

#include "backend/lane_group.hpp"
#include "backend/observer.hpp"
#include "kernels/progress.hpp"
#include "rankfall/error.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

struct TrajectoryPoint {
  std::int64_t step;
  double time;
  int phase, rank;
  LaneReading reading;
  double greedy_distance = std::numeric_limits<double>::quiet_NaN();  // of the path, and of its nearest solution
  double greedy_solution_distance = std::numeric_limits<double>::quiet_NaN();
};

// A solution of greedy low-rank learning, as results tell it.
struct GreedyStage {
  int rank = 0;
  double loss = 0.0, unobserved_error = 0.0, nuclear_norm = 0.0, escape_rate = 0.0, gap = 0.0, time = 0.0;
};
// What a replica has learnt greedily, and how far its flows went from the greedy path.
struct GreedyNotes {
  std::vector<GreedyStage> stages;
  kernels::Ending ending = kernels::Ending::exhausted;  // of the algorithm, where it has begun
  double distance_maximum = 0.0;  // of the path
  double end_distance = 0.0;      // of its last solution, at the latest probe
  std::vector<double> approach;   // least, of each solution, in the latest flow
};

template <class Real>
struct ReplicaRun {
  ReplicaState<Real> state;
  std::int64_t index = 0;        // within the cell
  kernels::Progress progress{0, 0, 0.0, 0.0, -1, kernels::Ending::exhausted, false, 0, 0.0, 0.0, {}, 0.0};
  std::int64_t start_step = 0;   // where the latest phase began
  int attempt = 0;               // of drawing the initial factors
  int tries = 0;
  int start_rank = -1;           // at the start of the latest phase
  int phase = -1;                // the latest that it began
  double objective_rise = std::numeric_limits<double>::quiet_NaN();  // of the phases that remember (rankfall/replica.hpp)
  std::vector<RankEvent> events;
  std::vector<TrajectoryPoint> trajectory;
  GreedyNotes greedy;
  MonitorNotes monitor;

  // After training in a phase that remembers.
  void note_rise(double rise) {
    if (!(rise <= objective_rise)) objective_rise = rise;
  }
  bool diverged() const { return progress.ending == kernels::Ending::diverged; }
};

static_assert(static_cast<int>(kernels::Ending::converged) == static_cast<int>(Outcome::converged) &&
              static_cast<int>(kernels::Ending::exhausted) == static_cast<int>(Outcome::exhausted) &&
              static_cast<int>(kernels::Ending::diverged) == static_cast<int>(Outcome::diverged) &&
              static_cast<int>(kernels::Ending::stopped) == static_cast<int>(Outcome::stopped) &&
              static_cast<int>(kernels::Ending::blow_up) == static_cast<int>(Outcome::blow_up) &&
              static_cast<int>(kernels::Ending::stalled) == static_cast<int>(Outcome::stalled));

// It points into `probe`.
kernels::PhasePlan phase_plan(const PhaseSpec& phase, const ProbeSpec& probe);
double quench_rate(const Cell& cell);  // the first that a quench tries
double rank_tolerance(const ProbeSpec& probe, const ProblemInstance& problem, int phase);  // absolute

// No start meets Requirement::settled_rank.
ConfigError unsettled(const Cell& cell, int tries);

}  // namespace rankfall
