#include "bench/measure.hpp"

#include <algorithm>
#include <chrono>

#include "bench/peak.hpp"

namespace rankfall {

namespace {

constexpr double sample_seconds = 2e-4;
constexpr std::int64_t fewest_sgd_steps = 200;  // a probe interval; the layout of the factors changes at either end
constexpr int fewest_samples = 3;

// The value below which that part of them lies; the smallest of a few.
double quantile(std::vector<double> values, double part) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(values.size()));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

}  // namespace

Sampler::Sampler(const BenchCase& subject) : subject_(subject) {
  if (subject.precision == Precision::float32)
    workload_ = std::make_unique<Workload<float>>(subject);
  else
    workload_ = std::make_unique<Workload<double>>(subject);
  std::visit([&](const auto& workload) { checksum_ = workload->checksum(); }, workload_);
  double step = timed(1);
  for (int trial = 0; trial < 4; ++trial) step = std::min(step, timed(std::min<std::int64_t>(steps_ *= 2, 16)));
  const std::int64_t fewest = subject.operation == Operation::sgd_step ? fewest_sgd_steps : 1;
  steps_ = std::clamp<std::int64_t>(static_cast<std::int64_t>(sample_seconds / (step * replicas())), fewest, 100000);
}

int Sampler::replicas() const {
  return std::visit([](const auto& workload) { return workload->lanes; }, workload_);
}

double Sampler::timed(std::int64_t steps) {
  return std::visit([&](const auto& workload) { return workload->timed(steps); }, workload_);
}

SamplePair Sampler::take() {
  const auto sample = subject_.precision == Precision::float32 ? peak_sample<float> : peak_sample<double>;
  std::visit([](const auto& workload) { workload->restart(); }, workload_);
  const double work = timed(steps_);
  return {work, sample()};  // in this order: after the scalar code of restart() the clock is higher for a moment
}

BenchResult Sampler::summarize(const std::vector<SamplePair>& samples) const {
  std::vector<double> work, peak, ratio;
  for (const SamplePair& pair : samples) {
    work.push_back(pair.work);
    peak.push_back(pair.peak);
    ratio.push_back(pair.peak / pair.work);
  }
  // The fastest twentieth, not the very fastest: a lone sample may have met a higher clock than the others.
  const double best = quantile(work, 0.05), best_peak = quantile(peak, 0.05);
  const double multiply_adds = useful_flops(subject_) / 2.0;
  BenchResult result;
  result.subject = subject_;
  result.nanoseconds = best * 1e9;
  result.replica_steps_per_second = 1.0 / best;
  result.median_replica_steps_per_second = 1.0 / quantile(work, 0.5);
  result.useful_gflops = useful_flops(subject_) / best * 1e-9;
  result.peak_gflops = 2e-9 / best_peak;
  result.fraction_of_peak = multiply_adds * best_peak / best;
  result.median_fraction_of_peak = multiply_adds * quantile(ratio, 0.5);
  result.checksum = checksum_;
  result.replicas = replicas();
  result.samples = static_cast<int>(samples.size());
  return result;
}

BenchResult measure(const BenchCase& subject, double seconds) {
  Sampler sampler(subject);
  std::vector<SamplePair> samples;
  const auto begin = std::chrono::steady_clock::now();
  const auto elapsed = [&] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  while (static_cast<int>(samples.size()) < fewest_samples || elapsed() < seconds) samples.push_back(sampler.take());
  return sampler.summarize(samples);
}

}  // namespace rankfall
