#pragma once
// A wave: the replicas that are in device memory at once. Its arrays hold one element per replica, or, where they are
// matrices, entry e of replica r at e * stride + r. A job is plain data with a call operator for one replica of a list;
// the host loops over it in tests, a GPU gives each replica a thread.
#include "kernels/annealing.hpp"
#include "kernels/memory_descent.hpp"
#include "kernels/quench.hpp"
#include "kernels/state.hpp"

namespace rankfall::kernels {

// One cell in the current phase.
struct CellTerms {
  PhasePlan plan;
  double learning_rate, ridge;
  double loss_scale;      // c
  double gradient_scale;  // 2 c (gd), 2 c N / batch_size (sgd)
  int draws_per_step;
  double relative_tolerance, absolute_tolerance;  // of a flow
  bool remembers;
  DescentTerms<double> descent;                   // of a phase that remembers
  Annealing annealing;
};

// What the latest observation has read (kernels/observe.hpp), in float64.
struct Readings {
  double *loss, *objective, *unobserved_error, *representation_cost, *balancedness, *gradient_norm, *frobenius_squared;
  double* singular_value;  // matrix: singular_values x stride
  double* factor_norm;     // matrix: factors x stride
  int singular_values;
  std::int64_t stride;

  RANKFALL_HD ProbeReading decisive(int replica) const {
    return {loss[replica],           objective[replica],         gradient_norm[replica],
            singular_value[replica], frobenius_squared[replica], unobserved_error[replica]};
  }
  RANKFALL_HD int rank(int replica, double tolerance) const {
    int rank = 0;
    for (int k = 0; k < singular_values; ++k) rank += singular_value[k * stride + replica] > tolerance ? 1 : 0;
    return rank;
  }
};

// What entering a phase sets, of the k-th replica of a list.
template <class Real>
struct PhaseEntry {
  const int* live;
  const int* cell;
  const CellTerms* terms;
  Progress* progress;
  std::int64_t* steps;
  std::uint64_t* draws;
  Real* rate;
  double* decay;

  RANKFALL_HD const CellTerms& terms_of(int r) const { return terms[cell[r]]; }
  RANKFALL_HD void set_rates(int r) const {
    const CellTerms& own = terms_of(r);
    const bool in_gradient = own.plan.flow.on() || own.remembers;  // the ridge is no decay, and the rate is 2 c
    const StepRates rates =
        step_rates(in_gradient ? 1.0 : own.learning_rate, in_gradient ? 0.0 : own.ridge, own.gradient_scale);
    rate[r] = static_cast<Real>(rates.rate);
    decay[r] = rates.decay;
  }
};

// Starts a phase: position 0, the phase's rates.
template <class Real>
struct OpenPhaseJob {
  PhaseEntry<Real> entry;
  std::int64_t* start_step;

  RANKFALL_HD void operator()(int k) const {
    const int r = entry.live[k];
    Progress& progress = entry.progress[r];
    progress.open_phase();
    start_step[r] = progress.steps;
    entry.steps[r] = 0;
    entry.draws[r] = 0;
    entry.set_rates(r);
  }
};

// Goes on in the middle of a phase, at the position that progress tells.
template <class Real>
struct JoinPhaseJob {
  PhaseEntry<Real> entry;

  RANKFALL_HD void operator()(int k) const {
    const int r = entry.live[k];
    const CellTerms& own = entry.terms_of(r);
    const Progress& progress = entry.progress[r];
    entry.steps[r] = steps_to_probe(progress, own.plan);
    entry.draws[r] = static_cast<std::uint64_t>(progress.phase_steps) * static_cast<std::uint64_t>(own.draws_per_step);
    entry.set_rates(r);
  }
};

// After `steps` steps and an observation: counts them, decides, and says how many to take next.
struct DecideJob {
  const int* live;
  const int* cell;
  const int* problem;
  const CellTerms* terms;
  const double* tolerance;         // per problem: singular values above it count
  const int* quenched_rank;        // where ranks are those of a quench, else null
  Readings readings;
  Progress* progress;
  int* start_rank;                 // at the start of the phase
  std::int64_t* steps;
  std::uint64_t* draws;
  RankChange* change;              // if the k-th of the list is marked `changed`
  unsigned char* changed;
  unsigned char* goes_on;          // the k-th of the list is still in its phase
  int* rank_now;                   // of the k-th of the list
  std::int64_t* taken;             // steps that the k-th of the list has just made
  int* standing;                   // of every replica (standing_of); -1 before its first probe

