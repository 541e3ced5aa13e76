#include <fmt/format.h>

#include "config/sections.hpp"

namespace rankfall::config {
namespace {

// What stands in the way, and what to do about it; empty if nothing does.
struct Obstacle {
  std::string why, remedy;
};

Obstacle obstacle_of(const Cell& cell) {
  const PhaseSpec& last = cell.phases.back();
  if (cell.problem.instances == Instances::per_replica)
    return {"with problem.instances = 'per-replica' every replica has saddles of its own", "set problem.instances = 'shared'"};
  if (last.greedy()) return {"the last phase is greedy low-rank learning, which has no ridge", "add a phase after it"};
  if (last.observes(cell.problem.observed).measures())
    return {"saddles are found of losses on entries, and the last phase observes measurements", "observe entries there"};
  return {};
}

}  // namespace

void check_landscapes(const Node& root, const Experiment& experiment) {
  for (const Cell& cell : experiment.cells) {
    const bool automatic = cell.probe.tolerance_is_automatic;
    if (!automatic && !experiment.estimate.critical_ridge) continue;
    const Obstacle obstacle = obstacle_of(cell);
    if (obstacle.why.empty()) continue;
    const char* table = automatic ? "probe" : "estimate";
    const char* key = automatic ? "rank_tolerance" : "critical_ridge";
    const Node* node = find(find(&root, table), key);
    const std::string where = cell.label.empty() ? "" : fmt::format(" at grid point {}", cell.label);
    throw ConfigError({text(node != nullptr ? node->place : root.place),
                       fmt::format("{}.{} = {} cannot be had{}", table, key, automatic ? "'auto'" : "true", where), obstacle.why,
                       obstacle.remedy + (automatic ? ", or give a number" : ", or remove it")});
  }
}

}  // namespace rankfall::config
