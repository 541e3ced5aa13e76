#include "estimate/fall_quality.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "estimate/intervals.hpp"
#include "estimate/quantile.hpp"

namespace rankfall {
namespace {

// Events of one replica follow one another in time.
std::vector<RankEvent> first_falls(const Cell& cell, const ReplicaResults& results) {
  const auto last = static_cast<std::int32_t>(cell.phases.size()) - 1;
  std::vector<RankEvent> falls;
  for (const RankEvent& event : results.events) {
    const auto place = static_cast<std::size_t>(event.replica - results.first);
    if (event.phase != last || event.rank_after < 0 || event.rank_after >= results.start_rank[place]) continue;
    if (falls.empty() || falls.back().replica != event.replica) falls.push_back(event);
  }
  return falls;
}

std::int64_t replicas_at_zero(const Cell& cell, const ReplicaResults& results) {
  const auto last = static_cast<std::int32_t>(cell.phases.size()) - 1;
  std::set<std::int64_t> replicas;
  for (const RankEvent& event : results.events)
    if (event.phase == last && event.rank_after == 0 && event.rank_before > 0) replicas.insert(event.replica);
  return static_cast<std::int64_t>(replicas.size());
}

}  // namespace

FallQuality estimate_fall_quality(const Cell& cell, const EstimateSpec& spec, const ReplicaResults& results, std::int64_t at_risk) {
  std::vector<double> before, after;
  std::int64_t good = 0;
  for (const RankEvent& fall : first_falls(cell, results)) {
    if (fall.rank_after == 0 || std::isnan(fall.error_before) || std::isnan(fall.error_after)) continue;
    before.push_back(fall.error_before);
    after.push_back(fall.error_after);
    good += fall.error_after < fall.error_before ? 1 : 0;
  }
  FallQuality quality;
  quality.good = proportion(good, static_cast<std::int64_t>(before.size()), spec);
  quality.over_collapsed = proportion(std::min(replicas_at_zero(cell, results), at_risk), at_risk, spec);
  if (before.empty()) return quality;
  quality.error_before = quantile(before, 0.5);
  quality.error_after = quantile(after, 0.5);
  return quality;
}

}  // namespace rankfall
