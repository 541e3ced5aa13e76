#pragma once
// Made-up results that exercise every array.
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

#include "rankfall/replica.hpp"

namespace rankfall::samples {

enum class Trajectories { none, kept };

// Rooms for solutions of greedy low-rank learning, and 1 where flows are compared with its path.
struct Greedy {
  int solutions = 0, compared = 0;
};

// The numbers of one replica, a function of (cell, index) alone. Some doubles have odd bits (negative zero, subnormal,
// infinity); every seventh replica diverged.
class MadeNumbers {
 public:
  MadeNumbers(int cell, std::int64_t index)
      : random_(static_cast<std::uint64_t>(cell) * 1000003 + static_cast<std::uint64_t>(index)), diverged_(index % 7 == 3) {}

  bool diverged() const { return diverged_; }
  std::int32_t small(int below) { return static_cast<std::int32_t>(random_() % static_cast<unsigned>(below)); }
  double number() {
    const double value = std::ldexp(static_cast<double>(random_() >> 11), -53);
    if (diverged_) return std::numeric_limits<double>::quiet_NaN();
    const double odd[] = {-0.0, std::numeric_limits<double>::denorm_min(), std::numeric_limits<double>::infinity()};
    const auto which = random_() % 16;
    return which < 3 ? odd[which] : value;
  }

