#pragma once
// The work of a bench case on a device: many replicas, driven as a wave drives them.
#include "bench/bench_case.hpp"
#include "device/wave_memory.hpp"

namespace rankfall {

template <class Real>
class DeviceWorkload {
 public:
  // `replicas` of them, the 16 of the CPU's workload again and again.
  DeviceWorkload(const Device& device, const BenchCase& subject, std::size_t replicas,
                 std::optional<kernels::Placement> placement);

  // Seconds of one launch of `steps` steps (or that many probes) of all replicas, from their start.
  double seconds(std::int64_t steps);
  // As Workload::checksum: equal to the CPU's where the bits are.
  std::uint64_t checksum();
  std::string description() const;
  std::size_t replicas() const { return replicas_; }

 private:
  void restart(std::int64_t steps);
  void advance(std::int64_t steps);

  const Device& device_;
  BenchCase subject_;
  std::size_t replicas_;
  Experiment experiment_;
  ProblemInstance problem_;
  AdvancePlan<Real> plan_;
  ProbePlan<Real> probe_plan_;
  WaveMemory<Real> memory_;
  ProblemMemory<Real> table_;
  ObservedMemory observed_;
  DeviceArray<kernels::CellTerms> terms_;
  DeviceArray<unsigned char> probe_scratch_, scratch_;
  std::vector<Real> start_;                    // of all replicas, entry by entry
};

extern template class DeviceWorkload<float>;
extern template class DeviceWorkload<double>;

}  // namespace rankfall
