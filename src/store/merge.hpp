#pragma once
// From finished work units to the results of whole cells.
#include <span>
#include <string>
#include <vector>

#include "rankfall/backend.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

// Puts the replicas of `from` behind those of `to` (same cell, same numbers of singular values and factors); `to` may
// be empty. Where replicas between the two are missing the gap is closed: events are renumbered to the replica's
// position in `to`, and left_out counts the missing ones.
void append(ReplicaResults& to, ReplicaResults&& from);

// An entry per cell, no replicas yet.
RunResults empty_results(const Experiment& experiment);

// Reads those of `units` that are finished (in any order, no two overlapping) from `directory` into one entry per
// cell, replicas in order. A file that is there but cannot be trusted is left out, and a line "FILE: REASON" is added
// to `reasons`; a file that is not there is just not finished.
RunResults merge_units(const std::string& directory, const Experiment& experiment, std::span<const WorkUnit> units,
                       std::vector<std::string>& reasons);

}  // namespace rankfall
