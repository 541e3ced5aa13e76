#pragma once
// What a phase of a wave reads: its cells' terms, its problems, its kernels.
#include "device/wave_trainer.hpp"

namespace rankfall {

template <class Real>
struct WaveTrainer<Real>::PhaseTables {
  AdvancePlan<Real> plan, descent_plan;  // the phase's own loop; that of a quench
  DeviceArray<kernels::CellTerms> terms;
  DeviceArray<kernels::QuenchRule> rules;
  DeviceArray<double> tolerance;         // per problem
  DeviceArray<double> probe_times;       // what the terms' plans point to
  DeviceArray<kernels::AnnealedRates> stretches;  // what their annealings point to
  int legs;                              // launches from a probe to the next: more than 1 where rates change between them
  ProblemMemory<Real> problems;
  std::unique_ptr<ProblemMemory<Real>> descent_problems;  // where their pitch is another
  ObservedMemory observed;
  Seen seen;
  int batch_size;
  kernels::Sampling sampling;

  const kernels::ProblemTable<Real>& for_descent() const {
    return descent_problems ? descent_problems->table() : problems.table();
  }
};

}  // namespace rankfall
