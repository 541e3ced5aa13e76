#include "estimate/estimator.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>

#include "estimate/absorption.hpp"
#include "estimate/barrier.hpp"
#include "estimate/cold_start.hpp"
#include "estimate/coupling.hpp"
#include "estimate/fall_quality.hpp"
#include "estimate/greedy.hpp"
#include "estimate/incidence.hpp"
#include "estimate/intervals.hpp"
#include "estimate/plateaus.hpp"
#include "estimate/quantile.hpp"
#include "estimate/search.hpp"
#include "estimate/waiting.hpp"

namespace rankfall {
namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

// What the events of the last phase say of each replica, by its place in the block.
struct LastPhase {
  std::vector<std::int64_t> fell_at;  // step of the first rank below start_rank, or `never`
  std::vector<std::int64_t> stood_at; // of the probe before it
  std::vector<int> fell_to;           // that rank
  std::vector<bool> rose;             // at least one upward event
};

LastPhase read_events(const Cell& cell, const ReplicaResults& results) {
  const auto last = static_cast<std::int32_t>(cell.phases.size()) - 1;
  const auto count = static_cast<std::size_t>(results.count);
  LastPhase read{std::vector<std::int64_t>(count, never), std::vector<std::int64_t>(count, 0), std::vector<int>(count, -1),
                 std::vector<bool>(count, false)};
  for (const RankEvent& event : results.events) {
    assert(event.replica >= results.first && event.replica < results.first + results.count);
    if (event.phase != last || event.rank_after < 0) continue;
    const auto place = static_cast<std::size_t>(event.replica - results.first);
    if (event.rank_after > event.rank_before) read.rose[place] = true;
    if (event.rank_after >= results.start_rank[place] || event.step_after >= read.fell_at[place]) continue;
    read.fell_at[place] = event.step_after;
    read.stood_at[place] = event.step_before;
    read.fell_to[place] = event.rank_after;
  }
  return read;
}

// Whether the rank of replica i could fall in the last phase.
bool could_fall(const Cell& cell, const ReplicaResults& results, std::size_t i) {
  return results.start_rank[i] > std::max(cell.phases.back().stop.rank_at_most.value_or(0), 0);
}

std::vector<PassageTime> passages(const Cell& cell, const ReplicaResults& results, const LastPhase& read) {
  std::vector<PassageTime> times;
  for (std::size_t i = 0; i < read.fell_at.size(); ++i) {
    if (!could_fall(cell, results, i)) continue;
    const bool fell = read.fell_at[i] != never;
    const std::int64_t end = fell ? read.fell_at[i] : results.steps[i];
    PassageTime passage{static_cast<double>(end - results.start_step[i]), fell};
    if (fell) {
      passage.since = static_cast<double>(read.stood_at[i] - results.start_step[i]);
      passage.rank = read.fell_to[i];
    }
    passage.diverged = !fell && results.outcome[i] == Outcome::diverged;
    times.push_back(passage);
  }
  return times;
}

std::vector<Fall> read_falls(const Cell& cell, const ReplicaResults& results, const LastPhase& read) {
  std::vector<Fall> falls;
  for (std::size_t i = 0; i < read.fell_at.size(); ++i) {
    const bool labelled = results.outcome[i] != Outcome::diverged && results.rank[i] < results.start_rank[i];
    if (!could_fall(cell, results, i)) falls.push_back(Fall::impossible);
    else if (read.fell_at[i] != never) falls.push_back(Fall::committed);
    else falls.push_back(labelled ? Fall::labelled : Fall::none);
  }
  return falls;
}

std::map<int, Proportion> rank_histogram(const ReplicaResults& results, const EstimateSpec& spec) {
  std::map<int, std::int64_t> counts;
  std::int64_t labelled = 0;
  for (std::size_t i = 0; i < results.outcome.size(); ++i) {
    if (results.outcome[i] == Outcome::diverged) continue;
    ++counts[results.rank[i]];
    ++labelled;
  }
  std::map<int, Proportion> histogram;
  for (const auto& [rank, count] : counts) histogram[rank] = proportion(count, labelled, spec);
  return histogram;
}

std::optional<double> median_if_any(const std::vector<double>& values) {
  const double median = quantile(values, 0.5);
  return std::isnan(median) ? std::nullopt : std::optional(median);
}

}  // namespace

std::vector<Fall> falls(const Cell& cell, const ReplicaResults& results) {
  return read_falls(cell, results, read_events(cell, results));
}

