#pragma once
// From the runs of a unit to its results.
#include <cmath>
#include <limits>
#include <vector>

#include "backend/plateaus.hpp"
#include "backend/replica_run.hpp"
#include "rankfall/backend.hpp"
#include "rankfall/cell_results.hpp"

namespace rankfall {

// How a replica ended.
struct FinalReading {
  LaneReading last;
  std::vector<double> factor_norms;  // ||W_l||_F
  int numerical_rank = -1;
  int rank = -1;                     // quenched, where the probe says so
};

// All observables of a reading, in the order of `observables`. Entropy takes libm's logarithm on the host: everything
// else here is bit-portable.
std::array<double, observable_count> observables_of(const LaneReading& reading);

// Its solutions of greedy low-rank learning, and distances from the path; NaN behind the last.
template <class Real>
void append_greedy(ReplicaResults& results, const ReplicaRun<Real>& run) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const GreedyNotes& notes = run.greedy;
  for (int k = 0; k < results.solution_count; ++k) {
    const bool known = k < static_cast<int>(notes.stages.size());
    const GreedyStage stage = known ? notes.stages[static_cast<std::size_t>(k)] : GreedyStage{-1, nan, nan, nan, nan, nan, nan};
    results.greedy_rank.push_back(stage.rank);
    results.greedy_loss.push_back(stage.loss);
    results.greedy_unobserved_error.push_back(stage.unobserved_error);
    results.greedy_nuclear_norm.push_back(stage.nuclear_norm);
    results.greedy_escape_rate.push_back(stage.escape_rate);
    results.greedy_gap.push_back(stage.gap);
    results.greedy_time.push_back(stage.time);
  }
  if (results.solution_count > 0)
    results.greedy_outcome.push_back(notes.stages.empty() ? -1 : static_cast<std::int32_t>(notes.ending));
  if (results.compared == 0) return;
  const bool diverged = run.diverged() || notes.approach.empty();
  results.greedy_distance_maximum.push_back(diverged ? nan : notes.distance_maximum);
  results.greedy_end_distance.push_back(diverged ? nan : notes.end_distance);
  for (std::size_t k = 0; k < static_cast<std::size_t>(results.solution_count); ++k)
    results.greedy_approach.push_back(diverged || k >= notes.approach.size() ? nan : notes.approach[k]);
}

// Modes of W and coupling, at the end or at a probe; NaN where they were not read.
struct ModeArrays {
  std::vector<double>&left, &right, &velocity, &balanced, &coupling_index, &coupling_blocks;
};
inline void append_modes(const ReplicaResults& results, const ModeReading& reading, const ModeArrays& to) {
  const auto width = static_cast<std::size_t>(results.singular_value_count);
  const auto append = [&](std::vector<double>& all, const std::vector<double>& own, std::size_t entries) {
    if (own.size() == entries) all.insert(all.end(), own.begin(), own.end());
    else all.insert(all.end(), entries, std::numeric_limits<double>::quiet_NaN());
  };
  const auto aligned = width * static_cast<std::size_t>(results.alignments), moving = width * static_cast<std::size_t>(results.velocities);
  const auto coupled = static_cast<std::size_t>(results.couplings);
  append(to.left, reading.left, aligned);
  append(to.right, reading.right, aligned);
  append(to.velocity, reading.velocity, moving);
  append(to.balanced, reading.balanced, moving);
  append(to.coupling_index, reading.coupling_index, coupled);
  append(to.coupling_blocks, reading.coupling_blocks, coupled);
}

// What monitoring read at the end, and what it noted in the last phase; nothing but the latter of a replica that diverged.
inline void append_monitor(ReplicaResults& results, const FactorReading& last, const MonitorNotes& notes, bool diverged) {
  if (results.monitors == 0) return;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const bool seen = !notes.entries.empty();  // it came into the last phase
  for (std::size_t k = 0; k < static_cast<std::size_t>(results.singular_value_count); ++k) {
    results.layer_value_largest.push_back(diverged ? nan : last.largest[k]);
    results.layer_value_smallest.push_back(diverged ? nan : last.smallest[k]);
    results.absorbing_entries.push_back(seen ? notes.entries[k] : 0);
    results.absorbing_exits.push_back(seen ? notes.exits[k] : 0);
    results.absorbing_steps.push_back(seen ? notes.steps[k] : 0);
  }
  results.largest_residual.push_back(diverged ? nan : last.residual);
  results.layer_rank.push_back(diverged ? -1 : last.layer_rank);
  results.residual_maximum.push_back(seen ? notes.residual : nan);
  results.imbalance_maximum.push_back(seen ? notes.imbalance : nan);
  results.factor_norm_maximum.push_back(seen ? notes.factor_norm : nan);
}

