#pragma once
// Work units whose training is under way, on disk: what a restart goes on from.
#include <optional>
#include <string>

#include "rankfall/backend.hpp"

namespace rankfall {

// Writes `state`, which only backends understand, as the latest of the unit; the one before it stays as `_prev`, so that
// a checkpoint that turns out damaged costs minutes. Throws StoreError.
void write_checkpoint(const std::string& directory, std::uint64_t experiment_digest, const WorkUnit& unit,
                      const std::string& state);

// The unit's latest state, or the one before it if that is damaged; nothing without one. `reason` tells what is wrong
// with a file that could not be used, and is empty if none was.
std::optional<std::string> read_checkpoint(const std::string& directory, std::uint64_t experiment_digest,
                                           const WorkUnit& unit, std::string& reason);

// Both of them, if they are there: the unit is finished.
void remove_checkpoint(const std::string& directory, const WorkUnit& unit);

bool has_checkpoint(const std::string& directory, const WorkUnit& unit);

}  // namespace rankfall
