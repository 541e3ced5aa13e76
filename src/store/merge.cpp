#include "store/merge.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>

#include "rankfall/cell_results.hpp"
#include "store/fields.hpp"
#include "store/unit_file.hpp"

namespace rankfall {
namespace {

template <class T>
void append_array(std::vector<T>& to, std::vector<T>& from) {
  if (to.empty()) {
    to = std::move(from);
  } else {
    to.insert(to.end(), from.begin(), from.end());
  }
}

// begin holds one entry more than there are replicas; the last one of `to` is the first one of `from`.
void append_trajectories(ReplicaResults& to, ReplicaResults& from) {
  assert(to.count == 0 || from.count == 0 || to.trajectory_begin.empty() == from.trajectory_begin.empty());
  if (from.trajectory_begin.empty()) return;
  if (to.trajectory_begin.empty()) to.trajectory_begin = {0};
  const std::int64_t shift = to.trajectory_begin.back();
  for (std::size_t r = 1; r < from.trajectory_begin.size(); ++r)
    to.trajectory_begin.push_back(from.trajectory_begin[r] + shift);
  visit_trajectory_fields([](const Field&, auto& head, auto& tail) { append_array(head, tail); }, to, from);
}

}  // namespace

void append(ReplicaResults& to, ReplicaResults&& from) {
  assert(to.cell == from.cell && shape_of(to) == shape_of(from));
  const std::int64_t shift = to.first + to.count - from.first;
  for (RankEvent& event : from.events) event.replica += shift;
  for (Plateau& plateau : from.plateaus) plateau.replica += shift;
  append_array(to.events, from.events);
  append_array(to.plateaus, from.plateaus);
  visit_replica_fields([](const Field&, auto& head, auto& tail) { append_array(head, tail); }, to, from);
  append_trajectories(to, from);
  if (from.count > 0) to.left_out = from.left_out - shift;
  to.count += from.count;
}

RunResults empty_results(const Experiment& experiment) {
  RunResults results;
  for (const Cell& cell : experiment.cells) results.push_back(no_results(cell));
  return results;
}

RunResults merge_units(const std::string& directory, const Experiment& experiment, std::span<const WorkUnit> units,
                       std::vector<std::string>& reasons) {
  std::vector<WorkUnit> ordered(units.begin(), units.end());
  std::sort(ordered.begin(), ordered.end(),
            [](const WorkUnit& a, const WorkUnit& b) { return std::tie(a.cell, a.first) < std::tie(b.cell, b.first); });
  RunResults results = empty_results(experiment);
  for (const WorkUnit& unit : ordered) {
    std::string reason;
    std::optional<ReplicaResults> block = read_unit(directory, experiment.digest, unit, reason);
    ReplicaResults& cell = results.at(static_cast<std::size_t>(unit.cell));
    if (block && shape_of(*block) != shape_of(cell)) {
      block.reset();
      reason = "it holds matrices of another shape than the experiment's";
    }
    if (block) append(cell, std::move(*block));
    if (!reason.empty()) reasons.push_back(unit_name(unit) + ": " + reason);
  }
  return results;
}

}  // namespace rankfall
