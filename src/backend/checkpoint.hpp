#pragma once
// A work unit whose training is under way, as bytes. Every backend writes and reads the same, so that what a GPU began a
// CPU can finish, with the same bits.
#include <optional>
#include <string>
#include <vector>

#include "backend/replica_run.hpp"
#include "rankfall/backend.hpp"

namespace rankfall {

// `runs` have begun `phase` or diverged before; those with progress.in_phase are still to be trained in it.
template <class Real>
struct UnitUnderWay {
  int phase = 0;
  std::vector<ReplicaRun<Real>> runs;
};

template <class Real>
std::string checkpoint_bytes(const UnitUnderWay<Real>& unit);

// Nothing if the bytes do not describe this unit of this cell.
template <class Real>
std::optional<UnitUnderWay<Real>> read_checkpoint_bytes(const std::string& bytes, const Cell& cell, const WorkUnit& unit);

}  // namespace rankfall
