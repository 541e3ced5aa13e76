#pragma once
// Observing replicas in device memory, in float64.
#include "kernels/advance.hpp"
#include "kernels/observe.hpp"
#include "kernels/wave.hpp"

namespace rankfall::kernels {

// What to read besides the losses.
struct Detail {
  bool spectrum, gradient_norm, balance;  // balance: balancedness and the factors' norms
};

template <class Real>
struct ObserveJob {
  Shape shape;
  int pitch;                // a multiple of 8
  std::int64_t stride;
  const Real* factors;      // dense, as in AdvanceJob
  const double* scale;
  const int *cell, *problem;
  const CellTerms* terms;
  const double *weight, *target, *clean_target;  // problem b at b * pitch * pitch
  Detail detail;
  Readings readings;
  const int* live;
  int live_count;
};

// float64 numbers that observing one replica needs.
RANKFALL_HD constexpr int probe_numbers(int factors, int pitch) {
  return (factors + workspace_matrices(factors) + 3) * pitch * pitch + pitch;
}

template <class Real, class Matrix>
RANKFALL_HD void write_readings(const ObserveJob<Real>& job, int r, const Observation<double>& seen, Matrix factors,
                                Matrix value) {
  const Readings& out = job.readings;
  out.loss[r] = seen.loss;
  out.objective[r] = seen.objective;
  out.unobserved_error[r] = seen.unobserved_error;
  out.representation_cost[r] = seen.representation_cost;
  out.frobenius_squared[r] = seen.frobenius_squared;
  if (job.detail.gradient_norm) out.gradient_norm[r] = seen.gradient_norm;
  if (job.detail.spectrum)
    for (int k = 0; k < out.singular_values; ++k) out.singular_value[k * out.stride + r] = value[k];
  if (!job.detail.balance) return;
  out.balancedness[r] = seen.balancedness;
  for (int l = 0; l < job.shape.factors; ++l)
    out.factor_norm[l * out.stride + r] =
        square_root(sum_of_squares<double>(factors + l * job.pitch * job.pitch, job.shape.width[l + 1],
                                           job.shape.width[l], job.pitch, 0.0));
}

template <class Real, class Matrix, Team T>
RANKFALL_FN void observe_replica(const T& team, const ObserveJob<Real>& job, int r, Matrix scratch) {
  const Shape& shape = job.shape;
  const int n = job.pitch * job.pitch, rows = shape.rows(), columns = shape.columns();
  for_each_index(team, probe_numbers(shape.factors, job.pitch), [&](int e) { scratch[e] = 0.0; });
  const Real* stored = job.factors + r;
  const double scale = job.scale[r];
  for_each_factor_entry(team, Pitch<0>{job.pitch}, shape, [&](int e, int dense) {
    scratch[e] = scale * static_cast<double>(stored[dense * job.stride]);
  });
  const Matrix workspace = scratch + shape.factors * n;
  const Matrix matrix = workspace + workspace_matrices(shape.factors) * n, columns_of_it = matrix + n;
  const Matrix gram = columns_of_it + n, value = gram + n;
  const std::int64_t first = static_cast<std::int64_t>(job.problem[r]) * n;
  const CellTerms& terms = job.terms[job.cell[r]];
  const Subject<double, Matrix, const double*> subject{&shape,
                                                       job.pitch,
                                                       scratch,
                                                       job.weight + first,
                                                       job.target + first,
                                                       job.clean_target + first,
                                                       terms.loss_scale,
                                                       terms.ridge};
  Observation<double> seen{};
  observe_losses(team, subject, workspace, matrix, seen);
  if (job.detail.spectrum) matrix_spectrum<double>(team, rows, columns, job.pitch, matrix, columns_of_it, value);
  if (job.detail.gradient_norm) seen.gradient_norm = gradient_norm(team, subject, workspace, gram);
  if (job.detail.balance) seen.balancedness = balancedness(team, subject, gram);
  if (team.rank() == 0) write_readings(job, r, seen, scratch, value);
  team.sync();
}

}  // namespace rankfall::kernels
