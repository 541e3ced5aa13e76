#pragma once
// The training loop of one replica (or one register of replicas).
#include "kernels/sensing_optimizer.hpp"
#include "kernels/small_batch.hpp"

namespace rankfall::kernels {

// Matrices a Trainee's workspace must hold: those of back-propagation, and the drawn weights or residuals of measurements. The vectors of
// SingleEntrySgd, (factors + 2) * pitch of them, fit as long as pitch >= 2.
RANKFALL_HD constexpr int training_workspace_matrices(int factors) { return workspace_matrices(factors) + 1; }

// Advances by `steps` steps. Once the caller has moved the draw counter on by as many draws, two calls of n steps are one
// call of 2n, bit for bit.
template <class Optimizer, class V, class... Views, int D, Team T>
RANKFALL_FN void train(const T& team, Pitch<D> pitch, Trainee<V, Views...>& trainee, std::int64_t steps) {
  EntrySampler<V, T> sampler(team, trainee.draws);
  Optimizer::open(team, pitch, trainee);
  for (std::int64_t step = 0; step < steps; ++step) Optimizer{}(team, pitch, trainee, sampler);
  Optimizer::close(team, pitch, trainee);
}

}  // namespace rankfall::kernels
