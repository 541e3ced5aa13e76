#pragma once
// Many replicas in device memory, advanced by as many steps as each has to its next probe, with all that a step touches
// held on chip.
#include <cstddef>

#include "kernels/gradient_flow.hpp"
#include "kernels/train.hpp"
#include "kernels/wave.hpp"

namespace rankfall::kernels {

// What the losses of the replicas see. Problem b: matrices at b * square, entries from entry_begin[b].
template <class Real>
struct ProblemTable {
  const Real *weight, *target;  // padded to the pitch of the kernel that reads them
  int square;                   // pitch * pitch
  const Word* position;
  const Real *entry_target, *entry_weight;
  const std::int64_t* entry_begin;
  const Word* entry_count;
  const Real* measurement;      // where problems are measured: matrices of rows * columns, one after another as the entries are
};

// Entry e of replica r, factors dense one after another, is factors[e * stride + r]: a warp reads consecutive addresses.
// The other arrays hold one element per replica.
template <class Real>
struct AdvanceJob {
  Shape shape;
  int stride;
  Real* factors;
  double* scale;
  const Real* rate;
  const double* decay;
  const std::int64_t* steps;         // to take now; none: the replica stays as it is
  const std::uint64_t* draws;        // number of the next draw in the phase
  const RandomSource<Word>* source;
  const int* problem;
  ProblemTable<Real> problems;
  Word* permutation;                 // permutation_stride per replica, shuffled sampling only
  std::int64_t permutation_stride;
  int batch_size;
  Sampling sampling;
  const int* live;                   // the replicas to advance
  int live_count;
  const int* cell;                   // gradient flow only, as the next three; but for `taken` also a phase that remembers
  const CellTerms* terms;
  Progress* progress;
  std::int64_t* taken;               // steps made, in place of those allowed
  Real* memory;                      // of a phase that remembers: entries + descent_memory_numbers per replica
};

// Numbers that a replica needs on chip.
template <class Optimizer>
inline constexpr bool flows = std::is_same_v<Optimizer, GradientFlow> || std::is_same_v<Optimizer, SensingFlow>;
template <class Optimizer>
inline constexpr bool senses = std::is_same_v<Optimizer, SensingDescent> || std::is_same_v<Optimizer, SensingSgd> ||
                               std::is_same_v<Optimizer, SensingFlow>;
template <class Optimizer>
RANKFALL_HD constexpr int on_chip_numbers(int factors, int pitch) {
  const int n = pitch * pitch;
  if constexpr (std::is_same_v<Optimizer, SingleEntrySgd>) return factors * n + (factors + 2) * pitch;
  constexpr bool wants_room =
      senses<Optimizer> || std::is_same_v<Optimizer, BatchSgd> || std::is_same_v<Optimizer, SmallBatchSgd>;
  const int matrices = factors + (wants_room ? training_workspace_matrices(factors) : workspace_matrices(factors));
  return matrices * n + (flows<Optimizer> ? flow_scratch_numbers(factors, pitch) : 0) +
         (std::is_same_v<Optimizer, MemoryDescent> ? descent_scratch_numbers(factors, pitch) : 0);
}

// Shared memory of a team: the numbers, in multiples of 16 bytes, then {scale, decay}.
template <class Real>
RANKFALL_HD constexpr std::size_t team_bytes(int numbers) {
  return (static_cast<std::size_t>(numbers) * sizeof(Real) + 15) / 16 * 16 + 2 * sizeof(double);
}

// Where factor `layer` begins among the dense entries of all.
RANKFALL_HD int dense_begin(const Shape& shape, int layer) {
  int begin = 0;
  for (int l = 0; l < layer; ++l) begin += shape.width[l + 1] * shape.width[l];
  return begin;
}

// Calls body(padded element, dense element) for every entry of the factors, those of one factor shared by the team.
template <int D, Team T, class Body>
RANKFALL_HD void for_each_factor_entry(const T& team, Pitch<D> pitch, const Shape& shape, Body&& body) {
  const int p = pitch.value();
  int dense = 0;
  for (int l = 0; l < shape.factors; ++l) {
    const int rows = shape.width[l + 1], columns = shape.width[l], padded = l * p * p;
    for_each_tile(team, rows, columns, [&](int i, int j) { body(padded + i * p + j, dense + i * columns + j); });
    dense += rows * columns;
  }
}

// What a trainee needs beside its matrices; {scale, decay} are at `decayed`.
template <class Trainee, class Real>
RANKFALL_HD void set_terms(Trainee& trainee, const AdvanceJob<Real>& job, int replica, double* decayed) {
  const ProblemTable<Real>& all = job.problems;
  const int problem = job.problem[replica];
  const std::int64_t begin = all.entry_begin[problem];
  trainee.scale = decayed;
  trainee.decay = decayed + 1;
  trainee.rate = job.rate[replica];
  trainee.draws = {{all.position + begin, all.entry_target + begin, all.entry_weight + begin, all.entry_count[problem], 1, 0},
                   job.source[replica],
                   static_cast<Word>(job.draws[replica]),
                   static_cast<Word>(job.draws[replica] >> 32),
                   job.permutation + replica * job.permutation_stride,
                   job.batch_size,
                   job.sampling};
}

// The true factors in place of scaled ones.
template <class Real, class Matrix, class... Views, int D, Team T>
RANKFALL_HD void unscale(const T& team, Pitch<D> pitch, const AdvanceJob<Real>& job, int replica,
                         Trainee<Real, Matrix, Views...>& trainee) {
  const double scale = job.scale[replica];
  for_each_index(team, job.shape.factors * pitch.value() * pitch.value(), [&](int e) {
    trainee.factors[e] = static_cast<Real>(scale * static_cast<double>(trainee.factors[e]));
  });
}

// A leg of a replica's flow, to its next probe.
template <class Loss, class Real, class Matrix, class... Views, int D, Team T>
RANKFALL_FN void follow_to_probe(const T& team, Pitch<D> pitch, const AdvanceJob<Real>& job, int replica,
                                 Trainee<Real, Matrix, Views...>& trainee, Matrix scratch) {
  const CellTerms& own = job.terms[job.cell[replica]];
  const Progress& progress = job.progress[replica];
  const FlowPosition& at = progress.flow;
  FlowLeg<Real> leg{at.time, at.rest, at.step, at.history, at.most_growth, time_of_probe(progress, own.plan),
                    static_cast<Real>(job.steps[replica]), Real(0)};
  unscale(team, pitch, job, replica, trainee);
  follow_flow<Loss>(team, pitch, trainee, FlowTerms<Real>{own.relative_tolerance, own.absolute_tolerance, own.ridge}, scratch, leg);
  if (team.rank() != 0) return;
  job.progress[replica].flow = {leg.time, leg.rest, leg.step, leg.history, leg.most_growth};
  job.taken[replica] = static_cast<std::int64_t>(leg.taken);
  job.scale[replica] = 1.0;
}

// Steps of a replica that remembers; where its phase begins, nothing yet.
template <class Real, class Matrix, class... Views, int D, Team T>
RANKFALL_FN void descend_to_probe(const T& team, Pitch<D> pitch, const AdvanceJob<Real>& job, int replica,
                                  Trainee<Real, Matrix, Views...>& trainee, Matrix scratch) {
  const std::int64_t stride = job.stride;
  Real* const stored = job.memory + replica;
  Real* const numbers = stored + dense_begin(job.shape, job.shape.factors) * stride;
  DescentMemory<Real> memory = no_memory<Real>();
  unscale(team, pitch, job, replica, trainee);
  if (job.progress[replica].phase_steps > 0) {
    for_each_factor_entry(team, pitch, job.shape, [&](int e, int dense) { scratch[e] = stored[dense * stride]; });
    int k = 0;
    visit_memory([&](Real& number) { number = numbers[k++ * stride]; }, memory);
  }
  const DescentTerms<Real> terms = narrowed<Real>(job.terms[job.cell[replica]].descent);
  descend_with_memory(team, pitch, trainee, terms, scratch, memory, job.steps[replica]);
  for_each_factor_entry(team, pitch, job.shape, [&](int e, int dense) { stored[dense * stride] = scratch[e]; });
  if (team.rank() != 0) return;
  int k = 0;
  visit_memory([&](const Real& number) { numbers[k++ * stride] = number; }, memory);
  job.scale[replica] = 1.0;
}

// One replica by one team: `on_chip` holds on_chip_numbers, `decayed` {scale, decay} where the whole team sees them.
template <class Optimizer, class Real, class Matrix, int D, Team T>
RANKFALL_FN void advance_replica(const T& team, Pitch<D> pitch, const AdvanceJob<Real>& job, int replica, Matrix on_chip,
                                 double* decayed) {
  const std::int64_t steps = job.steps[replica];
  if (steps <= 0) return;
  const int numbers = on_chip_numbers<Optimizer>(job.shape.factors, pitch.value());
  Real* stored = job.factors + replica;
  for_each_index(team, numbers, [&](int e) { on_chip[e] = Real(0); });
  for_each_factor_entry(team, pitch, job.shape, [&](int e, int dense) {
    on_chip[e] = stored[static_cast<std::int64_t>(dense) * job.stride];
  });
  if (team.rank() == 0) {
    decayed[0] = job.scale[replica];
    decayed[1] = job.decay[replica];
  }
  team.sync();

  const std::int64_t first = static_cast<std::int64_t>(job.problem[replica]) * job.problems.square;
  Trainee<Real, Matrix, const Real*> trainee;
  trainee.shape = &job.shape;
  place_factors(trainee, on_chip, pitch.value());
  trainee.workspace = on_chip + job.shape.factors * pitch.value() * pitch.value();
  trainee.weight = job.problems.weight + first;
  trainee.target = job.problems.target + first;
  set_terms(trainee, job, replica, decayed);
  constexpr bool remembers = std::is_same_v<Optimizer, MemoryDescent>;
  if constexpr (senses<Optimizer>)
    trainee.draws.entries.measurement =
        job.problems.measurement +
        job.problems.entry_begin[job.problem[replica]] * frame_of(pitch, job.shape).size();
  if constexpr (flows<Optimizer>)
    follow_to_probe<typename Optimizer::Loss>(
        team, pitch, job, replica, trainee,
        on_chip + (numbers - flow_scratch_numbers(job.shape.factors, pitch.value())));
  else if constexpr (remembers)
    descend_to_probe(team, pitch, job, replica, trainee,
                     on_chip + (numbers - descent_scratch_numbers(job.shape.factors, pitch.value())));
  else
    train<Optimizer>(team, pitch, trainee, steps);

  for_each_factor_entry(team, pitch, job.shape, [&](int e, int dense) {
    stored[static_cast<std::int64_t>(dense) * job.stride] = on_chip[e];
  });
  if (team.rank() == 0 && !flows<Optimizer> && !remembers) job.scale[replica] = decayed[0];
}

}  // namespace rankfall::kernels
