#pragma once
// Training that is stopped again and again.
#include <map>
#include <mutex>

#include "tests/backend/support.hpp"

namespace rankfall::test {

struct Pieces {
  RunResults results;
  int stops = 0;
};

// Backend number k % size trains piece k; each is stopped after `notes` notes and goes on from what was kept.
inline Pieces train_in_pieces(const std::vector<Backend*>& backends, const Experiment& experiment,
                              std::vector<WorkUnit> units, int notes) {
  std::mutex mutex;
  std::map<std::pair<int, std::int64_t>, std::string> kept;
  std::vector<ReplicaResults> blocks;
  Pieces pieces;
  while (!units.empty()) {
    std::stop_source stop;
    int left = notes;
    Supervision supervision;
    supervision.deliver = [&](ReplicaResults&& block) {
      std::erase(units, WorkUnit{block.cell, block.first, block.count});
      blocks.push_back(std::move(block));
    };
    supervision.stop = stop.get_token();
    supervision.note = [&](const Activity&) {
      const std::lock_guard lock(mutex);
      if (--left == 0) stop.request_stop();
    };
    supervision.keep = [&](const WorkUnit& unit, const std::string& state) {
      const std::lock_guard lock(mutex);
      kept[{unit.cell, unit.first}] = state;
    };
    supervision.recall = [&](const WorkUnit& unit) -> std::optional<std::string> {
      const std::lock_guard lock(mutex);
      const auto found = kept.find({unit.cell, unit.first});
      return found == kept.end() ? std::nullopt : std::optional(found->second);
    };
    const std::vector<WorkUnit> asked = units;
    backends[static_cast<std::size_t>(pieces.stops) % backends.size()]->train(experiment, asked, supervision);
    if (!units.empty()) ++pieces.stops;
  }
  pieces.results = in_order(experiment, std::move(blocks));
  return pieces;
}

}  // namespace rankfall::test
