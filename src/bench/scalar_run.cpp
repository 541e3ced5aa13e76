#include "bench/scalar_run.hpp"

#include <algorithm>

#include "backend/replica_run.hpp"
#include "kernels/observe.hpp"
#include "kernels/train.hpp"

namespace rankfall {

namespace {

// Dense rows x columns to a matrix of another pitch, zero beyond, and back.
template <class To, class From>
void spread(const From* dense, int rows, int columns, int pitch, To* out) {
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) out[i * pitch + j] = static_cast<To>(dense[i * columns + j]);
}

// Padded beyond what lanes are, so that the comparison shows padding to be harmless, too.
int scalar_pitch(int dimension) { return dimension / 8 * 8 + 8; }

template <class Real>
struct ScalarReplica {
  std::vector<Real> factors, weight, target, workspace, entry_target, entry_weight;
  std::vector<kernels::Word> position;
  kernels::Shape shape;
  double scale, decay;
  kernels::Trainee<Real> trainee{};

  ScalarReplica(const Cell& cell, const ObservedData& data, const ReplicaState<Real>& start)
      : shape(kernel_shape(cell.model)), scale(start.scale) {
    const int d = cell.problem.rows, pitch = scalar_pitch(d), layers = cell.model.factors();
    const std::size_t n = static_cast<std::size_t>(pitch) * pitch;
    const PhaseSpec& phase = cell.phases.front();
    factors.assign(n * layers, Real(0));
    weight.assign(n, Real(0));
    target.assign(n, Real(0));
    workspace.assign(n * kernels::training_workspace_matrices(layers), Real(0));
    for (int l = 0; l < layers; ++l) spread(start.factors.data() + l * d * d, d, d, pitch, factors.data() + l * n);
    spread(data.weight.data(), d, d, pitch, weight.data());
    spread(data.target.data(), d, d, pitch, target.data());
    for (const ObservedEntry& entry : data.entries) {
      position.push_back(static_cast<kernels::Word>(entry.row) << 16 | static_cast<kernels::Word>(entry.column));
      entry_target.push_back(static_cast<Real>(data.target[static_cast<std::size_t>(entry.row) * d + entry.column]));
      entry_weight.push_back(static_cast<Real>(entry.weight));
    }
    const std::size_t observed = data.entries.size();
    const kernels::StepRates rates =
        kernels::step_rates(phase.learning_rate, phase.ridge, gradient_scale(phase, observed));
    decay = rates.decay;
    trainee.shape = &shape;
    kernels::place_factors(trainee, factors.data(), pitch);
    trainee.scale = &scale;
    trainee.decay = &decay;
    trainee.rate = static_cast<Real>(rates.rate);
    trainee.weight = weight.data();
    trainee.target = target.data();
    trainee.workspace = workspace.data();
    trainee.draws.entries = {position.data(), entry_target.data(), entry_weight.data(),
                       static_cast<kernels::Word>(observed), 1, 0};
    trainee.draws.batch_size = 1;
    trainee.draws.sampling = kernels::Sampling::uniform;
  }
};

template <class Real>
std::vector<double> train_scalar(const Experiment& experiment, const ObservedData& data,
                                 const ReplicaState<Real>& start, std::int64_t replica, std::int64_t steps) {
  const Cell& cell = experiment.cells.front();
  const int d = cell.problem.rows, pitch = scalar_pitch(d);
  ScalarReplica<Real> run(cell, data, start);
  run.trainee.draws.source = draw_source(experiment, cell, replica, kernels::Stream::sampling, 0, 0);
  const kernels::Pitch<0> run_time_pitch{pitch};
  if (cell.phases.front().optimizer == Optimizer::sgd)
    kernels::train<kernels::SingleEntrySgd>(kernels::SerialTeam{}, run_time_pitch, run.trainee, steps);
  else
    kernels::train<kernels::GradientDescent>(kernels::SerialTeam{}, run_time_pitch, run.trainee, steps);
  std::vector<double> left;
  for (int l = 0; l < cell.model.factors(); ++l)
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < d; ++j) left.push_back(run.factors[(static_cast<std::size_t>(l) * pitch + i) * pitch + j]);
  left.push_back(run.scale);
  return left;
}

template <class Real>
std::vector<double> observe_scalar(Operation operation, const Experiment& experiment, const ProblemInstance& problem,
                                   const ReplicaState<Real>& start) {
  const Cell& cell = experiment.cells.front();
  const PhaseSpec& phase = cell.phases.front();
  const ObservedData& data = problem.phase.front();
  const int d = cell.problem.rows, pitch = scalar_pitch(d), layers = cell.model.factors();
  const std::size_t n = static_cast<std::size_t>(pitch) * pitch;
  std::vector<double> factors(n * layers), weight(n), target(n), clean(n), matrix(n);
  std::vector<double> values(static_cast<std::size_t>(d));
  std::vector<double> workspace(n * kernels::workspace_matrices(layers));
  for (int l = 0; l < layers; ++l) spread(start.factors.data() + l * d * d, d, d, pitch, factors.data() + l * n);
  spread(data.weight.data(), d, d, pitch, weight.data());
  spread(data.target.data(), d, d, pitch, target.data());
  spread(problem.target.data(), d, d, pitch, clean.data());
  const kernels::Shape shape = kernel_shape(cell.model);
  const kernels::Subject<double> subject{&shape,        {pitch},       factors.data(),
                                         weight.data(), target.data(), clean.data(),
                                         loss_scale(phase, data.entries.size()), phase.ridge};
  kernels::Observation<double> seen{};
  kernels::observe_losses(kernels::SerialTeam{}, subject, workspace.data(), matrix.data(), seen);
  std::vector<double> scratch(n);
  kernels::matrix_spectrum<double>(kernels::SerialTeam{}, d, d, pitch, matrix.data(), scratch.data(), values.data());
  std::vector<double> read{seen.loss, seen.objective, seen.unobserved_error, seen.representation_cost,
                           seen.frobenius_squared};
  if (operation == Operation::probe) {
    read.insert(read.end(), values.begin(), values.end());
    return read;
  }
  const double tolerance = rank_tolerance(cell.probe, problem, 0);
  read.push_back(static_cast<double>(std::count_if(values.begin(), values.end(), [&](double s) { return s > tolerance; })));
  return read;
}

}  // namespace

template <class Real>
std::vector<double> scalar_numbers(Operation operation, const Experiment& experiment, const ProblemInstance& problem,
                                   const ReplicaState<Real>& start, std::int64_t replica, std::int64_t steps) {
  if (is_reading(operation)) return observe_scalar(operation, experiment, problem, start);
  return train_scalar(experiment, problem.phase.front(), start, replica, steps);
}

template std::vector<double> scalar_numbers(Operation, const Experiment&, const ProblemInstance&,
                                            const ReplicaState<float>&, std::int64_t, std::int64_t);
template std::vector<double> scalar_numbers(Operation, const Experiment&, const ProblemInstance&,
                                            const ReplicaState<double>&, std::int64_t, std::int64_t);

}  // namespace rankfall
