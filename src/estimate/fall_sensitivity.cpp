#include "estimate/fall_sensitivity.hpp"

#include <algorithm>
#include <cstddef>

#include "estimate/estimator.hpp"

namespace rankfall {
namespace {

int rank_at(const ReplicaResults& results, std::size_t probe, double threshold) {
  const auto width = static_cast<std::ptrdiff_t>(results.singular_value_count);
  const auto begin = results.trajectory_singular_values.begin() + static_cast<std::ptrdiff_t>(probe) * width;
  return static_cast<int>(std::count_if(begin, begin + width, [&](double s) { return s > threshold; }));
}

void count_replica(const Cell& cell, const ReplicaResults& results, std::size_t i, double threshold, FallCount& count) {
  const auto last = static_cast<std::int32_t>(cell.phases.size()) - 1;
  int start = -1;
  bool fell = false, returned = false;
  const auto end = static_cast<std::size_t>(results.trajectory_begin[i + 1]);
  for (auto probe = static_cast<std::size_t>(results.trajectory_begin[i]); probe < end; ++probe) {
    if (results.trajectory_phase[probe] != last || results.trajectory_rank[probe] < 0) continue;
    const int rank = rank_at(results, probe, threshold);
    if (start < 0) start = rank;
    returned = returned || (fell && rank >= start);
    fell = fell || rank < start;
  }
  count.fallen += fell ? 1 : 0;
  count.returned += returned ? 1 : 0;
}

}  // namespace

std::optional<FallSensitivity> fall_sensitivity(const Cell& cell, const ReplicaResults& results, const RankThresholds& thresholds) {
  if (thresholds.empty() || results.trajectory_begin.empty()) return std::nullopt;
  const std::vector<Fall> falling = falls(cell, results);
  FallSensitivity sensitivity{cell.index, 0, {}};
  for (std::size_t i = 0; i < falling.size(); ++i) {
    if (falling[i] == Fall::impossible) continue;
    ++sensitivity.at_risk;
    const double threshold = thresholds.size() == 1 ? thresholds[0] : thresholds[i];
    for (std::size_t k = 0; k < sensitivity_factors.size(); ++k)
      count_replica(cell, results, i, sensitivity_factors[k] * threshold, sensitivity.at[k]);
  }
  if (sensitivity.at_risk == 0) return std::nullopt;
  return sensitivity;
}

}  // namespace rankfall
