#pragma once
// One finished work unit on disk: own binary format with a version, the experiment's digest and a CRC of the content.
#include <cstdint>
#include <optional>
#include <string>

#include "rankfall/backend.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

// "c000012-r00004096-n00000512.unit"
std::string unit_name(const WorkUnit& unit);

// The unit that a file of this name holds; nothing for other names.
std::optional<WorkUnit> unit_of_name(const std::string& name);

// Atomic; throws StoreError.
void write_unit(const std::string& directory, std::uint64_t experiment_digest, const ReplicaResults& results);

// The unit if its file is there, whole, and of this experiment; otherwise nothing, and `reason` says why if a file was
// there but cannot be trusted (truncated, altered, another experiment's, another version's).
std::optional<ReplicaResults> read_unit(const std::string& directory, std::uint64_t experiment_digest,
                                        const WorkUnit& unit, std::string& reason);

}  // namespace rankfall
