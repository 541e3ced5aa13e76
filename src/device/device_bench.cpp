#include "device/device_bench.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "bench/workload.hpp"
#include "device/device_backend.hpp"
#include "device/device_workload.hpp"
#include "store/atomic_file.hpp"

namespace rankfall {

namespace {

constexpr double sample_seconds = 0.05;
constexpr std::size_t most_measured = std::size_t{1} << 20;

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2), values.end());
  return values[values.size() / 2];
}

// Seconds of a multiply-add of the whole device.
template <class Real>
double peak_sample(const Device& device) {
  constexpr std::int64_t rounds = 20000;
  double multiply_adds = 0.0;
  DeviceArray<Real> sink(device, 1 << 20);
  const auto run = [&] {
    const auto begin = std::chrono::steady_clock::now();
    device.require(kernels::launch_peak(sink.data(), static_cast<int>(sink.size()), rounds, device.limits().multiprocessors,
                                        multiply_adds, device.queue()));
    device.wait();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  };
  run();
  return run() / multiply_adds;
}

template <class Real>
std::uint64_t cpu_checksum(const BenchCase& subject) {
  return Workload<Real>(subject).checksum();
}

template <class Real>
BenchResult measure_case(const Device& device, const BenchCase& subject, const DeviceBenchOptions& options) {
  const Factorization model = bench_experiment(subject).cells.front().model;
  const Loop loop = subject.operation == Operation::sgd_step ? Loop::single_entry_sgd : Loop::gradient_descent;
  const auto placement = placement_of(options.placement);
  const auto resident = static_cast<std::size_t>(plan_advance<Real>(device.limits(), model, loop, placement).resident);
  const std::size_t replicas =
      std::max<std::size_t>(16, options.replicas > 0 ? static_cast<std::size_t>(options.replicas)
                                                     : std::min(4 * resident, most_measured));
  DeviceWorkload<Real> workload(device, subject, replicas, placement);
  BenchResult result;
  result.kernel = workload.description();
  result.subject = subject;
  result.replicas = static_cast<int>(replicas);
  result.samples = options.samples;
  result.checksum = workload.checksum();
  if (result.checksum != cpu_checksum<Real>(subject))
    throw std::runtime_error(fmt::format("{} d={} L={} {}: the device's bits are not the CPU's", operation_name(subject.operation),
                                         subject.dimension, subject.depth, precision_name(subject.precision)));
  const std::int64_t few = is_reading(subject.operation) ? 1 : 8;
  const double step = workload.seconds(few) / static_cast<double>(few);
  const auto steps = std::clamp<std::int64_t>(static_cast<std::int64_t>(sample_seconds / step), few, 1000000);
  std::vector<double> work, peak;
  for (int k = 0; k < options.samples; ++k) {
    work.push_back(workload.seconds(steps) / (static_cast<double>(steps) * static_cast<double>(replicas)));
    peak.push_back(peak_sample<Real>(device));
  }
  const double seconds = median(work), multiply_add = median(peak);
  result.replica_steps_per_second = result.median_replica_steps_per_second = 1.0 / seconds;
  result.nanoseconds = seconds * 1e9;
  result.useful_gflops = useful_flops(subject) / seconds * 1e-9;
  result.peak_gflops = 2e-9 / multiply_add;
  result.fraction_of_peak = result.median_fraction_of_peak = useful_flops(subject) / 2.0 * multiply_add / seconds;
  return result;
}

}  // namespace

BenchReport run_device_bench(const BenchOptions& options, const DeviceBenchOptions& chosen, const Provenance& build,
                             const std::function<void(const std::string&)>& print) {
  const std::vector<BenchCase> cases = chosen_cases(options);
  placement_of(chosen.placement);  // or one clear line, as here
  make_device_backend({chosen.device});
  const Device device(chosen.device);
  BenchReport report;
  report.device = device.name();
  print(fmt::format("{}: multiply-add peak {:.1f} TFLOP/s float32, {:.1f} TFLOP/s float64; medians of {} samples", device.name(),
                    2e-12 / peak_sample<float>(device), 2e-12 / peak_sample<double>(device), chosen.samples));
  print(bench_heading());
  for (const BenchCase& subject : cases) {
    report.rows.push_back(subject.precision == Precision::float32 ? measure_case<float>(device, subject, chosen)
                                                                  : measure_case<double>(device, subject, chosen));
    print(bench_line(report.rows.back()));
  }
  report.checksum = hash_report(report);
  if (!options.json_path.empty()) write_atomically(options.json_path, bench_json(report, options, build));
  print(fmt::format("checksum {:016x}", report.checksum));
  return report;
}

}  // namespace rankfall