template <class Real>
void append_replica(ReplicaResults& results, const ReplicaRun<Real>& run, const FinalReading& reading) {
  const bool diverged = run.diverged();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto values = observables_of(reading.last);
  for (int k = 0; k < observable_count; ++k) results.observable[k].push_back(diverged ? nan : values[k]);
  for (double s : reading.last.singular_values) results.singular_values.push_back(diverged ? nan : s);
  for (double norm : reading.factor_norms) results.factor_norms.push_back(diverged ? nan : norm);
  results.rank.push_back(diverged ? -1 : reading.rank);
  results.numerical_rank.push_back(diverged ? -1 : reading.numerical_rank);
  results.start_rank.push_back(run.start_rank);
  results.start_step.push_back(run.start_step);
  results.steps.push_back(run.progress.steps);
  results.time.push_back(run.progress.time + run.progress.flow.time);
  results.objective_rise.push_back(diverged ? nan : run.objective_rise);
  results.outcome.push_back(static_cast<Outcome>(run.progress.ending));
  results.tries.push_back(run.tries);
  append_greedy(results, run);
  append_modes(results, diverged ? ModeReading{} : reading.last.modes,
               {results.alignment_left, results.alignment_right, results.mode_velocity, results.mode_velocity_balanced,
                results.coupling_index, results.coupling_blocks});
  append_monitor(results, reading.last.layers, run.monitor, diverged);
  results.events.insert(results.events.end(), run.events.begin(), run.events.end());
}

// Of a probe; of none that a greedy phase made.
inline void append_layers(ReplicaResults& results, const FactorReading& layers) {
  if (results.monitors == 0) return;
  const bool read = !layers.largest.empty();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t k = 0; k < static_cast<std::size_t>(results.singular_value_count); ++k) {
    results.trajectory_layer_value_largest.push_back(read ? layers.largest[k] : nan);
    results.trajectory_layer_value_smallest.push_back(read ? layers.smallest[k] : nan);
  }
  results.trajectory_largest_residual.push_back(read ? layers.residual : nan);
  results.trajectory_largest_factor_norm.push_back(read ? layers.factor_norm : nan);
  results.trajectory_layer_rank.push_back(read ? layers.layer_rank : -1);
}

template <class Real>
void append_trajectory(ReplicaResults& results, const ReplicaRun<Real>& run) {
  for (const TrajectoryPoint& point : run.trajectory) {
    results.trajectory_step.push_back(point.step);
    results.trajectory_time.push_back(point.time);
    results.trajectory_phase.push_back(point.phase);
    results.trajectory_rank.push_back(point.rank);
    const auto values = observables_of(point.reading);
    for (int k = 0; k < observable_count; ++k) results.trajectory_observable[k].push_back(values[k]);
    for (double s : point.reading.singular_values) results.trajectory_singular_values.push_back(s);
    append_modes(results, point.reading.modes,
                 {results.trajectory_alignment_left, results.trajectory_alignment_right, results.trajectory_mode_velocity,
                  results.trajectory_mode_velocity_balanced, results.trajectory_coupling_index,
                  results.trajectory_coupling_blocks});
    append_layers(results, point.reading.layers);
    if (results.compared == 0) continue;
    results.trajectory_greedy_distance.push_back(point.greedy_distance);
    results.trajectory_greedy_solution_distance.push_back(point.greedy_solution_distance);
  }
  results.trajectory_begin.push_back(static_cast<std::int64_t>(results.trajectory_step.size()));
}

template <class Real>
ReplicaResults collect_results(const Cell& cell, const WorkUnit& unit, const std::vector<ReplicaRun<Real>>& runs,
                               const std::vector<FinalReading>& readings) {
  ReplicaResults results = no_results(cell);
  results.cell = unit.cell;
  results.first = unit.first;
  results.count = unit.count;
  bool traced = false;
  for (const auto& run : runs) traced = traced || !run.trajectory.empty();
  if (traced) results.trajectory_begin.push_back(0);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    append_replica(results, runs[r], readings[r]);
    const bool began_last = runs[r].phase + 1 == static_cast<int>(cell.phases.size());
    if (!began_last) results.start_rank.back() = -1;  // diverged before
    if (traced) append_trajectory(results, runs[r]);
    if (!cell.probe.plateau) continue;
    const std::vector<Plateau> plateaus = plateaus_of(runs[r].trajectory, *cell.probe.plateau, runs[r].index);
    results.plateaus.insert(results.plateaus.end(), plateaus.begin(), plateaus.end());
  }
  return results;
}

}  // namespace rankfall
