#pragma once
// The work that is timed: a full register of replicas, driven as a run drives it (LaneGroup, Observer).
#include <cstddef>
#include <cstdint>
#include <vector>

#include "backend/lane_group.hpp"
#include "backend/observer.hpp"
#include "bench/bench_case.hpp"

namespace rankfall {

// FNV-1a over bytes, continued from an earlier value.
inline constexpr std::uint64_t fnv_start = 0xCBF29CE484222325ull;
std::uint64_t fnv_1a(const void* data, std::size_t bytes, std::uint64_t hash);

// The experiment of a case: one cell, one phase.
Experiment bench_experiment(const BenchCase& subject);

// A replica of it before its first step.
template <class Real>
ReplicaState<Real> bench_start(const Experiment& experiment, std::int64_t replica);

template <class Real>
class Workload {
 public:
  static constexpr int lanes = LaneGroup<Real>::lanes;
  static constexpr int replicas = 16;  // what a checksum covers

  // Throws std::runtime_error unless all numbers are finite, and equal bit for bit to those of scalar kernels.
  explicit Workload(const BenchCase& subject);

  // Replicas 0 .. lanes - 1 at their start. To be called before every sample: then each computes the same numbers, and
  // none drifts to a fixed point or to denormal numbers however long the measurement takes.
  void restart() { restart(0); }
  // Seconds of `count` steps, or probes, per replica and step.
  double timed(std::int64_t count);

  // FNV-1a over the bits of replicas 0 .. 15 after 24 steps: their factors and scales, or what a probe reads. It
  // depends neither on the timing nor on the number of lanes: the same on every machine.
  std::uint64_t checksum();

 private:
  void restart(int first);              // replicas first .. first + lanes - 1 at their start
  void advance(std::int64_t count);
  std::vector<double> numbers(int lane) const;  // all that the operation has left in a lane
  void verify();

  BenchCase subject_;
  Experiment experiment_;
  ProblemInstance problem_;
  std::vector<ReplicaState<Real>> starts_;
  LaneGroup<Real> group_;
  Observer<Real> observer_;
  std::vector<WantedRank> wanted_;            // of every lane
};

extern template class Workload<float>;
extern template class Workload<double>;

}  // namespace rankfall
