#include "estimate/recount.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "estimate/estimator.hpp"
#include "estimate/intervals.hpp"

namespace rankfall {
namespace {

bool rank_rule_holds(const StopRule& rule, int rank) {
  return (rule.rank_at_most && rank <= *rule.rank_at_most) || (rule.rank_at_least && rank >= *rule.rank_at_least);
}

// The number of singular values of replica i above `threshold`, as far as it can be told.
int numerical_rank(const Cell& cell, const ReplicaResults& results, std::size_t i, double threshold) {
  const auto width = static_cast<std::ptrdiff_t>(results.singular_value_count);
  const auto begin = results.singular_values.begin() + static_cast<std::ptrdiff_t>(i) * width;
  const auto rank = static_cast<int>(std::count_if(begin, begin + width, [&](double s) { return s > threshold; }));
  const bool goes_on = results.outcome[i] == Outcome::stopped && !rank_rule_holds(cell.phases.back().stop, rank);
  return goes_on ? results.numerical_rank[i] : rank;
}

bool is_labelled_by_quench(const Cell& cell, const ReplicaResults& results, std::size_t i) {
  return cell.probe.rank == RankKind::quenched ||
         (cell.probe.classify_at_end == RankKind::quenched && results.outcome[i] == Outcome::exhausted);
}

Fall fall_again(const Cell& cell, const ReplicaResults& results, std::size_t i, Fall fall, int rank) {
  if (fall == Fall::impossible) return fall;
  const bool was_below = results.numerical_rank[i] < results.start_rank[i];
  const bool is_below = rank < results.start_rank[i];
  if (is_below == was_below) return fall;
  if (is_below) return Fall::committed;
  return is_labelled_by_quench(cell, results, i) && results.rank[i] < results.start_rank[i] ? Fall::labelled : Fall::none;
}

}  // namespace

Recount recount(const Cell& cell, const ReplicaResults& results, const EstimateSpec& spec,
                const RankThresholds& thresholds, double factor) {
  assert(thresholds.size() == 1 || thresholds.size() == results.outcome.size());
  std::vector<Fall> fallen = falls(cell, results);
  std::map<int, std::int64_t> counts;
  std::int64_t labelled = 0;
  for (std::size_t i = 0; i < fallen.size(); ++i) {
    if (results.outcome[i] == Outcome::diverged) continue;
    const int rank =
        numerical_rank(cell, results, i, factor * (thresholds.size() == 1 ? thresholds[0] : thresholds[i]));
    fallen[i] = fall_again(cell, results, i, fallen[i], rank);
    ++counts[is_labelled_by_quench(cell, results, i) ? results.rank[i] : rank];
    ++labelled;
  }
  Recount again{factor, share_fallen(fallen, spec), {}};
  for (const auto& [rank, count] : counts) again.final_rank[rank] = proportion(count, labelled, spec);
  return again;
}

}  // namespace rankfall
