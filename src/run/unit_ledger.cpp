#include "run/unit_ledger.hpp"

#include <fmt/core.h>

#include <filesystem>
#include <memory>
#include <memory>

#include "run/directory_lock.hpp"
#include "run/work_units.hpp"
#include "store/checkpoint_file.hpp"
#include "store/merge.hpp"
#include "store/unit_file.hpp"

namespace rankfall {

namespace {

std::tuple<int, std::int64_t, std::int64_t> key_of(const WorkUnit& unit) { return {unit.cell, unit.first, unit.count}; }

// One replica that stands for all is kept by every shard and rank at work on its cell, under one name.
std::unique_ptr<SetupLock> alone_if_shared(const ResultDirectory& directory, const WorkUnit& unit) {
  return unit.count == 1 ? std::make_unique<SetupLock>(directory.path) : nullptr;
}

}  // namespace

bool UnitLedger::has(const WorkUnit& unit) {
  {
    const std::lock_guard lock(mutex_);
    if (finished_.count(key_of(unit)) != 0) return true;
  }
  std::string reason;
  const bool trusted = read_unit(directory_.units(), experiment_.digest, unit, reason).has_value();
  const std::lock_guard lock(mutex_);
  if (trusted) finished_.insert(key_of(unit));
  if (!reason.empty() && told_.insert(key_of(unit)).second)
    fmt::print(stderr, "note: {} is trained again: {}\n", unit_name(unit), reason);
  return trusted;
}

std::vector<WorkUnit> UnitLedger::missing(std::span<const WorkUnit> units) {
  std::vector<WorkUnit> missing;
  for (const WorkUnit& unit : units)
    if (!has(unit)) missing.push_back(unit);
  return missing;
}

std::optional<ReplicaResults> UnitLedger::results_of(const Cell& cell, std::int64_t replicas) {
  ReplicaResults results = std::move(empty_results(experiment_)[static_cast<std::size_t>(cell.index)]);
  for (const WorkUnit& unit : cell_units(experiment_, cell, replicas)) {
    std::string reason;
    auto block = read_unit(directory_.units(), experiment_.digest, unit, reason);
    if (!block) return {};
    append(results, std::move(*block));
  }
  return results;
}

void UnitLedger::finish(const ReplicaResults& results) {
  const WorkUnit unit{results.cell, results.first, results.count};
  write_unit(directory_.units(), experiment_.digest, results);
  remove_checkpoint(directory_.checkpoints(), unit);
  const std::lock_guard lock(mutex_);
  finished_.insert(key_of(unit));
  running_.erase({unit.cell, unit.first});
}

void UnitLedger::keep(const WorkUnit& unit, const std::string& state) {
  const std::lock_guard lock(mutex_);  // what units share is kept by several threads, under one name
  const auto alone = alone_if_shared(directory_, unit);
  write_checkpoint(directory_.checkpoints(), experiment_.digest, unit, state);
}

std::optional<std::string> UnitLedger::recall(const WorkUnit& unit) {
  const std::lock_guard lock(mutex_);
  running_[{unit.cell, unit.first}] = unit.count;
  std::string reason;
  const auto alone = alone_if_shared(directory_, unit);
  auto state = read_checkpoint(directory_.checkpoints(), experiment_.digest, unit, reason);
  if (!reason.empty()) fmt::print(stderr, "note: {}\n", reason);
  return state;
}

std::map<int, std::int64_t> UnitLedger::running() const {
  const std::lock_guard lock(mutex_);
  std::map<int, std::int64_t> replicas;
  for (const auto& [unit, count] : running_) replicas[unit.first] += count;
  return replicas;
}

void UnitLedger::forget_checkpoints() const {
  std::error_code ignored;  // they are in nobody's way
  std::filesystem::remove_all(directory_.checkpoints(), ignored);
}

}  // namespace rankfall
