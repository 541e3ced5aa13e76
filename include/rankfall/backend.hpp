#pragma once
// Something that trains replicas.
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "rankfall/census.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

// A fixed block of replicas of one cell; what is written to disk at once. Its identity is (cell, first), never the slot.
struct WorkUnit {
  int cell = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
  bool operator==(const WorkUnit&) const = default;
};

// What whoever runs a backend wants of it. All but `deliver` may be called by several threads at once.
struct Supervision {
  std::function<void(ReplicaResults&&)> deliver;         // a finished unit; one call at a time
  std::stop_token stop = {};                             // asks train() to return soon
  std::function<void(const Activity&)> note = {};        // what happened since the last call; at probes and in between,
  double note_every = 0.0;                               // at least so many seconds apart

  // What is under way is written down with `keep` every `keep_every` seconds and when train() is stopped: bytes that
  // `recall` must give back (nothing: the unit begins anew). Without them a stop waits for units under way.
  std::function<void(const WorkUnit&, const std::string&)> keep = {};
  std::function<std::optional<std::string>(const WorkUnit&)> recall = {};
  double keep_every = 180.0;

  // Where it is set units are handed over to it when they are trained, instead of their results to `deliver`: bytes that
  // `recall` takes, and the next leg of splitting begins from (backend/crowd.hpp).
  std::function<void(const WorkUnit&, std::string&&)> ended = {};

  std::int64_t trace_every = 0;  // > 0: a trajectory point every that many steps, which moves no decision (replay)
};

// The only interface with virtual functions. A replica's numbers do not depend on the backend, the units, or their order.
class Backend {
 public:
  virtual ~Backend() = default;
  virtual std::string name() const = 0;         // "cpu"
  virtual std::string description() const = 0;  // "cpu: 2 threads, 16 float32 lanes (avx512)"

  // Trains every replica of `units` and delivers each unit that is finished, in any order. Throws ConfigError, e.g. if a
  // requirement is never met.
  virtual void train(const Experiment& experiment, std::span<const WorkUnit> units, const Supervision& supervision) = 0;
};

}  // namespace rankfall
