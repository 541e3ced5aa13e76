#pragma once
// Something that trains replicas.
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "rankfall/experiment.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

// A fixed block of replicas of one cell; what is written to disk at once. Its identity is (cell, first), never the slot.
struct WorkUnit {
  int cell = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

// The only interface with virtual functions. A replica's numbers do not depend on the backend, the units, or their order.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string name() const = 0;         // "cpu"
  virtual std::string description() const = 0;  // "cpu: 2 threads, 16 float32 lanes (avx512)"

  // Trains every replica of `units`; hands each finished unit to `deliver`, one call at a time, from any thread.
  // Returns early, between units, when `stop` is requested. trace_every > 0 records a trajectory point every that many
  // steps without moving any decision of the run (replay). Throws ConfigError, e.g. if a requirement is never met.
  virtual void train(const Experiment& experiment, std::span<const WorkUnit> units,
                     const std::function<void(ReplicaResults&&)>& deliver, std::stop_token stop,
                     std::int64_t trace_every = 0) = 0;
};

}  // namespace rankfall
