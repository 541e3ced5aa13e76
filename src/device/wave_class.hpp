#pragma once
// Which cells one wave can train, and by which loops.
#include <compare>
#include <cstddef>
#include <tuple>
#include <vector>

#include "device/launch_plan.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// What the cells of a wave have in common: the kernels that train them, and how they are looked at.
struct WaveClass {
  std::vector<int> widths;
  bool symmetric;
  std::vector<std::tuple<int, int, int>> phases;  // loop, batch size, sampling
  RankKind rank;
  bool trajectory;
  std::int64_t quench_steps;
  auto operator<=>(const WaveClass&) const = default;
};
WaveClass wave_class(const Cell& cell);
Seen seen_in(const Cell& cell, const PhaseSpec& phase);
Loop descent_of(Seen seen);
Loop loop_of(const Cell& cell, const PhaseSpec& phase);
std::size_t shuffled_in(const Cell& cell);  // the most, entries or measurements, that a replica keeps a permutation of

}  // namespace rankfall
