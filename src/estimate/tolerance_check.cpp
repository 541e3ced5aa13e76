#include <algorithm>
#include <set>

#include "estimate/cell_checks.hpp"
#include "estimate/intervals.hpp"

namespace rankfall {
namespace {

// How far the recounts lie outside of the interval at the tolerance that was used; 0 inside.
double excess(const Proportion& used, const std::vector<Proportion>& recounts) {
  double most = 0.0;
  for (const Proportion& each : recounts) {
    most = std::max({most, used.interval.low - each.value(), each.value() - used.interval.high});
  }
  return most;
}

CellFinding finding_of(const CellFacts& facts, const Proportion& used, std::vector<Proportion> recounts) {
  return {.cell = facts.cell.index, .count = used.events, .of = used.trials, .estimate = used,
          .recounts = std::move(recounts)};
}

// A rank that no replica has at this tolerance counts as zero events.
Proportion share_of(int rank, const std::map<int, Proportion>& shares, std::int64_t trials, const EstimateSpec& spec) {
  const auto found = shares.find(rank);
  return found != shares.end() ? found->second : proportion(0, trials, spec);
}

// Of the final ranks the one that moves farthest out of its interval.
std::vector<CellFinding> worst_rank(const CellFacts& facts, const std::vector<Recount>& again) {
  const EstimateSpec& spec = facts.experiment.estimate;
  const std::int64_t trials = facts.results.count - facts.estimate.diverged.events;
  std::set<int> ranks;
  for (const auto& [rank, share] : facts.estimate.final_rank) ranks.insert(rank);
  for (const Recount& each : again)
    for (const auto& [rank, share] : each.final_rank) ranks.insert(rank);
  std::vector<CellFinding> worst;
  double most = 0.0;
  for (const int rank : ranks) {
    const Proportion used = share_of(rank, facts.estimate.final_rank, trials, spec);
    std::vector<Proportion> recounts;
    for (const Recount& each : again) recounts.push_back(share_of(rank, each.final_rank, trials, spec));
    const double beyond = excess(used, recounts);
    if (beyond <= most) continue;
    most = beyond;
    worst = {finding_of(facts, used, std::move(recounts))};
    worst.front().rank = rank;
  }
  return worst;
}

}  // namespace

// Nothing is gained by a rank beside a jump: they move together.
std::vector<CellFinding> find_tolerance_decides(const CellFacts& facts) {
  if (facts.thresholds.empty()) return {};
  std::vector<Recount> again;
  for (const double factor : trouble::tolerance_factors) {
    again.push_back(recount(facts.cell, facts.results, facts.experiment.estimate, facts.thresholds, factor));
  }
  std::vector<Proportion> jumps;
  for (const Recount& each : again) jumps.push_back(each.jump);
  if (facts.question == Question::jumps && excess(facts.estimate.jump, jumps) > 0.0) {
    return {finding_of(facts, facts.estimate.jump, std::move(jumps))};
  }
  return worst_rank(facts, again);
}

}  // namespace rankfall
