#pragma once
// How many numbers a replica leaves: what a cell's experiment says of it.
#include <tuple>

#include "rankfall/experiment.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

// All of it, by reference: for comparing and for copying.
inline auto shape_of(const ReplicaResults& r) {
  return std::tie(r.singular_value_count, r.factor_count, r.solution_count, r.compared, r.alignments, r.velocities, r.couplings,
                  r.monitors);
}
inline auto shape_of(ReplicaResults& r) {
  return std::tie(r.singular_value_count, r.factor_count, r.solution_count, r.compared, r.alignments, r.velocities, r.couplings,
                  r.monitors);
}

// Results of no replicas of a cell.
inline ReplicaResults no_results(const Cell& cell) {
  ReplicaResults results;
  results.cell = cell.index;
  shape_of(results) = std::tuple(cell.model.singular_values(), cell.model.factors(), cell.greedy_solutions(),
                                 cell.greedy_path ? 1 : 0, cell.probe.alignment ? 1 : 0, cell.probe.velocities ? 1 : 0,
                                 cell.probe.coupling ? 1 : 0, cell.probe.monitor ? 1 : 0);
  return results;
}

}  // namespace rankfall
