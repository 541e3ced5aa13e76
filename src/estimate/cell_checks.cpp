#include "estimate/cell_checks.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "estimate/intervals.hpp"
#include "estimate/quantile.hpp"

namespace rankfall {
namespace {

using Findings = std::vector<CellFinding>;

bool reaches(std::int64_t count, double share, std::int64_t of) {
  return count > 0 && static_cast<double>(count) >= share * static_cast<double>(of);
}

// Counts the replicas (by place) that `concerned` picks, among all of the cell. Where units are missing places are not
// indices, so that no example can be named.
template <class Concerned>
CellFinding counted_replicas(const CellFacts& facts, Concerned concerned) {
  CellFinding finding{.cell = facts.cell.index, .of = facts.results.count};
  for (std::size_t i = 0; i < facts.results.outcome.size(); ++i) {
    if (!concerned(i) || finding.count++ > 0) continue;
    const bool complete = facts.results.count == facts.experiment.replicas;
    if (complete) finding.example = facts.results.first + static_cast<std::int64_t>(i);
  }
  return finding;
}

bool has_convergence_rule(const PhaseSpec& phase) {
  return phase.stop.gradient_norm || phase.stop.loss || phase.stop.plateau;
}

double gradient_norm(const CellFacts& facts, std::size_t i) {
  return facts.results.observable[static_cast<std::size_t>(Observable::gradient_norm)][i];
}

// Those that `concerned` picks, with their median gradient norm, if they are enough to matter.
template <class Concerned>
Findings unconverged_replicas(const CellFacts& facts, Concerned concerned) {
  CellFinding finding = counted_replicas(facts, concerned);
  if (!reaches(finding.count, trouble::share_unconverged, finding.of)) return {};
  std::vector<double> norms;
  for (std::size_t i = 0; i < facts.results.outcome.size(); ++i)
    if (concerned(i)) norms.push_back(gradient_norm(facts, i));
  finding.measure = quantile(norms, 0.5);
  return {finding};
}

// Half the width of the interval in units of the estimate; nothing without events.
std::optional<double> relative_half_width(const Proportion& share) {
  if (share.events == 0) return std::nullopt;
  return 0.5 * (share.interval.high - share.interval.low) / share.value();
}

Findings if_wide(const CellFacts& facts, const Proportion& share, std::optional<int> rank) {
  const auto width = relative_half_width(share);
  if (width && *width < trouble::relative_half_width) return {};
  return {{.cell = facts.cell.index, .count = share.events, .of = share.trials, .measure = width, .estimate = share,
           .rank = rank}};
}

}  // namespace

Findings find_diverged(const CellFacts& facts) {
  CellFinding finding =
      counted_replicas(facts, [&](std::size_t i) { return facts.results.outcome[i] == Outcome::diverged; });
  if (finding.count < trouble::replicas_diverged) return {};
  return {finding};
}

// Of the phases before the last only their steps together are known: a replica that took all of them met no rule (but
// one that held at the very last probe, which cannot be told and is rare).
Findings find_unsettled_start(const CellFacts& facts) {
  const auto last = facts.cell.phases.end() - 1;
  const auto should_converge = [](const PhaseSpec& phase) { return !phase.is_empty() && has_convergence_rule(phase); };
  if (std::none_of(facts.cell.phases.begin(), last, should_converge)) return {};
  // Nor is it known of a gradient flow whether it took all its time.
  if (std::any_of(facts.cell.phases.begin(), last, [](const PhaseSpec& phase) { return phase.flows(); })) return {};
  std::int64_t steps = 0;
  for (auto phase = facts.cell.phases.begin(); phase != last; ++phase) steps += phase->steps;
  const CellFinding finding = counted_replicas(facts, [&](std::size_t i) {
    return facts.results.start_rank[i] >= 0 && facts.results.start_step[i] >= steps;
  });
  if (!reaches(finding.count, trouble::share_unconverged, finding.of)) return {};
  return {finding};
}

Findings find_stalled(const CellFacts& facts) {
  CellFinding finding =
      counted_replicas(facts, [&](std::size_t i) { return has_stalled(facts.cell, facts.results, i); });
  if (finding.count < trouble::replicas_stalled) return {};
  return {finding};
}

Findings find_risen_objective(const CellFacts& facts) {
  CellFinding finding = counted_replicas(facts, [&](std::size_t i) {
    return facts.results.objective_rise[i] > facts.experiment.estimate.objective_rise;
  });
  if (finding.count < trouble::replicas_risen) return {};
  finding.measure = facts.estimate.median_objective_rise;
  return {finding};
}

Findings find_unconverged(const CellFacts& facts) {
  if (!has_convergence_rule(facts.cell.phases.back())) return {};
  return unconverged_replicas(facts, [&](std::size_t i) { return facts.results.outcome[i] == Outcome::exhausted; });
}

// At rest is what a quench would call so. With noise nothing comes to rest, and a quench's label does not need it.
Findings find_still_moving(const CellFacts& facts) {
  const PhaseSpec& last = facts.cell.phases.back();
  const ProbeSpec& probe = facts.cell.probe;
  const bool labelled_as_is = probe.rank == RankKind::numerical && probe.classify_at_end == RankKind::numerical;
  if (last.optimizer == Optimizer::sgd || has_convergence_rule(last) || !labelled_as_is) return {};
  return unconverged_replicas(facts, [&](std::size_t i) {
    return facts.results.outcome[i] == Outcome::exhausted && gradient_norm(facts, i) > probe.quench.gradient_norm;
  });
}

// Descent from a small start climbs from rank to rank; only jumps of SGD are said to be one way.
Findings find_upward_jumps(const CellFacts& facts) {
  if (facts.question != Question::jumps) return {};
  const auto last = static_cast<std::int32_t>(facts.cell.phases.size()) - 1;
  std::vector<bool> rose(facts.results.outcome.size(), false);
  for (const RankEvent& event : facts.results.events) {
    if (event.phase == last && event.rank_after > event.rank_before)
      rose[static_cast<std::size_t>(event.replica - facts.results.first)] = true;
  }
  CellFinding finding = counted_replicas(facts, [&](std::size_t i) { return rose[i]; });
  finding.of = facts.estimate.jump_up.trials;
  if (finding.count < trouble::replicas_rising) return {};
  return {finding};
}

Findings find_label_decides(const CellFacts& facts) {
  const ProbeSpec& probe = facts.cell.probe;
  if (probe.rank != RankKind::numerical || probe.classify_at_end != RankKind::quenched) return {};
  CellFinding finding =
      counted_replicas(facts, [&](std::size_t i) { return facts.results.rank[i] != facts.results.numerical_rank[i]; });
  finding.of -= facts.estimate.diverged.events;
  if (!reaches(finding.count, trouble::share_labelled_otherwise, finding.of)) return {};
  if (facts.question == Question::jumps) {
    std::vector<Fall> committed = falls(facts.cell, facts.results);
    std::replace(committed.begin(), committed.end(), Fall::labelled, Fall::none);
    finding.estimate = facts.estimate.jump;
    finding.recounts = {share_fallen(committed, facts.experiment.estimate)};
  }
  return {finding};
}

Findings find_too_few_events(const CellFacts& facts) {
  if (facts.question == Question::jumps) return if_wide(facts, facts.estimate.jump, std::nullopt);
  Findings findings;
  for (const auto& [rank, share] : facts.estimate.final_rank) {
    if (!reaches(share.events, trouble::share_of_a_rank, share.trials)) continue;
    const Findings wide = if_wide(facts, share, rank);
    findings.insert(findings.end(), wide.begin(), wide.end());
  }
  return findings;
}

// Without any jump all times are censored, which is no news beside the bound on P(jump).
Findings find_censored(const CellFacts& facts) {
  const std::int64_t censored = facts.estimate.first_passage.censored, times = facts.estimate.jump.trials;
  if (facts.question != Question::jumps || censored == times) return {};
  if (!reaches(censored, trouble::share_censored, times)) return {};
  return {{.cell = facts.cell.index, .count = censored, .of = times}};
}

Findings find_selected_starts(const CellFacts& facts) {
  const std::int64_t tries = facts.estimate.mean_tries_numerator;
  if (!reaches(tries, trouble::mean_tries, facts.results.count)) return {};
  return {{.cell = facts.cell.index, .count = tries, .of = facts.results.count}};
}

}  // namespace rankfall
