#pragma once
// One number for everything that decides a replica's numbers.
#include <cstdint>

#include "rankfall/experiment.hpp"

namespace rankfall::config {

// Seed, precision, seeding and every cell in full, matrices by content; not the name, the number of replicas, the names
// of phases, nor [estimate]. A default spelled out, or a matrix written into the file, changes nothing.
std::uint64_t digest_of(const Experiment& experiment);

}  // namespace rankfall::config
