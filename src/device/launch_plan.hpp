#pragma once
// Which form of a kernel trains replicas of a model on a device, and with how many threads: the size classes.
#include <optional>
#include <string>

#include "kernels/launch.hpp"
#include "rankfall/factorization.hpp"

namespace rankfall {

// The training loops of the kernels: on entries, then on measurements.
enum class Loop {
  gradient_descent, single_entry_sgd, small_batch_sgd, batch_sgd, gradient_flow, memory_descent,
  sensing_descent, sensing_sgd, sensing_flow
};

// A compiled loop and how to launch it.
template <class Real>
struct AdvancePlan {
  typename kernels::AdvanceLaunchers<Real>::Launch launch = nullptr;
  int bucket = 0;
  int pitch = 0;
  kernels::LaunchShape shape{};
  std::size_t scratch_bytes = 0;  // placement memory: of device memory
  int resident = 0;               // replicas on chip at once

  std::string description() const;  // "thread per replica, d <= 10, 96 replicas per multiprocessor"
};

// The class with the least estimated time per step of a replica; `forced` takes the best within one placement and throws
// DeviceError if the model does not fit it.
//
// The rule: a multiprocessor holds `resident` replicas, limited by shared memory and threads, and t threads work on each.
// With w = resident * t / 32 warps, issue is busy a fraction min(1, w / 8) of the time (two warps per scheduler hide the
// latency of the fused multiply-add). A step costs padded^3 (padded^2 for a drawn entry) multiply-adds, spread over the
// threads that have a tile. Device memory in place of shared memory costs eight times as much, registers two fifths.
template <class Real>
AdvancePlan<Real> plan_advance(const kernels::DeviceLimits& limits, const Factorization& model, Loop loop,
                               std::optional<kernels::Placement> forced = std::nullopt);

// "thread", "team", "memory" or "registers"; none for "auto". Throws ConfigError for another word.
std::optional<kernels::Placement> placement_of(const std::string& word);

// How replicas are observed: up to 24 rows or columns a thread each, its matrices in interleaved shared memory where two
// warps per multiprocessor find room there, else in device memory; above that a block each.
template <class Real>
struct ProbePlan {
  kernels::ObserveLaunch<Real> launch = nullptr;
  int pitch = 0;
  kernels::LaunchShape shape{};
  std::size_t scratch_bytes = 0;  // of device memory
};
enum class Seen { entries, measurements };  // by the loss
template <class Real>
ProbePlan<Real> plan_probe(const kernels::DeviceLimits& limits, const Factorization& model, kernels::Detail detail,
                           Seen seen = Seen::entries);

}  // namespace rankfall
