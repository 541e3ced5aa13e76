#pragma once
// The numbers of events, plateaus and graphs, listed once, like the arrays of fields.hpp.
#include "rankfall/observed_graphs.hpp"
#include "rankfall/replica.hpp"
#include "store/field.hpp"

namespace rankfall {

// Calls visit(field, pointer to member) for each number that says what happened in an event, when, and to whom.
template <class Visit>
void visit_event_facts(Visit&& visit) {
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

// The same for all numbers of an event: also for what was read at its two ends.
template <class Visit>
void visit_event_fields(Visit&& visit) {
  visit_event_facts(visit);
  visit(Field{"event_error_before", "root-mean-square of W - T over unobserved entries at the phase's first probe with the old rank", "1"},
        &RankEvent::error_before);
  visit(Field{"event_error_after", "root-mean-square of W - T over unobserved entries at the first probe with the new rank", "1"},
        &RankEvent::error_after);
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
