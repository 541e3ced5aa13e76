#include "bench/workload.hpp"

#include <bit>
#include <chrono>
#include <cmath>
#include <stdexcept>

#include "backend/replica_run.hpp"
#include "bench/scalar_run.hpp"

namespace rankfall {

namespace {

constexpr std::int64_t checksum_steps = 24, verified_steps = 6;

std::string describe(const BenchCase& subject) {
  return std::string(operation_name(subject.operation)) + " d=" + std::to_string(subject.dimension) +
         " L=" + std::to_string(subject.depth) + " " + std::string(precision_name(subject.precision));
}

}  // namespace

std::uint64_t fnv_1a(const void* data, std::size_t bytes, std::uint64_t hash) {
  const auto* byte = static_cast<const unsigned char*>(data);
  for (std::size_t k = 0; k < bytes; ++k) hash = (hash ^ byte[k]) * 0x100000001B3ull;
  return hash;
}

Experiment bench_experiment(const BenchCase& subject) {
  const int d = subject.dimension;
  Experiment experiment;
  experiment.name = "bench";
  experiment.seed = 20;
  experiment.precision = subject.precision;
  Cell cell;
  cell.problem.rows = cell.problem.columns = d;
  cell.problem.observed.pattern = ObservationPattern::random;
  cell.problem.observed.count = std::lround(0.4 * d * d);
  cell.problem.instance_seed = 3;
  cell.model.depth = subject.depth;
  cell.model.widths.assign(static_cast<std::size_t>(subject.depth) + 1, d);
  cell.initialization.scale = 1.0 / std::sqrt(static_cast<double>(d));
  const bool sgd = subject.operation == Operation::sgd_step;
  PhaseSpec phase;
  phase.name = "bench";
  phase.optimizer = sgd ? Optimizer::sgd : Optimizer::gradient_descent;
  phase.learning_rate = sgd ? 0.001 : 0.01;
  phase.ridge = 0.01;
  phase.steps = 1;
  cell.phases.push_back(phase);
  experiment.cells.push_back(cell);
  return experiment;
}

template <class Real>
ReplicaState<Real> bench_start(const Experiment& experiment, std::int64_t replica) {
  ReplicaState<Real> start;
  for (const auto& factor : draw_factors(experiment, experiment.cells.front(), replica, 0).factor)
    for (const double w : factor) start.factors.push_back(static_cast<Real>(w));
  return start;
}

template ReplicaState<float> bench_start(const Experiment&, std::int64_t);
template ReplicaState<double> bench_start(const Experiment&, std::int64_t);

template <class Real>
Workload<Real>::Workload(const BenchCase& subject)
    : subject_(subject),
      experiment_(bench_experiment(subject)),
      problem_(draw_problem(experiment_, experiment_.cells.front(), 0)),
      group_(experiment_.cells.front().model),
      observer_(experiment_.cells.front().model) {
  static_assert(replicas % lanes == 0);
  const Cell& cell = experiment_.cells.front();
  const PhaseSpec& phase = cell.phases.front();
  const ObservedData& data = problem_.phase.front();
  group_.open_phase(phase, data);
  observer_.set_data(data, problem_.target);
  observer_.set_objective(loss_scale(phase, data.entries.size()), phase.ridge);
  for (int lane = 0; lane < lanes; ++lane) wanted_.push_back({lane, rank_tolerance(experiment_.cells.front().probe, problem_, 0)});
  for (int replica = 0; replica < replicas; ++replica) starts_.push_back(bench_start<Real>(experiment_, replica));
  verify();
}

template <class Real>
void Workload<Real>::restart(int first) {
  const Cell& cell = experiment_.cells.front();
  const PhaseSpec& phase = cell.phases.front();
  for (int lane = 0; lane < lanes; ++lane)
    group_.load(lane, starts_[static_cast<std::size_t>(first) + lane],
                {draw_source(experiment_, cell, first + lane, kernels::Stream::sampling, 0, 0), 0, phase.learning_rate,
                 phase.ridge});
}

template <class Real>
void Workload<Real>::advance(std::int64_t count) {
  if (!is_reading(subject_.operation)) {
    group_.advance(count);
    return;
  }
  const Detail detail = subject_.operation == Operation::rank ? Detail::rank : Detail::spectrum;
  for (std::int64_t k = 0; k < count; ++k) observer_.observe(group_, detail, wanted_);
}

template <class Real>
double Workload<Real>::timed(std::int64_t count) {
  const auto begin = std::chrono::steady_clock::now();
  advance(count);
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  return time.count() / (static_cast<double>(count) * lanes);
}

template <class Real>
std::vector<double> Workload<Real>::numbers(int lane) const {
  if (is_reading(subject_.operation)) {
    const LaneReading reading = observer_.reading(lane);
    std::vector<double> read{reading.loss, reading.objective, reading.unobserved_error, reading.representation_cost,
                             reading.frobenius_squared};
    if (subject_.operation == Operation::rank) read.push_back(observer_.rank(lane));
    else read.insert(read.end(), reading.singular_values.begin(), reading.singular_values.end());
    return read;
  }
  ReplicaState<Real> state;
  group_.store(lane, state);
  std::vector<double> left(state.factors.begin(), state.factors.end());
  left.push_back(state.scale);
  return left;
}

template <class Real>
std::uint64_t Workload<Real>::checksum() {
  std::uint64_t hash = fnv_start;
  for (int first = 0; first < replicas; first += lanes) {
    restart(first);
    advance(is_reading(subject_.operation) ? 1 : checksum_steps);
    for (int lane = 0; lane < lanes; ++lane) {
      const std::vector<double> left = numbers(lane);
      hash = fnv_1a(left.data(), left.size() * sizeof(double), hash);
    }
  }
  return hash;
}

template <class Real>
void Workload<Real>::verify() {
  restart(0);
  advance(is_reading(subject_.operation) ? 1 : verified_steps);
  const int lane = lanes - 1;
  const std::vector<double> left = numbers(lane);
  const std::vector<double> expected = scalar_numbers(subject_.operation, experiment_, problem_,
                                                      starts_[static_cast<std::size_t>(lane)], lane, verified_steps);
  for (std::size_t k = 0; k < left.size(); ++k) {
    if (!std::isfinite(left[k])) throw std::runtime_error(describe(subject_) + ": a number that is not finite");
    if (std::bit_cast<std::uint64_t>(left[k]) != std::bit_cast<std::uint64_t>(expected[k]))
      throw std::runtime_error(describe(subject_) + ": a lane differs from the scalar kernels");
  }
}

template class Workload<float>;
template class Workload<double>;

}  // namespace rankfall
