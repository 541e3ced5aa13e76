#pragma once
// A replica per thread with its matrices in registers: arrays of constant size, indexed by constants only, which unrolled
// loops over a FixedShape see to. What an index must choose at run time stays in interleaved shared memory: the column of
// the first factor and the row of the last that a drawn entry names.
#include "kernels/advance.hpp"

namespace rankfall::kernels {

// Whether the compiler has kept such arrays without spilling (the audit, tests/cuda, holds it to that): up to 255
// registers a thread, of 32 bits.
inline constexpr int most_register_depth = 4;
template <class Optimizer, class Real, int D, int L>
RANKFALL_HD constexpr bool fits_registers() {
  constexpr int words = sizeof(Real) / 4;
  if constexpr (D == 0 || D > 16 || L < 2 || L > most_register_depth) return false;
  if constexpr (std::is_same_v<Optimizer, GradientDescent>) return (L + workspace_matrices(L) + 2) * D * D * words <= 200;
  if constexpr (std::is_same_v<Optimizer, SingleEntrySgd>) return ((L - 2) * D * D + 3 * D) * words <= 180;
  return false;
}

// Bit L is set if depth L fits.
template <class Optimizer, class Real, int D>
RANKFALL_HD constexpr unsigned register_depths() {
  unsigned depths = 0;
  if (fits_registers<Optimizer, Real, D, 2>()) depths |= 1u << 2;
  if (fits_registers<Optimizer, Real, D, 3>()) depths |= 1u << 3;
  if (fits_registers<Optimizer, Real, D, 4>()) depths |= 1u << 4;
  return depths;
}

// Shared numbers of a thread: both ends where an entry is drawn, else one matrix on its way in and out.
template <class Optimizer>
RANKFALL_HD constexpr int shared_numbers_in_registers(int pitch) {
  return (std::is_same_v<Optimizer, SingleEntrySgd> ? 2 : 1) * pitch * pitch;
}

// Factor `layer` of a replica to a padded matrix in shared memory, and back: loops that count at run time.
template <class Real, class Matrix, int D>
RANKFALL_HD void load_factor(Pitch<D> pitch, const AdvanceJob<Real>& job, int replica, int layer, Matrix shared) {
  const int rows = job.shape.width[layer + 1], columns = job.shape.width[layer], p = pitch.value();
  RANKFALL_ROLLED for (int e = 0; e < p * p; ++e) shared[e] = Real(0);
  const Real* from = job.factors + static_cast<std::int64_t>(dense_begin(job.shape, layer)) * job.stride + replica;
  RANKFALL_ROLLED for (int i = 0; i < rows; ++i)
    RANKFALL_ROLLED for (int j = 0; j < columns; ++j, from += job.stride) shared[i * p + j] = *from;
}
template <class Real, class Matrix, int D>
RANKFALL_HD void store_factor(Pitch<D> pitch, const AdvanceJob<Real>& job, int replica, int layer, Matrix shared) {
  const int rows = job.shape.width[layer + 1], columns = job.shape.width[layer], p = pitch.value();
  Real* to = job.factors + static_cast<std::int64_t>(dense_begin(job.shape, layer)) * job.stride + replica;
  RANKFALL_ROLLED for (int i = 0; i < rows; ++i)
    RANKFALL_ROLLED for (int j = 0; j < columns; ++j, to += job.stride) *to = shared[i * p + j];
}

// L factors from layer `first` on, through one shared matrix: registers want constants, and each a load of its own
// address would want registers.
template <int L, class Real, class Matrix, int D>
RANKFALL_HD void load_registers(Pitch<D> pitch, const AdvanceJob<Real>& job, int replica, int first, Matrix shared,
                                Real* registers) {
  RANKFALL_UNROLL_DEVICE for (int l = 0; l < L; ++l) {
    load_factor(pitch, job, replica, first + l, shared);
    RANKFALL_UNROLL_DEVICE for (int e = 0; e < D * D; ++e) registers[l * D * D + e] = shared[e];
  }
}
template <int L, class Real, class Matrix, int D>
RANKFALL_HD void store_registers(Pitch<D> pitch, const AdvanceJob<Real>& job, int replica, int first, Matrix shared,
                                 const Real* registers) {
  RANKFALL_UNROLL_DEVICE for (int l = 0; l < L; ++l) {
    RANKFALL_UNROLL_DEVICE for (int e = 0; e < D * D; ++e) shared[e] = registers[l * D * D + e];
    store_factor(pitch, job, replica, first + l, shared);
  }
}

// Gradient descent with everything in registers, the data of the loss included.
template <int L, class Real, class Matrix, int D>
RANKFALL_HD void descend_in_registers(Pitch<D> pitch, const AdvanceJob<Real>& job, int replica, Matrix shared) {
  constexpr int n = D * D;
  const std::int64_t steps = job.steps[replica];
  if (steps <= 0) return;
  Real own[L * n], work[workspace_matrices(L) * n], weight[n], target[n];
  load_registers<L>(pitch, job, replica, 0, shared, own);
  const std::int64_t first = static_cast<std::int64_t>(job.problem[replica]) * job.problems.square;
  RANKFALL_UNROLL_DEVICE for (int e = 0; e < n; ++e) {
    weight[e] = job.problems.weight[first + e];
    target[e] = job.problems.target[first + e];
  }
  RANKFALL_UNROLL_DEVICE for (int e = 0; e < workspace_matrices(L) * n; ++e) work[e] = Real(0);
  double decayed[2] = {job.scale[replica], job.decay[replica]};
  const FixedShape<L, D> shape{};
  Trainee<Real, Real*, const Real*, Real*, FixedShape<L, D>> trainee;
  trainee.shape = &shape;
  trainee.factors = own;
  trainee.interior = own + n;
  trainee.last = own + (L - 1) * n;
  trainee.workspace = work;
  trainee.weight = weight;
  trainee.target = target;
  set_terms(trainee, job, replica, decayed);
  train<GradientDescent>(SerialTeam{}, pitch, trainee, steps);
  store_registers<L>(pitch, job, replica, 0, shared, own);
  job.scale[replica] = decayed[0];
}

// Steps on single entries: interior factors and vectors in registers, the first and last factor in `shared`.
template <int L, class Real, class Matrix, int D>
RANKFALL_HD void draw_in_registers(Pitch<D> pitch, const AdvanceJob<Real>& job, int replica, Matrix shared) {
  constexpr int n = D * D;
  const std::int64_t steps = job.steps[replica];
  if (steps <= 0) return;
  Real interior[L > 2 ? (L - 2) * n : 1], vectors[(L + 2) * D];
  if constexpr (L > 2) load_registers<L - 2>(pitch, job, replica, 1, shared, interior);
  load_factor(pitch, job, replica, 0, shared);
  load_factor(pitch, job, replica, L - 1, shared + n);
  RANKFALL_UNROLL_DEVICE for (int e = 0; e < (L + 2) * D; ++e) vectors[e] = Real(0);
  double decayed[2] = {job.scale[replica], job.decay[replica]};
  const FixedShape<L, D> shape{};
  Trainee<Real, Matrix, const Real*, Real*, FixedShape<L, D>> trainee;
  trainee.shape = &shape;
  trainee.factors = shared;
  trainee.last = shared + n;
  trainee.interior = interior;
  trainee.workspace = vectors;
  trainee.weight = trainee.target = nullptr;  // a drawn entry brings its own
  set_terms(trainee, job, replica, decayed);
  train<SingleEntrySgd>(SerialTeam{}, pitch, trainee, steps);
  store_factor(pitch, job, replica, 0, shared);
  store_factor(pitch, job, replica, L - 1, shared + n);
  if constexpr (L > 2) store_registers<L - 2>(pitch, job, replica, 1, shared, interior);
  job.scale[replica] = decayed[0];
}

}  // namespace rankfall::kernels
