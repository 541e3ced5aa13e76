#pragma once
// Plateaus of a replica, found in its trajectory. They are looked for when it has ended, since where a plateau ends is
// known from the peak behind it only.
#include <cstddef>
#include <span>
#include <vector>

#include "backend/replica_run.hpp"
#include "rankfall/probe.hpp"

namespace rankfall {

// Rows [begin, end] of one phase, both included; `lowest` has the least gradient norm, the first of several.
struct Rest {
  std::size_t begin, end, lowest;
  bool operator==(const Rest&) const = default;
};

// In the gradient norms at the probes of one phase. absolute: the longest runs at or below the level that a larger one
// follows. relative: a lowest norm and the peaks on both sides (of the phase's start: on one) at least 1/level times as
// large; from the first row behind the earlier peak at or below `level` times it (at the start: times the later one), to
// the last such row before the later peak.
std::vector<Rest> rests(std::span<const double> gradient_norms, const PlateauRule& rule);

// Of all phases; up to a row that is not finite.
std::vector<Plateau> plateaus_of(const std::vector<TrajectoryPoint>& trajectory, const PlateauRule& rule,
                                 std::int64_t replica);

}  // namespace rankfall
