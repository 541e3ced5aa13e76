#include <fmt/format.h>

#include <algorithm>

#include "estimate/edge_table.hpp"
#include "estimate/cold_start.hpp"
#include "estimate/intervals.hpp"
#include "estimate/jump_report.hpp"
#include "estimate/methods_parts.hpp"
#include "estimate/report.hpp"

namespace rankfall {
namespace {

MethodsTotals totals_of(const std::vector<CellEstimate>& estimates) {
  MethodsTotals totals;
  for (const CellEstimate& estimate : estimates) {
    totals.replicas += estimate.replicas;
    totals.converged += estimate.converged.events;
    totals.diverged += estimate.diverged.events;
    totals.blow_up += estimate.blow_up.events;
    totals.stalled += estimate.stalled.events;
    totals.tries += estimate.mean_tries_numerator;
    totals.jumps += estimate.jump.events;
    totals.could_fall += estimate.jump.trials;
    totals.censored += estimate.first_passage.censored;
    totals.rose += estimate.jump_up.events;
    totals.began += estimate.jump_up.trials;
  }
  return totals;
}

std::string last_phase_of(const Cell& cell) {
  const std::string& name = cell.phases.back().name;
  return name.empty() ? "the last phase" : fmt::format("the last phase, '{}'", name);
}

// Jumps that no event has dated: on their way down at the horizon.
std::string labelled_text(const MethodsTotals& totals) {
  const std::int64_t labelled = totals.jumps - (totals.could_fall - totals.censored);
  return labelled > 0 ? fmt::format(", {} of them by the label at the horizon", labelled) : "";
}

std::string jump_sentences(const Experiment& experiment, const MethodsTotals& totals) {
  const auto horizon = [](const Cell& cell) { return cell.phases.back().steps; };
  std::string text = fmt::format(
      " A jump is the first fall of the rank below its value at the start of {} (SGD, horizon {} steps). "
      "Of {} whose rank could fall, {} jumped{}; {} first-passage time{} censored.",
      over_cells(experiment, last_phase_of), range_over_cells(experiment, horizon),
      counted(totals.could_fall, "replica"), totals.jumps, labelled_text(totals), totals.censored,
      totals.censored == 1 ? " is" : "s are");
  if (totals.began > 0) {
    // A two-sided interval at 90 % has 5 % beyond its upper end.
    const double bound = binomial_interval(totals.rose, totals.began, 0.9, IntervalKind::clopper_pearson).high;
    text += fmt::format(
        " The rank rose between two probes of that phase in {} of {} (one-sided exact 95 % upper bound: {:.2g} per "
        "replica).",
        totals.rose, counted(totals.began, "replica"), bound);
  }
  return text;
}

// "2000 steps", "a time of 100" of gradient flow, or both.
std::string horizon_text(const Experiment& experiment) {
  const auto steps = [](const Cell& cell) {
    std::int64_t sum = 0;
    for (const PhaseSpec& phase : cell.phases) sum += phase.flows() ? 0 : phase.steps;
    return sum;
  };
  const auto time = [](const Cell& cell) {
    double sum = 0.0;
    for (const PhaseSpec& phase : cell.phases) sum += phase.time;
    return sum;
  };
  const bool has_steps = std::any_of(experiment.cells.begin(), experiment.cells.end(),
                                     [&](const Cell& cell) { return steps(cell) > 0; });
  std::string text = has_steps ? range_over_cells(experiment, steps) + " steps" : "";
  const bool has_time = std::any_of(experiment.cells.begin(), experiment.cells.end(),
                                    [&](const Cell& cell) { return time(cell) > 0.0; });
  if (has_time)
    text += fmt::format("{}a time of {} of gradient flow", has_steps ? " and " : "", range_over_cells(experiment, time));
  return text;
}

std::string outcome_sentence(const Experiment& experiment, const MethodsTotals& totals) {
  const std::string blown =
      totals.blow_up > 0 ? fmt::format("; in {} the norm of W grew past its bound while the objective fell", totals.blow_up) : "";
  const std::string horizon = horizon_text(experiment);
  return fmt::format(" {}{} of {} converged{}.", horizon.empty() ? "" : "Within the horizon of " + horizon + ", ",
                     totals.converged, counted(totals.replicas, "replica"), blown);
}

std::string divergence_sentence(const MethodsTotals& totals, Question question) {
  const std::string stalled =
      totals.stalled == 0 ? ""
                          : fmt::format("; in {} a flow stalled before its time", counted(totals.stalled, "replica"));
  if (totals.diverged == 0) return fmt::format(" None diverged{}.", stalled);
  return fmt::format(" {} diverged; {}{}.", counted(totals.diverged, "replica"),
                     question == Question::jumps ? "those that had not jumped are censored where it was found"
                                                 : "final ranks are shares of the others",
                     stalled);
}

std::string rank_of(const Cell& cell) {
  const ProbeSpec& probe = cell.probe;
  const std::string rank =
      probe.tolerance_is_automatic
          ? "the number of singular values of W above a threshold chosen before training"
          : fmt::format("the number of singular values of W above {}{}", probe.rank_tolerance,
                        probe.tolerance_is_absolute ? "" : " times the largest singular value of the target");
  if (probe.rank == RankKind::numerical && probe.classify_at_end == RankKind::numerical) return rank;
  const std::string minimum = fmt::format(
      "the minimum that noise-free gradient descent reaches from {} state (gradient norm {}, at most {} steps)",
      probe.rank == RankKind::quenched ? "the probed" : "its last", probe.quench.gradient_norm, probe.quench.steps);
  if (probe.rank == RankKind::quenched) return fmt::format("{}, counted in {}", rank, minimum);
  return fmt::format("{}; a replica that reaches the horizon is labelled by the rank of {}", rank, minimum);
}

bool is_relabelled(const Cell& cell) {
  return cell.probe.rank == RankKind::numerical && cell.probe.classify_at_end == RankKind::quenched;
}

std::string rank_sentence(const Experiment& experiment, Question question) {
  const auto every = [](const Cell& cell) { return cell.probe.every; };
  std::string text = fmt::format(" Rank is {}. It was read every {} steps", over_cells(experiment, rank_of),
                                 range_over_cells(experiment, every));
  const auto times = [](const Cell& cell) { return cell.probe.times_until(longest_flow(cell.phases)); };
  if (std::any_of(experiment.cells.begin(), experiment.cells.end(), [&](const Cell& cell) { return times(cell) > 0; }))
    text += fmt::format(", and at {} times of the flow", range_over_cells(experiment, times));
  if (question == Question::final_ranks) return text + '.';
  text += ", so that a passage time is known to lie within the probe interval that ends at it.";
  if (std::any_of(experiment.cells.begin(), experiment.cells.end(), is_relabelled)) {
    text += " A replica labelled lower than it started counts as a jump; its passage time is censored at the horizon.";
  }
  return text;
}

std::string interval_sentence(const Experiment& experiment, Question question) {
  const std::string confidence = percent_text(experiment.estimate.confidence);
  const std::string curves = fmt::format(
      "; first-passage times are Kaplan-Meier estimates with {} intervals from Greenwood's variance on the log(-log) "
      "scale",
      confidence);
  return fmt::format(" Probabilities have {} {} intervals{}.", confidence, interval_name(experiment.estimate.interval),
                     question == Question::jumps ? curves : "");
}

}  // namespace

std::string methods_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates,
                             const std::string& version) {
  const MethodsTotals totals = totals_of(estimates);
  if (totals.replicas == 0) return "No replica has finished yet.\n";
  const Question question = question_of(experiment);
  return replicas_sentence(experiment, estimates, totals, version) + allocation_sentence(experiment, estimates) +
         requirement_sentence(experiment, totals) + switch_sentence(experiment) + annealing_sentence(experiment) + sensing_sentence(experiment) +
         greedy_sentence(experiment) + flow_sentence(experiment) +
         (question == Question::jumps ? jump_sentences(experiment, totals) : outcome_sentence(experiment, totals)) +
         divergence_sentence(totals, question) + rank_sentence(experiment, question) + threshold_sentence(experiment, estimates) +
         trajectory_sentence(experiment) + interval_sentence(experiment, question) + rate_sentence(experiment, estimates) +
         pairs_sentence(experiment, estimates) + '\n';
}

}  // namespace rankfall
