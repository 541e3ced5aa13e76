#include "estimate/adaptive.hpp"

#include <algorithm>
#include <cmath>

#include "estimate/intervals.hpp"

namespace rankfall {

namespace {

double half_width(const Proportion& proportion) { return 0.5 * (proportion.interval.high - proportion.interval.low); }

}  // namespace

Proportion watched(const AdaptiveRule& rule, const EstimateSpec& spec, const CellEstimate& estimate) {
  switch (rule.what) {
    case Estimated::jump: return estimate.jump;
    case Estimated::jump_up: return estimate.jump_up;
    case Estimated::converged: return estimate.converged;
    case Estimated::diverged: return estimate.diverged;
    case Estimated::final_rank: break;
  }
  const auto found = estimate.final_rank.find(rule.rank);
  return found != estimate.final_rank.end() ? found->second
                                            : proportion(0, estimate.replicas - estimate.diverged.events, spec);
}

bool is_met(const AdaptiveRule& rule, const Proportion& watched) {
  return watched.events >= rule.min_events && half_width(watched) <= rule.relative_half_width * watched.value();
}

std::int64_t wanted_replicas(const AdaptiveRule& rule, const Proportion& watched, std::int64_t have) {
  if (is_met(rule, watched) || have >= rule.max_replicas) return have;
  double factor = static_cast<double>(rule.min_events) / static_cast<double>(std::max<std::int64_t>(watched.events, 1));
  if (watched.events >= rule.min_events)
    factor = std::pow(half_width(watched) / (rule.relative_half_width * watched.value()), 2);
  const double wanted = static_cast<double>(have) * std::clamp(factor, 1.0, 2.0);
  return std::clamp(static_cast<std::int64_t>(wanted), have + 1, rule.max_replicas);
}

}  // namespace rankfall
