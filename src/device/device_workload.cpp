#include "device/device_workload.hpp"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "bench/workload.hpp"

namespace rankfall {

namespace {

constexpr std::size_t distinct = 16;  // starts, as many as the CPU's workload has
constexpr std::int64_t checksum_steps = 24;
constexpr kernels::Detail read{true, false, false};  // what a probe reads to decide

Loop loop_of(Operation operation) {
  return operation == Operation::sgd_step ? Loop::single_entry_sgd : Loop::gradient_descent;
}

std::vector<kernels::CellTerms> terms_of(const Cell& cell, const ProblemInstance& problem) {
  return {cell_terms(cell.phases.front(), cell.probe, problem.phase.front().count())};
}

double count_above(const std::vector<double>& values, double tolerance) {
  return static_cast<double>(std::count_if(values.begin(), values.end(), [&](double s) { return s > tolerance; }));
}

}  // namespace

template <class Real>
DeviceWorkload<Real>::DeviceWorkload(const Device& device, const BenchCase& subject, std::size_t replicas,
                                     std::optional<kernels::Placement> placement)
    : device_(device),
      subject_(subject),
      replicas_(replicas),
      experiment_(bench_experiment(subject)),
      problem_(draw_problem(experiment_, experiment_.cells.front(), 0)),
      plan_(plan_advance<Real>(device.limits(), experiment_.cells.front().model, loop_of(subject.operation), placement)),
      probe_plan_(plan_probe<Real>(device.limits(), experiment_.cells.front().model, read)),
      memory_(device, experiment_.cells.front().model, replicas, 0, 0),
      table_(device, experiment_.cells.front().model, plan_.pitch, {&problem_.phase.front()}),
      observed_(device, experiment_.cells.front().model, probe_plan_.pitch, {&problem_}, 0),
      terms_(on_device(device, terms_of(experiment_.cells.front(), problem_))),
      probe_scratch_(device, probe_plan_.scratch_bytes),
      scratch_(device, plan_.scratch_bytes) {
  const Cell& cell = experiment_.cells.front();
  std::vector<std::vector<double>> starts;
  for (std::size_t r = 0; r < distinct; ++r) {
    starts.emplace_back();
    for (const auto& factor : draw_factors(experiment_, cell, static_cast<std::int64_t>(r), 0).factor)
      starts.back().insert(starts.back().end(), factor.begin(), factor.end());
  }
  const std::size_t entries = starts.front().size();
  start_.resize(entries * replicas);
  std::vector<kernels::RandomSource<kernels::Word>> source;
  for (std::size_t r = 0; r < replicas; ++r) {
    for (std::size_t e = 0; e < entries; ++e) start_[e * replicas + r] = static_cast<Real>(starts[r % distinct][e]);
    source.push_back(draw_source(experiment_, cell, static_cast<std::int64_t>(r % distinct), kernels::Stream::sampling, 0, 0));
  }
  std::vector<int> all(replicas), zero(replicas, 0);
  std::iota(all.begin(), all.end(), 0);
  memory_.source.upload(source);
  memory_.live.upload(all);
  memory_.cell.upload(zero);
  memory_.problem.upload(zero);
  device.wait();
}

template <class Real>
void DeviceWorkload<Real>::restart(std::int64_t steps) {
  const kernels::CellTerms terms = terms_of(experiment_.cells.front(), problem_).front();
  const kernels::StepRates rates = kernels::step_rates(terms.learning_rate, terms.ridge, terms.gradient_scale);
  const std::vector<double> scale(replicas_, 1.0), decay(replicas_, rates.decay);
  const std::vector<Real> rate(replicas_, static_cast<Real>(rates.rate));
  const std::vector<std::int64_t> all_steps(replicas_, steps);
  const std::vector<std::uint64_t> draws(replicas_, 0);
  memory_.factors.upload(start_);
  memory_.scale.upload(scale);
  memory_.decay.upload(decay);
  memory_.rate.upload(rate);
  memory_.steps.upload(all_steps);
  memory_.draws.upload(draws);
  device_.wait();
}

template <class Real>
void DeviceWorkload<Real>::advance(std::int64_t steps) {
  const Factorization& model = experiment_.cells.front().model;
  const int count = static_cast<int>(replicas_);
  if (!is_reading(subject_.operation)) {  // both readings find the singular values here
    const auto job = memory_.advance_job(model, table_.table(), 1, kernels::Sampling::uniform, count);
    device_.require(plan_.launch(job, plan_.pitch, plan_.shape, scratch_.data(), device_.queue()));
    return;
  }
  for (std::int64_t k = 0; k < steps; ++k)
    device_.require(probe_plan_.launch(memory_.observe_job(model, observed_, terms_, read, count), probe_plan_.shape, probe_scratch_.data(), device_.queue()));
}

template <class Real>
double DeviceWorkload<Real>::seconds(std::int64_t steps) {
  restart(steps);
  const auto begin = std::chrono::steady_clock::now();
  advance(steps);
  device_.wait();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// The numbers of the first 16 replicas, in the order of Workload::numbers.
template <class Real>
std::uint64_t DeviceWorkload<Real>::checksum() {
  const bool probes = is_reading(subject_.operation);
  restart(probes ? 1 : checksum_steps);
  advance(probes ? 1 : checksum_steps);
  std::vector<Real> factors;
  std::vector<double> scale, scalar, values;
  memory_.factors.download(factors, 0, start_.size());
  memory_.scale.download(scale, 0, replicas_);
  memory_.readings.scalar.download(scalar, 0, memory_.readings.scalar.size());
  memory_.readings.singular_value.download(values, 0, memory_.readings.singular_value.size());
  device_.wait();
  const auto column = [&](auto& numbers, const auto& from, std::size_t r) {
    for (std::size_t k = r; k < from.size(); k += replicas_) numbers.push_back(static_cast<double>(from[k]));
  };
  std::uint64_t hash = fnv_start;
  for (std::size_t r = 0; r < distinct; ++r) {
    std::vector<double> numbers;
    if (probes) {
      for (std::size_t k : {0, 1, 2, 3, 6}) numbers.push_back(scalar[k * replicas_ + r]);
      std::vector<double> own;
      column(own, values, r);
      if (subject_.operation == Operation::probe) numbers.insert(numbers.end(), own.begin(), own.end());
      else numbers.push_back(count_above(own, rank_tolerance(experiment_.cells.front().probe, problem_, 0)));
    } else {
      column(numbers, factors, r);
      numbers.push_back(scale[r]);
    }
    hash = fnv_1a(numbers.data(), numbers.size() * sizeof(double), hash);
  }
  return hash;
}

template <class Real>
std::string DeviceWorkload<Real>::description() const {
  return is_reading(subject_.operation) ? "observation" : plan_.description();
}

template class DeviceWorkload<float>;
template class DeviceWorkload<double>;

}  // namespace rankfall
