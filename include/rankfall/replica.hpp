#pragma once
// What one training run leaves behind.
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace rankfall {

// How a replica ended. converged: a gradient_norm, loss or plateau rule of the last phase held. stopped: a rank rule
// held. exhausted: the last phase ran all its steps, or all its time. diverged: a non-finite number appeared (found at a
// probe). blow_up: the norm of W grew past its bound while the objective fell. stalled: a gradient flow used up its steps
// before its time, or its step became too small.
enum class Outcome : std::int32_t { converged, exhausted, diverged, stopped, blow_up, stalled };
inline constexpr std::array<std::string_view, 6> outcome_names{"converged", "exhausted", "diverged",
                                                               "stopped",   "blow-up",   "stalled"};

// Scalars read off a replica at a probe. A new observable is one line here and one in the kernel that computes it.
enum class Observable {
  loss, objective, unobserved_error, effective_rank, stable_rank, nuclear_norm, representation_cost, balancedness,
  gradient_norm
};
struct ObservableText {
  std::string_view name;         // the variable's name in results.nc
  std::string_view description;  // long_name in results.nc
};
inline constexpr std::array<ObservableText, 9> observables{{
    {"loss", "data loss C(W) of the last phase"},
    {"objective", "data loss plus ridge * sum_l ||W_l||_F^2"},
    {"unobserved_error", "root-mean-square of W - T over unobserved entries; over all where measurements are observed"},
    {"effective_rank", "exp of the entropy of s / sum s"},
    {"stable_rank", "||W||_F^2 / ||W||_2^2"},
    {"nuclear_norm", "sum of the singular values of W"},
    {"representation_cost", "sum_l ||W_l||_F^2"},
    {"balancedness", "max_l ||W_{l+1}^T W_{l+1} - W_l W_l^T||_F"},
    {"gradient_norm", "norm of the full-batch gradient of the objective over all factors"},
}};
inline constexpr int observable_count = static_cast<int>(observables.size());

// A change of rank between two successive probes of one phase.
struct RankEvent {
  std::int64_t replica = 0;      // index within the cell
  std::int64_t step_before = 0;  // steps of the whole run at the two probes: the change lies in (before, after]
  std::int64_t step_after = 0;
  std::int32_t rank_before = 0;
  std::int32_t rank_after = 0;
  std::int32_t phase = 0;        // index of the phase
  double time_before = 0.0;      // time of the whole run's gradient flows at the two probes
  double time_after = 0.0;
  double error_before = std::numeric_limits<double>::quiet_NaN();  // root-mean-square over unobserved entries where the old
  double error_after = std::numeric_limits<double>::quiet_NaN();   // rank began in this phase, and at step_after; or NaN
};

// A stretch of one phase in which a flow or descent rests near a saddle, and which it leaves (rankfall/probe.hpp,
// PlateauRule). Its ends are the first and the last probe of it: it is longer by up to a probe's distance at either.
struct Plateau {
  std::int64_t replica = 0;      // index within the cell
  std::int64_t step_begin = 0;   // steps of the whole run
  std::int64_t step_end = 0;
  double time_begin = 0.0;       // time of the whole run's gradient flows
  double time_end = 0.0;
  double loss = 0.0;             // where the gradient norm is least, as the next two
  double gradient_norm = 0.0;
  std::int32_t rank = 0;         // as [probe] defines it
  std::int32_t phase = 0;        // index of the phase
};

// Results of consecutive replicas [first, first + count) of one cell; structure of arrays, in replica order.
// A diverged replica has NaN in its observables and singular values, its rank is -1.
struct ReplicaResults {
  int cell = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
  int singular_value_count = 0;
  int factor_count = 0;
  int solution_count = 0;  // Cell::greedy_solutions()
  int compared = 0;        // 1 where flows are compared with the greedy path
  int alignments = 0;      // 1 where ProbeSpec::alignment
  int velocities = 0;      // 1 where ProbeSpec::velocities
  int couplings = 0;       // 1 where ProbeSpec::coupling
  int monitors = 0;        // 1 where ProbeSpec::monitor
  double trained_steps = 0.0;  // steps computed for this block: what replicas share counts once. For rates; not stored
  std::int64_t left_out = 0;   // replicas missing between those that are here, their gaps closed; not stored
  std::array<std::vector<double>, observable_count> observable;  // [count] each
  std::vector<double> singular_values;        // [count * singular_value_count], descending
  std::vector<double> factor_norms;           // [count * factor_count], ||W_l||_F
  std::vector<std::int32_t> rank;             // [count] final rank, quenched where classify_at_end says so
  std::vector<std::int32_t> numerical_rank;   // [count] final number of singular values above the tolerance
  std::vector<std::int32_t> start_rank;       // [count] rank at the start of the last phase; -1 if it never began
  std::vector<std::int64_t> start_step;       // [count] step at which the last phase began
  std::vector<std::int64_t> steps;            // [count] steps taken in all phases (diverged: where it was found)
  std::vector<double> time;                   // [count] length of the gradient flows followed, of all phases
  std::vector<double> objective_rise;         // [count] largest objective over the lowest before it in the same phase, of
                                              // phases with momentum or group-rmsprop (1: it never rose); NaN without
  std::vector<Outcome> outcome;               // [count]
  std::vector<std::int32_t> tries;            // [count] initializations drawn until the requirement held

  // Greedy low-rank learning: of the replica's greedy phase, or else of the path that its flows are compared with.
  // [count * solution_count], NaN (rank: -1) behind the last solution.
  std::vector<std::int32_t> greedy_outcome;  // [count] if there are solutions: how it ended, as an Outcome
  std::vector<std::int32_t> greedy_rank;
  std::vector<double> greedy_loss, greedy_unobserved_error, greedy_nuclear_norm;
  std::vector<double> greedy_escape_rate, greedy_gap, greedy_time;
  // Distances of the flow from the greedy path, in the Frobenius norm, over all probes.
  std::vector<double> greedy_distance_maximum;  // [count * compared] of the path
  std::vector<double> greedy_end_distance;      // [count * compared] of its last solution, at the latest probe
  std::vector<double> greedy_approach;          // [count * compared * solution_count] least, of each solution

  // Of the modes of W (singular triples u, s, v), in the order of its singular values; NaN where a mode has no direction.
  std::vector<double> alignment_left;           // [count * alignments * singular_value_count] of u with the target's, 0 to 1
  std::vector<double> alignment_right;          // likewise, of v
  std::vector<double> mode_velocity;            // [count * velocities * singular_value_count] ds/dt of the flow of the factors
  std::vector<double> mode_velocity_balanced;   // likewise, as the law of balanced factors has it

  // Of the observed entries by the tangent kernel (backend/tangent_kernel.hpp); NaN where measurements are observed.
  std::vector<double> coupling_index;           // [count * couplings]
  std::vector<double> coupling_blocks;          // [count * couplings] 1: all learn together

  // Of the factors, where ProbeSpec::monitor. Residuals are |W_ij - T_ij| of observed entries, times their weights.
  std::vector<double> layer_value_largest;      // [count * monitors * singular_value_count] s_k(W_l), over the layers l
  std::vector<double> layer_value_smallest;     // likewise
  std::vector<double> largest_residual;         // [count * monitors] at the end, as those above
  std::vector<std::int32_t> layer_rank;         // [count * monitors] singular values of a layer above alpha_sure, the most of
                                                // any; -1 where there is none
  std::vector<double> residual_maximum, imbalance_maximum, factor_norm_maximum;  // [count * monitors] over the last phase's
                                                                                 // probes, and over layers
  // Of the sets B_r in the last phase, r = 0 first: [count * monitors * singular_value_count].
  std::vector<std::int64_t> absorbing_entries;  // probes inside that are the first, or follow one outside
  std::vector<std::int64_t> absorbing_exits;    // probes outside that follow one inside
  std::vector<std::int64_t> absorbing_steps;    // between successive probes of which the first was inside

  std::vector<RankEvent> events;              // sorted by (replica, step_after)
  std::vector<Plateau> plateaus;              // sorted by (replica, step_begin); none without ProbeSpec::plateau

  // Trajectories (probe.trajectory or replay); all empty otherwise. Probes of replica r of this block are rows
  // trajectory_begin[r] .. trajectory_begin[r + 1] of the other arrays.
  std::vector<std::int64_t> trajectory_begin;                               // [count + 1]
  std::vector<std::int64_t> trajectory_step;                                // steps of the whole run
  std::vector<double> trajectory_time;                                      // likewise of its gradient flows
  std::vector<std::int32_t> trajectory_phase;
  std::vector<std::int32_t> trajectory_rank;
  std::array<std::vector<double>, observable_count> trajectory_observable;
  std::vector<double> trajectory_singular_values;                           // [probes * singular_value_count]
  std::vector<double> trajectory_greedy_distance;                           // [probes * compared] NaN outside of flows
  std::vector<double> trajectory_greedy_solution_distance;                  // likewise, of the nearest solution
  std::vector<double> trajectory_alignment_left, trajectory_alignment_right;  // [probes * alignments * singular_value_count]
  std::vector<double> trajectory_mode_velocity;                             // [probes * velocities * singular_value_count]
  std::vector<double> trajectory_mode_velocity_balanced;
  std::vector<double> trajectory_coupling_index, trajectory_coupling_blocks;  // [probes * couplings]
  std::vector<double> trajectory_layer_value_largest, trajectory_layer_value_smallest;  // [probes * monitors * singular_value_count]
  std::vector<double> trajectory_largest_residual, trajectory_largest_factor_norm;      // [probes * monitors]
  std::vector<std::int32_t> trajectory_layer_rank;                                      // likewise
};

}  // namespace rankfall