  RANKFALL_HD void operator()(int k) const {
    const int r = live[k];
    const CellTerms& own = terms[cell[r]];
    Progress now = progress[r];
    taken[k] = steps[r];
    now.steps += steps[r];
    now.phase_steps += steps[r];
    draws[r] += static_cast<std::uint64_t>(steps[r]) * static_cast<std::uint64_t>(own.draws_per_step);
    const int rank = quenched_rank ? quenched_rank[r] : readings.rank(r, tolerance[problem[r]]);
    const bool opening = now.phase_steps == 0;
    RankChange seen{};
    changed[k] = decide(now, own.plan, readings.decisive(r), rank, seen) ? 1 : 0;
    if (changed[k]) change[r] = seen;
    if (opening) start_rank[r] = now.rank;
    goes_on[k] = now.in_phase ? 1 : 0;
    steps[r] = now.in_phase ? steps_to_probe(now, own.plan) : 0;
    rank_now[k] = now.rank;
    standing[r] = standing_of(now);
    progress[r] = now;
  }
};

// The changes of rank of a list of replicas, one after another.
struct GatherChangesJob {
  const int* list;
  const RankChange* change;
  RankChange* gathered;

  RANKFALL_HD void operator()(int k) const { gathered[k] = change[list[k]]; }
};

// The states that a quench moves: the last that stood, and the one being tried.
template <class Real>
struct QuenchState {
  Real *accepted, *tried;  // matrices: entries x stride
  double *accepted_scale, *tried_scale;
  Real* rate;
  double* decay;
  std::int64_t* steps;             // of the next block; none once the descent has ended
  Descent* descent;
  int entries;
  std::int64_t stride;

  RANKFALL_HD void copy(int r, const Real* from, Real* to) const {
    for (int e = 0; e < entries; ++e) to[e * stride + r] = from[e * stride + r];
  }
  RANKFALL_HD void set_rate(int r, const CellTerms& terms) const {
    const StepRates rates = step_rates(descent[r].rate, terms.ridge, 2.0 * terms.loss_scale);
    rate[r] = static_cast<Real>(rates.rate);
    decay[r] = rates.decay;
  }
};

// Begins: `accepted` and `tried` hold the state to quench, the readings are of it.
template <class Real>
struct BeginQuenchJob {
  const int* live;
  const int* cell;
  const CellTerms* terms;
  const QuenchRule* rule;  // per cell
  Readings readings;
  QuenchState<Real> state;
  unsigned char* goes_on;
  std::int64_t next_steps;

  RANKFALL_HD void operator()(int k) const {
    const int r = live[k];
    ProbeReading reading = readings.decisive(r);
    reading.largest_singular_value = 0.0;  // not read
    state.descent[r] = begin_descent(rule[cell[r]], reading);
    state.set_rate(r, terms[cell[r]]);
    goes_on[k] = state.descent[r].live ? 1 : 0;
    state.steps[r] = state.descent[r].live ? next_steps : 0;
  }
};

// Judges a block: keeps what it made, or undoes it.
template <class Real>
struct JudgeQuenchJob {
  const int* live;
  const int* cell;
  const CellTerms* terms;
  const QuenchRule* rule;
  Readings readings;
  QuenchState<Real> state;
  unsigned char* goes_on;
  std::int64_t next_steps;
  bool full_block;             // what was just made

  RANKFALL_HD void operator()(int k) const {
    const int r = live[k];
    goes_on[k] = 0;
    if (!state.descent[r].live) return;
    ProbeReading reading = readings.decisive(r);
    reading.largest_singular_value = 0.0;
    Descent descent = state.descent[r];
    const bool stands = judge_block(descent, rule[cell[r]], reading, full_block);
    state.descent[r] = descent;
    if (stands) {
      state.copy(r, state.tried, state.accepted);
      state.accepted_scale[r] = state.tried_scale[r];
    } else {
      state.copy(r, state.accepted, state.tried);
      state.tried_scale[r] = state.accepted_scale[r];
    }
    state.set_rate(r, terms[cell[r]]);
    goes_on[k] = descent.live ? 1 : 0;
    state.steps[r] = descent.live ? next_steps : 0;
  }
};

// The rank of the minimum that was reached, from readings of `accepted`.
struct QuenchedRankJob {
  const int* live;
  const int* problem;
  const double* tolerance;
  Readings readings;
  int* rank;

  RANKFALL_HD void operator()(int k) const {
    const int r = live[k];
    rank[r] = readings.rank(r, tolerance[problem[r]]);
  }
};

}  // namespace rankfall::kernels
