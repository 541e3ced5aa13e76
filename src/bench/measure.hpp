#pragma once
// Timing on a machine that others use too: many short samples of the work, each beside a sample of the peak.
#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "bench/workload.hpp"

namespace rankfall {

// Two neighbouring samples.
struct SamplePair {
  double work;  // seconds per replica-step (or probe)
  double peak;  // seconds per multiply-add of a lane
};

// A case ready to be timed; verified against scalar kernels (throws std::runtime_error if they disagree).
class Sampler {
 public:
  explicit Sampler(const BenchCase& subject);

  SamplePair take();
  std::int64_t steps_per_sample() const { return steps_; }  // about 0.2 ms of work, at least 1
  int replicas() const;
  BenchResult summarize(const std::vector<SamplePair>& samples) const;

 private:
  double timed(std::int64_t steps);

  BenchCase subject_;
  std::variant<std::unique_ptr<Workload<float>>, std::unique_ptr<Workload<double>>> workload_;
  std::uint64_t checksum_ = 0;
  std::int64_t steps_ = 1;
};

// Samples for about `seconds`, 3 pairs at least.
BenchResult measure(const BenchCase& subject, double seconds);

}  // namespace rankfall
