// google-benchmark of the GD step, the SGD step and the probe on one core:
//   rankfall_bench_steps --benchmark_filter='gd/float32/L:3/.*'
// Time is that of one work sample; the counters say what it means.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "bench/measure.hpp"

namespace rankfall {
namespace {

void run_case(benchmark::State& state, const BenchCase& subject) {
  Sampler sampler(subject);
  const double per_sample = static_cast<double>(sampler.steps_per_sample()) * sampler.replicas();
  std::vector<SamplePair> samples;
  for ([[maybe_unused]] auto iteration : state) {
    samples.push_back(sampler.take());
    state.SetIterationTime(samples.back().work * per_sample);
  }
  const BenchResult result = sampler.summarize(samples);
  const bool probe = subject.operation == Operation::probe;
  state.counters[probe ? "replica-probes/s" : "replica-steps/s"] = result.replica_steps_per_second;
  if (probe) return;
  state.counters["GFLOP/s"] = result.useful_gflops;
  state.counters["peak"] = result.fraction_of_peak;
  state.counters["peak_median"] = result.median_fraction_of_peak;
}

}  // namespace
}  // namespace rankfall

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  for (const rankfall::BenchCase& subject : rankfall::cases_of_class("L")) {
    const std::string name = std::string(rankfall::operation_name(subject.operation)) + "/" +
                             std::string(rankfall::precision_name(subject.precision)) +
                             "/L:" + std::to_string(subject.depth) + "/d:" + std::to_string(subject.dimension);
    benchmark::RegisterBenchmark(name.c_str(), rankfall::run_case, subject)
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
