#pragma once
// Every array of a block of results, listed once: its name in results.nc, its meaning, and what an entry belongs to.
// Unit files, merging, results.nc (written and read) and comparisons all walk these lists, so none can forget an array.
#include <cstdint>
#include <string>
#include <string_view>

#include "rankfall/observed_graphs.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

// What an entry belongs to, beside its replica (or probe).
// learning: rows are there where greedy low-rank learning has solutions; comparison: where flows are compared with the
// greedy path; approach: there too, with an entry per solution. alignment, velocity: where [probe] asks for them, with an
// entry per singular value; coupling likewise, with one entry.
enum class Per { row, singular_value, factor, learning, solution, comparison, approach, alignment, velocity, coupling };

struct Field {
  std::string name;
  std::string_view description;
  std::string_view units;
  Per per = Per::row;
};

// One number per row, where there is any: no dimension of its own in results.nc.
constexpr bool is_column(Per per) {
  return per == Per::row || per == Per::learning || per == Per::comparison || per == Per::coupling;
}

inline std::int64_t entries_per_row(const ReplicaResults& results, Per per) {
  switch (per) {
    case Per::singular_value:
      return results.singular_value_count;
    case Per::factor:
      return results.factor_count;
    case Per::learning:
      return results.solution_count > 0 ? 1 : 0;
    case Per::solution:
      return results.solution_count;
    case Per::comparison:
      return results.compared;
    case Per::approach:
      return results.compared * static_cast<std::int64_t>(results.solution_count);
    case Per::alignment:
      return results.alignments * static_cast<std::int64_t>(results.singular_value_count);
    case Per::velocity:
      return results.velocities * static_cast<std::int64_t>(results.singular_value_count);
    case Per::coupling:
      return results.couplings;
    case Per::row:
      break;
  }
  return 1;
}

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
}

// Calls visit(field, pointer to member) for each number of an event.
template <class Visit>
void visit_event_fields(Visit&& visit) {
  visit(Field{"event_replica", "index of the replica within its cell", "1"}, &RankEvent::replica);
  visit(Field{"event_phase", "index of the phase, from 0", "1"}, &RankEvent::phase);
  visit(Field{"event_step_before", "last probe with the old rank, in steps of the whole run", "steps"},
        &RankEvent::step_before);
  visit(Field{"event_step_after", "first probe with the new rank, in steps of the whole run", "steps"},
        &RankEvent::step_after);
  visit(Field{"event_rank_before", "rank before the change", "1"}, &RankEvent::rank_before);
  visit(Field{"event_rank_after", "rank after the change", "1"}, &RankEvent::rank_after);
  visit(Field{"event_time_before", "last probe with the old rank, in time of the gradient flows of the whole run", "1"},
        &RankEvent::time_before);
  visit(Field{"event_time_after", "first probe with the new rank, in time of the gradient flows of the whole run", "1"},
        &RankEvent::time_after);
}

// The same for each number of a plateau.
template <class Visit>
void visit_plateau_fields(Visit&& visit) {
  visit(Field{"plateau_replica", "index of the replica within its cell", "1"}, &Plateau::replica);
  visit(Field{"plateau_phase", "index of the phase, from 0", "1"}, &Plateau::phase);
  visit(Field{"plateau_rank", "rank where the gradient norm is least, as [probe] defines it", "1"}, &Plateau::rank);
  visit(Field{"plateau_step_begin", "first probe of the plateau, in steps of the whole run", "steps"}, &Plateau::step_begin);
  visit(Field{"plateau_step_end", "last probe of the plateau, in steps of the whole run", "steps"}, &Plateau::step_end);
  visit(Field{"plateau_time_begin", "first probe of the plateau, in time of the gradient flows of the whole run", "1"},
        &Plateau::time_begin);
  visit(Field{"plateau_time_end", "last probe of the plateau, in time of the gradient flows of the whole run", "1"},
        &Plateau::time_end);
  visit(Field{"plateau_loss", "data loss where the gradient norm is least", "1"}, &Plateau::loss);
  visit(Field{"plateau_gradient_norm", "the least gradient norm of the plateau", "1"}, &Plateau::gradient_norm);
}

// The same for each number of the graph of what a phase observes.
template <class Visit>
void visit_graph_fields(Visit&& visit) {
  visit(Field{"graph_replicas", "replicas whose mask was looked at: 1 where all share one, 0 where it is not known", "1"},
        &PhaseGraph::replicas);
  visit(Field{"graph_mask", "place on mask of the one that all replicas share, where it is kept", "1"}, &PhaseGraph::mask);
  visit(Field{"graph_components", "components of the graph of observed entries, or their mean over masks", "1"},
        &PhaseGraph::components);
  visit(Field{"graph_components_with_isolated", "the same with rows and columns without an entry", "1"},
        &PhaseGraph::components_with_isolated);
  visit(Field{"graph_connected", "whether observed entries are one component, or the share of masks", "1"},
        &PhaseGraph::connected);
  visit(Field{"graph_complete_bipartite", "whether every component is complete bipartite, or the share of masks", "1"},
        &PhaseGraph::complete_bipartite);
}

}  // namespace rankfall
