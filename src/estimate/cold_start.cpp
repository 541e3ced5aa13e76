#include "estimate/cold_start.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "estimate/paired.hpp"
#include "estimate/quantile.hpp"
#include "estimate/report_text.hpp"

namespace rankfall {
namespace {

// The replicas of a warm cell and of its cold one, by their places.
struct Pairs {
  const ReplicaResults& warm;
  const ReplicaResults& cold;
  std::vector<std::size_t> places;  // of which neither diverged

  Pairs(const ReplicaResults& warm_ones, const ReplicaResults& cold_ones) : warm(warm_ones), cold(cold_ones) {
    const auto count = static_cast<std::size_t>(std::min(warm.count, cold.count));
    for (std::size_t r = 0; r < count; ++r)
      if (warm.outcome[r] != Outcome::diverged && cold.outcome[r] != Outcome::diverged) places.push_back(r);
  }
};

PairedProportion compared(PairedProportion counts, const EstimateSpec& spec) {
  counts.difference = paired_difference_interval(counts.warm_only, counts.cold_only, counts.pairs, spec.confidence);
  counts.p_value = mcnemar_p_value(counts.warm_only, counts.cold_only);
  return counts;
}

// `holds`: whether replica r of a cell has the event.
template <class Holds>
PairedProportion compared(const Pairs& pairs, const EstimateSpec& spec, Holds holds) {
  PairedProportion counts;
  for (const std::size_t r : pairs.places) {
    const bool warm = holds(pairs.warm, r), cold = holds(pairs.cold, r);
    counts.pairs += 1;
    counts.warm += warm ? 1 : 0;
    counts.cold += cold ? 1 : 0;
    counts.warm_only += warm && !cold ? 1 : 0;
    counts.cold_only += cold && !warm ? 1 : 0;
  }
  return compared(counts, spec);
}

std::optional<PairedMedian> compared(const Pairs& pairs, const EstimateSpec& spec, Observable observable) {
  const auto &warm = pairs.warm.observable[static_cast<std::size_t>(observable)],
             &cold = pairs.cold.observable[static_cast<std::size_t>(observable)];
  std::vector<double> warm_values, cold_values, differences;
  for (const std::size_t r : pairs.places) {
    if (!std::isfinite(warm[r] - cold[r])) continue;
    warm_values.push_back(warm[r]);
    cold_values.push_back(cold[r]);
    differences.push_back(warm[r] - cold[r]);
  }
  if (differences.empty()) return {};
  return PairedMedian{static_cast<std::int64_t>(differences.size()), quantile(std::move(warm_values), 0.5),
                      quantile(std::move(cold_values), 0.5), quantile(differences, 0.5),
                      median_interval(differences, spec.confidence)};
}

PairedEstimate estimate_pair(const Pairs& pairs, const EstimateSpec& spec) {
  PairedEstimate estimate;
  estimate.pairs = static_cast<std::int64_t>(pairs.places.size());
  estimate.converged =
      compared(pairs, spec, [](const ReplicaResults& of, std::size_t r) { return of.outcome[r] == Outcome::converged; });
  std::set<int> ranks;
  for (const std::size_t r : pairs.places) ranks.insert({pairs.warm.rank[r], pairs.cold.rank[r]});
  for (const int rank : ranks)
    estimate.final_rank[rank] =
        compared(pairs, spec, [&](const ReplicaResults& of, std::size_t r) { return of.rank[r] == rank; });
  for (std::size_t k = 0; k < paired_observables.size(); ++k) estimate.median[k] = compared(pairs, spec, paired_observables[k]);
  return estimate;
}

std::string_view name_of(Observable observable) { return observables[static_cast<std::size_t>(observable)].name; }

using Values = std::vector<std::optional<double>>;

void add(Values& values, const PairedProportion& share) {
  for (const std::int64_t count : {share.warm, share.cold, share.warm_only, share.cold_only})
    values.push_back(static_cast<double>(count));
  const bool known = share.pairs > 0;
  for (const double number : {share.value(), share.difference.low, share.difference.high, share.p_value})
    values.push_back(known ? std::optional(number) : std::nullopt);
}

void add(Values& values, const std::optional<PairedMedian>& median) {
  values.push_back(median ? std::optional(median->warm) : std::nullopt);
  values.push_back(median ? std::optional(median->cold) : std::nullopt);
  values.push_back(median ? std::optional(median->difference) : std::nullopt);
  const bool known = median && median->interval;
  values.push_back(known ? std::optional(median->interval->low) : std::nullopt);
  values.push_back(known ? std::optional(median->interval->high) : std::nullopt);
}

}  // namespace

void estimate_pairs(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates) {
  for (std::size_t c = 0; c + 1 < results.size(); ++c) {
    if (experiment.cells[c].start != Start::warm || results[c].left_out > 0 || results[c + 1].left_out > 0) continue;
    estimates[c].paired = estimate_pair({results[c], results[c + 1]}, experiment.estimate);
  }
}

bool has_pairs(const Experiment& experiment) {
  return std::any_of(experiment.cells.begin(), experiment.cells.end(), [](const Cell& cell) { return cell.start != Start::single; });
}

std::vector<std::string> paired_columns(int ranks) {
  std::vector<std::string> names{"pairs"}, events{"converged"};
  for (int rank = 0; rank <= ranks; ++rank) events.push_back(fmt::format("rank_{}", rank));
  for (const std::string& event : events)
    for (const char* part : {"warm", "cold", "warm_only", "cold_only", "difference", "difference_low", "difference_high", "p_value"})
      names.push_back(fmt::format("paired_{}_{}", event, part));
  for (const Observable observable : paired_observables)
    for (const char* part : {"warm", "cold", "difference", "difference_low", "difference_high"})
      names.push_back(fmt::format("paired_{}_{}", name_of(observable), part));
  return names;
}

Values paired_fields(const EstimateSpec& spec, const CellEstimate& estimate, int ranks) {
  if (!estimate.paired) return Values(paired_columns(ranks).size());
  const PairedEstimate& paired = *estimate.paired;
  Values values{static_cast<double>(paired.pairs)};
  add(values, paired.converged);
  for (int rank = 0; rank <= ranks; ++rank) {
    const auto found = paired.final_rank.find(rank);
    PairedProportion none;  // a rank that no replica of the pairs has
    none.pairs = paired.pairs;
    add(values, found != paired.final_rank.end() ? found->second : compared(none, spec));
  }
  for (const auto& median : paired.median) add(values, median);
  return values;
}

std::string pairs_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  if (!has_pairs(experiment)) return "";
  std::int64_t pairs = 0;
  for (const CellEstimate& estimate : estimates) pairs += estimate.paired ? estimate.paired->pairs : 0;
  const std::string confidence = percent_text(experiment.estimate.confidence);
  return fmt::format(
      " Each replica was trained twice from the same initial factors: warm, through all phases, and cold, in the last phase alone; "
      "{} of which neither diverged are compared. Differences of probabilities have {} score intervals for paired proportions "
      "(Tango 1998) and exact McNemar p-values, medians of pairwise differences distribution-free {} intervals between order "
      "statistics (the sign test's).",
      counted(pairs, "pair"), confidence, confidence);
}

}  // namespace rankfall
