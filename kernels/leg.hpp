#pragma once
// From a probe of a wave to the next in legs, where rates change in between. Two calls of n steps are one of 2n, so legs of
// unchanged rates change no number.
#include "kernels/wave.hpp"

namespace rankfall::kernels {

// Cuts the way to the next probe where rates change: the steps of leg number `number`, none where the probe is reached, with
// their rates and their draws.
template <class Real>
struct LegJob {
  const int* live;
  const int* cell;
  const CellTerms* terms;
  const Progress* progress;
  const std::int64_t* steps;   // to the probe
  const std::uint64_t* draws;  // made before the first leg
  std::int64_t* taken;         // in the legs before, by the k-th of the list
  std::int64_t* leg;
  std::uint64_t* leg_draws;
  Real* rate;
  double* decay;
  int number;

  RANKFALL_HD void operator()(int k) const {
    const int r = live[k];
    const CellTerms& own = terms[cell[r]];
    const std::int64_t before = number == 0 ? 0 : taken[k] + leg[r];
    std::int64_t next = steps[r] - before;
    if (own.annealing.count > 0 && next > 0) {
      const std::int64_t at = progress[r].phase_steps + before;
      const int now = own.annealing.at(at);
      const AnnealedRates& rates = own.annealing.stretch[now];
      if (now + 1 < own.annealing.count) {
        const std::int64_t most = own.annealing.stretch[now + 1].begin - at;
        next = next < most ? next : most;
      }
      const StepRates exact = step_rates(rates.learning_rate, rates.ridge, own.gradient_scale);
      rate[r] = static_cast<Real>(exact.rate);
      decay[r] = exact.decay;
    }
    taken[k] = before;
    leg[r] = next;
    leg_draws[r] = draws[r] + static_cast<std::uint64_t>(before) * static_cast<std::uint64_t>(own.draws_per_step);
  }
};

}  // namespace rankfall::kernels
