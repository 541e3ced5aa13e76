#pragma once
// How many replicas fall at other rank tolerances, and how many of these come back: counted along kept trajectories.
#include <array>
#include <cstdint>
#include <optional>

#include "estimate/recount.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

// Times the tolerance that the run used, which is the middle one.
inline constexpr std::array<double, 5> sensitivity_factors{0.1, 1.0 / 3.0, 1.0, 3.0, 10.0};

struct FallCount {
  std::int64_t fallen = 0;    // replicas of which a probe of the last phase finds the rank below that of its start
  std::int64_t returned = 0;  // of them: a later probe finds it as high again
};
struct FallSensitivity {
  int cell = 0;
  std::int64_t at_risk = 0;  // replicas whose rank could fall, at the run's own tolerance
  std::array<FallCount, sensitivity_factors.size()> at{};
};

// Nothing without trajectories, replicas at risk or thresholds. The rank that a replica begins the last phase with is counted
// anew, too. A replica that a rank rule stopped has no probes behind that: at lower tolerances it has not fallen then, though
// it may have been about to, and whether it comes back is not known at any.
std::optional<FallSensitivity> fall_sensitivity(const Cell& cell, const ReplicaResults& results, const RankThresholds& thresholds);

}  // namespace rankfall
