#pragma once
// The work units of one run on disk: finished ones, and those under way.
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <span>
#include <vector>

#include "rankfall/backend.hpp"
#include "run/goals.hpp"
#include "run/result_directory.hpp"

namespace rankfall {

// All functions may be called by several threads at once.
class UnitLedger {
 public:
  UnitLedger(const ResultDirectory& directory, const Experiment& experiment)
      : directory_(directory), experiment_(experiment) {}

  // Those of `units` that are not on disk. A file that cannot be trusted is told once on standard error, and its unit
  // is missing.
  std::vector<WorkUnit> missing(std::span<const WorkUnit> units);
  std::optional<ReplicaResults> results_of(const Cell& cell, std::int64_t replicas);

  // Throws StoreError.
  void finish(const ReplicaResults& results);
  void keep(const WorkUnit& unit, const std::string& state);
  std::optional<std::string> recall(const WorkUnit& unit);

  // Replicas of each cell that this process is training.
  std::map<int, std::int64_t> running() const;
  // All units are there: no checkpoint is of any more use.
  void forget_checkpoints() const;

 private:
  bool has(const WorkUnit& unit);

  ResultDirectory directory_;
  const Experiment& experiment_;
  mutable std::mutex mutex_;
  std::set<std::tuple<int, std::int64_t, std::int64_t>> finished_, told_;
  std::map<std::pair<int, std::int64_t>, std::int64_t> running_;  // replicas of a unit
};

}  // namespace rankfall