 private:
  std::mt19937_64 random_;
  bool diverged_;
};

inline void add_greedy(ReplicaResults& results, MadeNumbers& made) {
  if (results.solution_count > 0) results.greedy_outcome.push_back(made.diverged() ? -1 : made.small(6));
  for (int k = 0; k < results.solution_count; ++k) {
    results.greedy_rank.push_back(made.small(6) - 1);
    for (auto* array : {&results.greedy_loss, &results.greedy_unobserved_error, &results.greedy_nuclear_norm,
                        &results.greedy_escape_rate, &results.greedy_gap, &results.greedy_time})
      array->push_back(made.number());
    if (results.compared > 0) results.greedy_approach.push_back(made.number());
  }
  if (results.compared == 0) return;
  results.greedy_distance_maximum.push_back(made.number());
  results.greedy_end_distance.push_back(made.number());
}

// 1 where there are alignments, velocities, plateaus, couplings, monitors.
struct Modes {
  int alignments = 0, velocities = 0, plateaus = 0, couplings = 0, monitors = 0;
};

inline void add_monitor(ReplicaResults& results, MadeNumbers& made) {
  if (results.monitors == 0) return;
  for (int k = 0; k < results.singular_value_count; ++k) {
    for (auto* array : {&results.layer_value_largest, &results.layer_value_smallest}) array->push_back(made.number());
    for (auto* array : {&results.absorbing_entries, &results.absorbing_exits, &results.absorbing_steps})
      array->push_back((std::int64_t{1} << 33) + made.small(9));
  }
  for (auto* array : {&results.largest_residual, &results.residual_maximum, &results.imbalance_maximum, &results.factor_norm_maximum})
    array->push_back(made.number());
  results.layer_rank.push_back(made.small(5) - 1);
}

inline void add_modes(ReplicaResults& results, MadeNumbers& made) {
  for (int k = 0; k < results.alignments * results.singular_value_count; ++k)
    for (auto* array : {&results.alignment_left, &results.alignment_right}) array->push_back(made.number());
  for (int k = 0; k < results.velocities * results.singular_value_count; ++k)
    for (auto* array : {&results.mode_velocity, &results.mode_velocity_balanced}) array->push_back(made.number());
  if (results.couplings == 1)
    for (auto* array : {&results.coupling_index, &results.coupling_blocks}) array->push_back(made.number());
}

inline void add_plateaus(ReplicaResults& results, std::int64_t index) {
  for (std::int32_t k = 0; k < index % 3; ++k)
    results.plateaus.push_back({index, 100 * k, 100 * k + 50, 0.5 * k, 0.5 * k + 0.25, 1.0 / (1 + k), 1e-3, k, k / 2});
}

inline void add_trajectory(ReplicaResults& results, MadeNumbers& made) {
  const int probes = 1 + made.small(4);
  for (int p = 0; p < probes; ++p) {
    results.trajectory_step.push_back(1000 * p);
    results.trajectory_time.push_back(0.25 * p);
    results.trajectory_phase.push_back(p / 2);
    results.trajectory_rank.push_back(made.small(6) - 1);
    for (auto& array : results.trajectory_observable) array.push_back(made.number());
    for (int i = 0; i < results.singular_value_count; ++i) results.trajectory_singular_values.push_back(made.number());
    for (int k = 0; k < results.alignments * results.singular_value_count; ++k)
      for (auto* array : {&results.trajectory_alignment_left, &results.trajectory_alignment_right})
        array->push_back(made.number());
    for (int k = 0; k < results.velocities * results.singular_value_count; ++k)
      for (auto* array : {&results.trajectory_mode_velocity, &results.trajectory_mode_velocity_balanced})
        array->push_back(made.number());
    if (results.couplings == 1)
      for (auto* array : {&results.trajectory_coupling_index, &results.trajectory_coupling_blocks})
        array->push_back(made.number());
    for (int k = 0; k < results.monitors * results.singular_value_count; ++k)
      for (auto* array : {&results.trajectory_layer_value_largest, &results.trajectory_layer_value_smallest})
        array->push_back(made.number());
    if (results.monitors == 1) {
      for (auto* array : {&results.trajectory_largest_residual, &results.trajectory_largest_factor_norm})
        array->push_back(made.number());
      results.trajectory_layer_rank.push_back(made.small(5) - 1);
    }
    if (results.compared == 0) continue;
    results.trajectory_greedy_distance.push_back(made.number());
    results.trajectory_greedy_solution_distance.push_back(made.number());
  }
  if (results.trajectory_begin.empty()) results.trajectory_begin = {0};
  results.trajectory_begin.push_back(results.trajectory_begin.back() + probes);
}

// Replica `index` of the cell behind those in `results`; blocks can be cut anywhere.
inline void add_replica(ReplicaResults& results, std::int64_t index, Trajectories trajectories) {
  MadeNumbers made(results.cell, index);
  for (auto& array : results.observable) array.push_back(made.number());
  for (int i = 0; i < results.singular_value_count; ++i) results.singular_values.push_back(made.number());
  for (int i = 0; i < results.factor_count; ++i) results.factor_norms.push_back(made.number());
  results.rank.push_back(made.diverged() ? -1 : made.small(5));
  results.numerical_rank.push_back(made.diverged() ? -1 : made.small(5));
  results.start_rank.push_back(made.small(6) - 1);
  results.start_step.push_back(made.small(1000));
  results.steps.push_back((std::int64_t{1} << 40) + made.small(1000));  // more than 32 bits
  results.time.push_back(0.5 * made.small(1000));
  results.objective_rise.push_back(index % 3 == 0 ? std::numeric_limits<double>::quiet_NaN() : 1.0 + 0.25 * made.small(9));
  const Outcome ends[] = {Outcome::converged, Outcome::exhausted, Outcome::stopped, Outcome::blow_up, Outcome::stalled};
  results.outcome.push_back(made.diverged() ? Outcome::diverged : ends[made.small(5)]);
  results.tries.push_back(1 + made.small(4));
  add_greedy(results, made);
  add_modes(results, made);
  add_monitor(results, made);
  for (int e = made.small(3); e > 0; --e) {
    const std::int64_t before = (3 - e) * 2000 + made.small(1000);
    const auto rank_before = made.small(5), rank_after = made.small(5), phase = made.small(2);
    const double time_before = 0.5 * made.small(9), time_after = 5.0 + made.small(9);
    const double error_before = made.number(), error_after = made.number();
    results.events.push_back({index, before, before + 1000, rank_before, rank_after, phase, time_before, time_after,
                              error_before, error_after});
  }
  if (trajectories == Trajectories::kept) add_trajectory(results, made);
  ++results.count;
}

// Replicas [first, first + count) of a cell.
inline ReplicaResults block(int cell, std::int64_t first, std::int64_t count, int singular_values = 3, int factors = 2,
                            Trajectories trajectories = Trajectories::none, Greedy greedy = {}, Modes modes = {}) {
  ReplicaResults results;
  results.cell = cell;
  results.first = first;
  results.singular_value_count = singular_values;
  results.factor_count = factors;
  results.solution_count = greedy.solutions;
  results.compared = greedy.compared;
  results.alignments = modes.alignments;
  results.velocities = modes.velocities;
  results.couplings = modes.couplings;
  results.monitors = modes.monitors;
  if (trajectories == Trajectories::kept) results.trajectory_begin = {0};
  for (std::int64_t r = first; r < first + count; ++r) {
    add_replica(results, r, trajectories);
    if (modes.plateaus == 1) add_plateaus(results, r);
  }
  return results;
}

}  // namespace rankfall::samples
