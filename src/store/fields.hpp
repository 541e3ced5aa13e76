#pragma once
// Every array of a block of results, listed once: its name in results.nc, its meaning, and what an entry belongs to.
// Unit files, merging, results.nc (written and read) and comparisons all walk these lists, so none can forget an array.
#include "store/record_fields.hpp"

namespace rankfall {

// What greedy low-rank learning leaves.
template <class Visit, class... Results>
void visit_greedy_fields(Visit&& visit, Results&... results) {
  visit(Field{"greedy_outcome",
              "how greedy low-rank learning ended: 0 nothing escapes any more, 2 diverged, 3 at its maximum rank, 5 its steps "
              "were used up",
              "1", Per::learning},
        results.greedy_outcome...);
  visit(Field{"greedy_rank", "numerical rank of the greedy solution", "1", Per::solution}, results.greedy_rank...);
  visit(Field{"greedy_loss", "data loss of the greedy solution", "1", Per::solution}, results.greedy_loss...);
  visit(Field{"greedy_unobserved_error", "root-mean-square of W - T over unobserved entries, of the greedy solution", "1",
              Per::solution},
        results.greedy_unobserved_error...);
  visit(Field{"greedy_nuclear_norm", "sum of the singular values of the greedy solution", "1", Per::solution},
        results.greedy_nuclear_norm...);
  visit(Field{"greedy_escape_rate", "lambda_1 of -gradient of the loss by W at the greedy solution", "1", Per::solution},
        results.greedy_escape_rate...);
  visit(Field{"greedy_gap", "lambda_2 / lambda_1 there: near 1 the direction of the escape is not unique", "1", Per::solution},
        results.greedy_gap...);
  visit(Field{"greedy_time", "time of the flows until the greedy solution was reached", "1", Per::solution},
        results.greedy_time...);
  visit(Field{"greedy_distance_maximum", "largest Frobenius distance of W from the greedy path at a probe of a flow", "1",
              Per::comparison},
        results.greedy_distance_maximum...);
  visit(Field{"greedy_end_distance", "Frobenius distance of W from the last greedy solution at the last probe of a flow",
              "1", Per::comparison},
        results.greedy_end_distance...);
  visit(Field{"greedy_approach", "least Frobenius distance of W from the greedy solution at a probe of the last flow", "1",
              Per::approach},
        results.greedy_approach...);
}

// What is known of the modes of W, and of how its entries couple.
inline constexpr std::string_view
    left_alignment = "length of a left singular vector of W projected onto those of the target of the same number",
    right_alignment = "length of a right singular vector of W projected onto those of the target of the same number",
    mode_velocity = "ds/dt of a singular value of W along the gradient flow of the factors",
    mode_velocity_balanced = "ds/dt as balanced factors have it, -L s^(2-2/L) <grad C(W), u v^T> - 2 ridge L s",
    coupling_index = "largest tangent kernel between observed entries of different components, over their own",
    coupling_blocks = "blocks of observed entries that the tangent kernel joins";

template <class Visit, class... Results>
void visit_mode_fields(Visit&& visit, Results&... results) {
  visit(Field{"alignment_left", left_alignment, "1", Per::alignment}, results.alignment_left...);
  visit(Field{"alignment_right", right_alignment, "1", Per::alignment}, results.alignment_right...);
  visit(Field{"mode_velocity", mode_velocity, "1", Per::velocity}, results.mode_velocity...);
  visit(Field{"mode_velocity_balanced", mode_velocity_balanced, "1", Per::velocity}, results.mode_velocity_balanced...);
  visit(Field{"coupling_index", coupling_index, "1", Per::coupling}, results.coupling_index...);
  visit(Field{"coupling_blocks", coupling_blocks, "1", Per::coupling}, results.coupling_blocks...);
}

// What is known of the factors, and of the sets B_r: entry k is of B_(k-1), in which singular value k of every layer is small.
inline constexpr std::string_view
    layer_value_largest = "singular value of the factors W_l of this number, the largest of all layers",
    layer_value_smallest = "singular value of the factors W_l of this number, the smallest of all layers",
    largest_residual = "largest |W - T| of an observed entry, times its weight",
    layer_rank = "most singular values of a factor above alpha_sure = (ridge / largest residual)^(1/(L-2)), for L >= 3";

template <class Visit, class... Results>
void visit_monitor_fields(Visit&& visit, Results&... results) {
  visit(Field{"layer_value_largest", layer_value_largest, "1", Per::monitored_value}, results.layer_value_largest...);
  visit(Field{"layer_value_smallest", layer_value_smallest, "1", Per::monitored_value}, results.layer_value_smallest...);
  visit(Field{"largest_residual", largest_residual, "1", Per::monitor}, results.largest_residual...);
  visit(Field{"layer_rank", layer_rank, "1", Per::monitor}, results.layer_rank...);
  visit(Field{"residual_maximum", "the same residual, the largest at any probe of the last phase", "1", Per::monitor},
        results.residual_maximum...);
  visit(Field{"imbalance_maximum", "balancedness, the largest at any probe of the last phase", "1", Per::monitor},
        results.imbalance_maximum...);
  visit(Field{"factor_norm_maximum", "||W_l||_F, the largest of any layer at any probe of the last phase", "1", Per::monitor},
        results.factor_norm_maximum...);
  visit(Field{"absorbing_entries", "times that probes of the last phase found it inside of B_(k-1): at first, or after one outside",
              "1", Per::monitored_value},
        results.absorbing_entries...);
  visit(Field{"absorbing_exits", "times that a probe of the last phase found it outside of B_(k-1) after one inside", "1",
              Per::monitored_value},
        results.absorbing_exits...);
  visit(Field{"absorbing_steps", "steps between successive probes of the last phase of which the first was inside of B_(k-1)",
              "steps", Per::monitored_value},
        results.absorbing_steps...);
}

// Calls visit(field, array...) for each array with one row per replica; several blocks are walked side by side.
template <class Visit, class... Results>
void visit_replica_fields(Visit&& visit, Results&... results) {
  for (std::size_t i = 0; i < observables.size(); ++i)
    visit(Field{std::string(observables[i].name), observables[i].description, "1"}, results.observable[i]...);
  visit(Field{"singular_values", "singular values of W, descending", "1", Per::singular_value},
        results.singular_values...);
  visit(Field{"factor_norm", "Frobenius norm of each factor, ||W_l||_F", "1", Per::factor}, results.factor_norms...);
  visit(Field{"rank", "final rank, as classify_at_end defines it", "1"}, results.rank...);
  visit(Field{"numerical_rank", "final number of singular values above the rank tolerance", "1"},
        results.numerical_rank...);
  visit(Field{"start_rank", "rank at the start of the last phase", "1"}, results.start_rank...);
  visit(Field{"start_step", "step at which the last phase began", "steps"}, results.start_step...);
  visit(Field{"steps", "steps taken in all phases (diverged: where it was found)", "steps"}, results.steps...);
  visit(Field{"time", "time of all its gradient flows", "1"}, results.time...);
  visit(Field{"objective_rise", "largest objective over the lowest before it, in phases with momentum or group-rmsprop", "1"},
        results.objective_rise...);
  visit(Field{"outcome", "how the replica ended", "1"}, results.outcome...);
  visit(Field{"tries", "initializations drawn until the requirement held", "1"}, results.tries...);
  visit_greedy_fields(visit, results...);
  visit_mode_fields(visit, results...);
  visit_monitor_fields(visit, results...);
}

// The same for the arrays with one row per kept probe (all but trajectory_begin, which says whose rows they are).
template <class Visit, class... Results>
void visit_trajectory_fields(Visit&& visit, Results&... results) {
  visit(Field{"trajectory_step", "steps of the whole run at the probe", "steps"}, results.trajectory_step...);
  visit(Field{"trajectory_time", "time of the gradient flows of the whole run at the probe", "1"},
        results.trajectory_time...);
  visit(Field{"trajectory_phase", "index of the phase, from 0", "1"}, results.trajectory_phase...);
  visit(Field{"trajectory_rank", "rank at the probe, as [probe] defines it", "1"}, results.trajectory_rank...);
  for (std::size_t i = 0; i < observables.size(); ++i)
    visit(Field{"trajectory_" + std::string(observables[i].name), observables[i].description, "1"},
          results.trajectory_observable[i]...);
  visit(Field{"trajectory_singular_values", "singular values of W at the probe, descending", "1", Per::singular_value},
        results.trajectory_singular_values...);
  visit(Field{"trajectory_greedy_distance", "Frobenius distance of W from the greedy path at the probe", "1", Per::comparison},
        results.trajectory_greedy_distance...);
  visit(Field{"trajectory_greedy_solution_distance", "Frobenius distance of W from the nearest greedy solution at the probe",
              "1", Per::comparison},
        results.trajectory_greedy_solution_distance...);
  visit(Field{"trajectory_alignment_left", left_alignment, "1", Per::alignment}, results.trajectory_alignment_left...);
  visit(Field{"trajectory_alignment_right", right_alignment, "1", Per::alignment},
        results.trajectory_alignment_right...);
  visit(Field{"trajectory_mode_velocity", mode_velocity, "1", Per::velocity}, results.trajectory_mode_velocity...);
  visit(Field{"trajectory_mode_velocity_balanced", mode_velocity_balanced, "1", Per::velocity},
        results.trajectory_mode_velocity_balanced...);
  visit(Field{"trajectory_coupling_index", coupling_index, "1", Per::coupling}, results.trajectory_coupling_index...);
  visit(Field{"trajectory_coupling_blocks", coupling_blocks, "1", Per::coupling}, results.trajectory_coupling_blocks...);
  visit(Field{"trajectory_layer_value_largest", layer_value_largest, "1", Per::monitored_value},
        results.trajectory_layer_value_largest...);
  visit(Field{"trajectory_layer_value_smallest", layer_value_smallest, "1", Per::monitored_value},
        results.trajectory_layer_value_smallest...);
  visit(Field{"trajectory_largest_residual", largest_residual, "1", Per::monitor}, results.trajectory_largest_residual...);
  visit(Field{"trajectory_largest_factor_norm", "||W_l||_F, the largest of all layers", "1", Per::monitor},
        results.trajectory_largest_factor_norm...);
  visit(Field{"trajectory_layer_rank", layer_rank, "1", Per::monitor}, results.trajectory_layer_rank...);
}

}  // namespace rankfall
