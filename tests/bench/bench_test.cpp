// The benchmark's engine: what it computes must not depend on how it is timed. Nothing here looks at a clock's reading.
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/measure.hpp"
#include "bench/peak.hpp"
#include "bench/report.hpp"
#include "rankfall/error.hpp"

namespace rankfall {
namespace {

std::vector<BenchCase> tiny_cases() {
  std::vector<BenchCase> cases;
  for (const Operation operation : {Operation::gd_step, Operation::sgd_step, Operation::probe, Operation::rank})
    for (const Precision precision : {Precision::float32, Precision::float64})
      for (const int dimension : {2, 9}) cases.push_back({operation, dimension, 3, precision});
  return cases;
}

TEST(Bench, ChecksumDoesNotDependOnTheSampleCount) {
  for (const BenchCase& subject : tiny_cases()) {
    Sampler few(subject), many(subject);
    std::vector<SamplePair> samples{few.take()};
    const BenchResult one = few.summarize(samples);
    for (int k = 0; k < 5; ++k) samples.push_back(many.take());
    EXPECT_EQ(one.checksum, many.summarize(samples).checksum) << bench_line(one);
  }
}

TEST(Bench, ChecksumAfterTimingIsTheOneBefore) {
  Workload<float> work({Operation::sgd_step, 9, 3, Precision::float32});
  const std::uint64_t before = work.checksum();
  work.timed(37);
  EXPECT_EQ(work.checksum(), before);
}

TEST(Bench, ChecksumTellsCasesApart) {
  std::vector<std::uint64_t> seen;
  for (const BenchCase& subject : tiny_cases()) seen.push_back(Sampler(subject).summarize({{1.0, 1.0}}).checksum);
  std::sort(seen.begin(), seen.end());
  EXPECT_EQ(std::adjacent_find(seen.begin(), seen.end()), seen.end());
}

TEST(Bench, ChecksumIsFnv1a) {  // the published test vectors of Fowler, Noll and Vo
  EXPECT_EQ(fnv_1a("", 0, fnv_start), 0xCBF29CE484222325ull);
  EXPECT_EQ(fnv_1a("a", 1, fnv_start), 0xAF63DC4C8601EC8Cull);
  EXPECT_EQ(fnv_1a("foobar", 6, fnv_start), 0x85944171F73967E8ull);
}

TEST(Bench, FractionsFollowFromTheSamples) {
  const Sampler sampler({Operation::gd_step, 4, 3, Precision::float32});
  // 6 (L-1) d^3 = 768 operations, 384 multiply-adds. Best work 768 ns against best peak 1 ns: half of the peak.
  const BenchResult result = sampler.summarize({{1000e-9, 1e-9}, {768e-9, 2e-9}, {1536e-9, 1e-9}});
  EXPECT_DOUBLE_EQ(result.fraction_of_peak, 0.5);
  EXPECT_DOUBLE_EQ(result.useful_gflops, 1.0);
  EXPECT_DOUBLE_EQ(result.peak_gflops, 2.0);
  EXPECT_DOUBLE_EQ(result.median_fraction_of_peak, 384e-9 / 1000e-9);
  EXPECT_EQ(result.samples, 3);
}

TEST(Bench, UsefulOperationsCountTheMinimalAlgorithm) {
  EXPECT_EQ(useful_flops({Operation::gd_step, 10, 3, Precision::float32}), 12000.0);
  EXPECT_EQ(useful_flops({Operation::sgd_step, 10, 3, Precision::float32}), 680.0);
  EXPECT_EQ(useful_flops({Operation::sgd_step, 10, 2, Precision::float32}), 80.0);
}

TEST(Bench, PeakIsATime) {
  EXPECT_GT(peak_sample<float>(), 0.0);
  EXPECT_GT(peak_sample<double>(), 0.0);
}

TEST(Bench, UnknownClassIsRefusedBeforeMeasuring) {
  int lines = 0;
  EXPECT_THROW(run_bench({"XL", ""}, Provenance{}, [&](const std::string&) { ++lines; }), ConfigError);
  EXPECT_EQ(lines, 0);
}

TEST(ThreadsBench, ScalingChecksumIsTheSameTwice) {
  EXPECT_EQ(measure_scaling({1}, 1, 60).checksum, measure_scaling({2, 1}, 1, 60).checksum);
}

}  // namespace
}  // namespace rankfall
