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
  int pitch;                // of the problems' matrices, and of the kernel
  std::int64_t stride;
  const Real* factors;      // dense, as in AdvanceJob
  const double* scale;
  const int *cell, *problem;
  const CellTerms* terms;
  const double *weight, *target, *clean_target;  // problem b at b * pitch * pitch
  const double *measurement, *measured;          // of a MeasuredLoss: problem b from number measurement_begin[b] on
  const std::int64_t* measurement_begin;
  const Word* measurement_count;
  Detail detail;
  Readings readings;
  const int* live;
  int live_count;
};

// Where the float64 numbers of one observation begin: factors from 0 on, then what `detail` asks for.
struct ProbeLayout {
  int workspace;  // prefix products; where a gradient is asked for also the adjoints
  int matrix;     // W
  int columns;    // W by columns, which rotations destroy: over the workspace if that is not needed any more
  int gram;       // a layer's gradient, or the Gram matrix of its sides
  int value;      // singular values
  int numbers;    // in all
};
RANKFALL_HD constexpr ProbeLayout probe_layout(int factors, int pitch, const Detail& detail) {
  const int n = pitch * pitch, prefixes = factors > 2 ? factors - 2 : 0;
  const int workspace = detail.gradient_norm ? workspace_matrices(factors) : prefixes;
  ProbeLayout layout{};
  layout.workspace = factors * n;
  layout.matrix = layout.workspace + workspace * n;
  int end = layout.matrix + n;
  layout.columns = workspace > 0 ? layout.workspace : end;
  if (detail.spectrum && workspace == 0) end += n;
  layout.gram = end;
  if (detail.gradient_norm || detail.balance) end += n;
  layout.value = end;
  layout.numbers = end + (detail.spectrum ? pitch : 0);
  return layout;
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

// The measurements of a replica's problem.
template <class Real>
RANKFALL_HD EntryList<double> measured_by(const ObserveJob<Real>& job, int r, int size) {
  const int b = job.problem[r];
  const std::int64_t begin = job.measurement_begin[b];
  return {nullptr, job.measured + begin, nullptr, job.measurement_count[b], 1, 0, job.measurement + begin * size};
}

template <class Loss, class Real, class Matrix, int D, Team T>
RANKFALL_FN void observe_replica(const T& team, Pitch<D> pitch, const ObserveJob<Real>& job, int r, Matrix scratch) {
  const Shape& shape = job.shape;
  const int p = pitch.value(), rows = shape.rows(), columns = shape.columns();
  const ProbeLayout at = probe_layout(shape.factors, p, job.detail);
  for_each_index(team, at.numbers, [&](int e) { scratch[e] = 0.0; });
  const Real* stored = job.factors + r;
  const double scale = job.scale[r];
  for_each_factor_entry(team, pitch, shape, [&](int e, int dense) {
    scratch[e] = scale * static_cast<double>(stored[dense * job.stride]);
  });
  const Matrix workspace = scratch + at.workspace, matrix = scratch + at.matrix, gram = scratch + at.gram;
  const Matrix value = scratch + at.value;
  const std::int64_t first = static_cast<std::int64_t>(job.problem[r]) * p * p;
  const CellTerms& terms = job.terms[job.cell[r]];
  Subject<double, Matrix, const double*, D> subject{&shape,
                                                    pitch,
                                                    scratch,
                                                    job.weight + first,
                                                    job.target + first,
                                                    job.clean_target + first,
                                                    terms.loss_scale,
                                                    terms.ridge};
  if constexpr (std::is_same_v<Loss, MeasuredLoss>) subject.measured = measured_by(job, r, rows * columns);
  Observation<double> seen{};
  observe_losses<Loss>(team, subject, workspace, matrix, seen);
  if (job.detail.gradient_norm) seen.gradient_norm = gradient_norm<Loss>(team, subject, workspace, gram);
  if (job.detail.balance) seen.balancedness = balancedness(team, subject, gram);
  if (job.detail.spectrum)
    matrix_spectrum<double>(team, rows, columns, p, matrix, scratch + at.columns, value);
  if (team.rank() == 0) write_readings(job, r, seen, scratch, value);
  team.sync();
}

}  // namespace rankfall::kernels