Proportion share_fallen(const std::vector<Fall>& falls, const EstimateSpec& spec) {
  const auto fell = [](Fall fall) { return fall == Fall::committed || fall == Fall::labelled; };
  const auto jumps = std::count_if(falls.begin(), falls.end(), fell);
  const auto stuck = std::count(falls.begin(), falls.end(), Fall::impossible);
  return proportion(jumps, static_cast<std::int64_t>(falls.size()) - stuck, spec);
}

std::vector<PassageTime> first_passages(const Cell& cell, const ReplicaResults& results) {
  return passages(cell, results, read_events(cell, results));
}

bool has_stalled(const Cell& cell, const ReplicaResults& results, std::size_t i) {
  const Outcome outcome = results.outcome[i];
  if (outcome == Outcome::stalled) return true;
  if (outcome == Outcome::diverged || outcome == Outcome::blow_up) return false;
  double time = 0.0;  // added up as a replica does
  for (const PhaseSpec& phase : cell.phases) {
    StopRule rules = phase.stop;
    rules.blow_up.reset();
    if (phase.greedy() || (phase.flows() && !phase.is_empty() && !rules.empty())) return false;
    time += phase.time;
  }
  return time > 0.0 && results.time[i] < time;
}

// Where a phase remembers; a replica that diverged has no number.
Proportion share_risen(const ReplicaResults& results, const EstimateSpec& spec) {
  const auto known = [](double rise) { return !std::isnan(rise); };
  const auto risen = [&](double rise) { return rise > spec.objective_rise; };
  const auto& rises = results.objective_rise;
  return proportion(std::count_if(rises.begin(), rises.end(), risen), std::count_if(rises.begin(), rises.end(), known), spec);
}

CellEstimate estimate_cell(const Cell& cell, const EstimateSpec& spec, const ReplicaResults& results) {
  const auto ended = [&](Outcome outcome) {
    return proportion(std::count(results.outcome.begin(), results.outcome.end(), outcome), results.count, spec);
  };
  const LastPhase read = read_events(cell, results);
  const std::vector<PassageTime> times = passages(cell, results, read);
  CellEstimate estimate;
  estimate.cell = cell.index;
  estimate.landscape = cell.landscape;
  estimate.replicas = results.count;
  estimate.converged = ended(Outcome::converged);
  estimate.diverged = ended(Outcome::diverged);
  estimate.blow_up = ended(Outcome::blow_up);
  std::int64_t stalled = 0;
  for (std::size_t i = 0; i < results.outcome.size(); ++i) stalled += has_stalled(cell, results, i) ? 1 : 0;
  estimate.stalled = proportion(stalled, results.count, spec);
  estimate.final_rank = rank_histogram(results, spec);
  estimate.jump = share_fallen(read_falls(cell, results, read), spec);
  estimate.jump_up = proportion(
      std::count(read.rose.begin(), read.rose.end(), true),
      std::count_if(results.start_rank.begin(), results.start_rank.end(), [](int rank) { return rank >= 0; }), spec);
  estimate.first_passage = kaplan_meier(times, spec.confidence);
  estimate.waiting = estimate_waiting(times, spec.confidence);
  estimate.fallen_to = cumulative_incidence(times, spec);
  estimate.ended_from = destinations(results, spec);
  estimate.fall_quality = estimate_fall_quality(cell, spec, results, estimate.jump.trials);
  for (const std::int32_t tries : results.tries) estimate.mean_tries_numerator += tries;
  estimate.median_time = median_if_any(results.time);
  estimate.objective_rise = share_risen(results, spec);
  estimate.median_objective_rise = median_if_any(results.objective_rise);
  for (int i = 0; i < observable_count; ++i) estimate.median[i] = median_if_any(results.observable[i]);
  estimate.greedy = estimate_greedy(results);
  estimate_plateaus(cell, spec, results, estimate);
  estimate_coupling(spec, results, estimate);
  estimate.monitor = estimate_monitor(cell, spec, results);
  return estimate;
}

std::vector<CellEstimate> estimate(const Experiment& experiment, const RunResults& results) {
  assert(experiment.cells.size() == results.size());
  std::vector<CellEstimate> estimates;
  for (std::size_t i = 0; i < results.size(); ++i) {
    estimates.push_back(estimate_cell(experiment.cells[i], experiment.estimate, results[i]));
  }
  add_barriers(experiment, [&](std::size_t c) { return first_passages(experiment.cells[c], results[c]); }, estimates);
  estimate_pairs(experiment, results, estimates);
  add_search(experiment, results, estimates);
  return estimates;
}

}  // namespace rankfall
