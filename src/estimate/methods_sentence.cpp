#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "estimate/adaptive.hpp"
#include "estimate/intervals.hpp"
#include "estimate/report.hpp"
#include "estimate/report_text.hpp"

namespace rankfall {
namespace {

// Sums over all cells.
struct Totals {
  std::int64_t replicas = 0, converged = 0, diverged = 0, blow_up = 0, stalled = 0, tries = 0;
  std::int64_t jumps = 0, could_fall = 0, censored = 0, rose = 0, began = 0;
};

Totals totals_of(const std::vector<CellEstimate>& estimates) {
  Totals totals;
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

// `text_of` each cell, without repetitions, joined by "or".
template <class TextOf>
std::string over_cells(const Experiment& experiment, TextOf text_of) {
  std::vector<std::string> texts;
  for (const Cell& cell : experiment.cells) {
    std::string text = text_of(cell);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
  }
  return fmt::format("{}", fmt::join(texts, " or "));
}

template <class NumberOf>
std::string range_over_cells(const Experiment& experiment, NumberOf number_of) {
  std::vector<double> numbers;
  for (const Cell& cell : experiment.cells) numbers.push_back(static_cast<double>(number_of(cell)));
  return range_text(numbers);
}

std::string replicas_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates,
                              const Totals& totals, const std::string& version) {
  const auto cells = static_cast<std::int64_t>(estimates.size());
  std::vector<double> per_cell;
  for (const CellEstimate& estimate : estimates) per_cell.push_back(static_cast<double>(estimate.replicas));
  const bool same = std::equal(per_cell.begin() + 1, per_cell.end(), per_cell.begin());
  const std::string replicas =
      same ? counted(estimates.front().replicas, "replica") : range_text(per_cell) + " replicas";
  const bool one = same && estimates.front().replicas == 1;
  std::string text = fmt::format("With rankfall {} in {} precision (seed {}), {} {} trained", version,
                                 experiment.precision == Precision::float32 ? "float32" : "float64", experiment.seed,
                                 replicas, one ? "was" : "were");
  if (cells > 1) {
    text += fmt::format(" in each of {} ({} in all{})", counted(cells, "cell"), totals.replicas,
                        experiment.seeding == Seeding::common ? ", with the same random draws in every cell" : "");
  }
  const std::int64_t asked = experiment.replicas * static_cast<std::int64_t>(experiment.cells.size());
  return text + (totals.replicas < asked ? fmt::format(", of {} planned.", asked) : ".");
}

std::string requirement_of(const Cell& cell) {
  switch (cell.initialization.requirement) {
    case Requirement::none: return "nothing was required";
    case Requirement::positive_determinant: return "the determinant of W was positive";
    case Requirement::settled_rank:
      return fmt::format("the rank after the first phase was {}", cell.initialization.settled_rank);
  }
  return "";
}

// Conditioning on a requirement is part of what was estimated.
std::string requirement_sentence(const Experiment& experiment, const Totals& totals) {
  const auto demands = [](const Cell& cell) { return cell.initialization.requirement != Requirement::none; };
  if (std::none_of(experiment.cells.begin(), experiment.cells.end(), demands)) return "";
  return fmt::format(" Initializations were redrawn until {} ({:.4g} draws per replica on average).",
                     over_cells(experiment, requirement_of),
                     static_cast<double>(totals.tries) / static_cast<double>(totals.replicas));
}

std::string last_phase_of(const Cell& cell) {
  const std::string& name = cell.phases.back().name;
  return name.empty() ? "the last phase" : fmt::format("the last phase, '{}'", name);
}

// Jumps that no event has dated: on their way down at the horizon.
std::string labelled_text(const Totals& totals) {
  const std::int64_t labelled = totals.jumps - (totals.could_fall - totals.censored);
  return labelled > 0 ? fmt::format(", {} of them by the label at the horizon", labelled) : "";
}

std::string jump_sentences(const Experiment& experiment, const Totals& totals) {
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
  if (has_flow(experiment))
    text += fmt::format("{}a time of {} of gradient flow", has_steps ? " and " : "", range_over_cells(experiment, time));
  return text;
}

std::string outcome_sentence(const Experiment& experiment, const Totals& totals) {
  const std::string blown =
      totals.blow_up > 0 ? fmt::format("; in {} the norm of W grew past its bound while the objective fell", totals.blow_up) : "";
  return fmt::format(" Within the horizon of {}, {} of {} converged{}.", horizon_text(experiment), totals.converged,
                     counted(totals.replicas, "replica"), blown);
}

// How gradient flows were integrated.
std::string flow_sentence(const Experiment& experiment) {
  if (!has_flow(experiment)) return "";
  std::vector<double> tolerances, absolute;
  for (const Cell& cell : experiment.cells)
    for (const PhaseSpec& phase : cell.phases)
      if (phase.flows()) {
        tolerances.push_back(phase.relative_tolerance);
        absolute.push_back(phase.absolute_tolerance);
      }
  const bool relative = std::all_of(absolute.begin(), absolute.end(), [](double x) { return x == 0.0; });
  return fmt::format(
      " Gradient flow was integrated by the Runge-Kutta pair 5(4) of Dormand and Prince, with a step of its own for each "
      "replica (error of a step at most {} of a factor's norm{}).",
      range_text(tolerances), relative ? "" : " plus " + range_text(absolute));
}

std::string divergence_sentence(const Totals& totals, Question question) {
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
      fmt::format("the number of singular values of W above {}{}", probe.rank_tolerance,
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

std::string watched_name(const AdaptiveRule& rule) {
  switch (rule.what) {
    case Estimated::jump: return "P(jump)";
    case Estimated::jump_up: return "P(jump up)";
    case Estimated::converged: return "P(converged)";
    case Estimated::diverged: return "P(diverged)";
    case Estimated::final_rank: break;
  }
  return fmt::format("P(rank {})", rule.rank);
}

// The rule that decided how many replicas there are is part of the estimate.
std::string allocation_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  if (!experiment.estimate.adaptive) return "";
  const AdaptiveRule& rule = *experiment.estimate.adaptive;
  const auto met = std::count_if(estimates.begin(), estimates.end(), [&](const CellEstimate& estimate) {
    return is_met(rule, watched(rule, experiment.estimate, estimate));
  });
  return fmt::format(
      " Replicas were added to each cell in whole batches until at least {} had been seen and half the interval of {} was "
      "at most {} of it, or there were {}; this holds in {} of {}.",
      counted(rule.min_events, "event"), watched_name(rule), percent_text(rule.relative_half_width), rule.max_replicas, met,
      counted(static_cast<std::int64_t>(estimates.size()), "cell"));
}

}  // namespace

std::string methods_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates,
                             const std::string& version) {
  const Totals totals = totals_of(estimates);
  if (totals.replicas == 0) return "No replica has finished yet.\n";
  const Question question = question_of(experiment);
  return replicas_sentence(experiment, estimates, totals, version) + allocation_sentence(experiment, estimates) +
         requirement_sentence(experiment, totals) + flow_sentence(experiment) +
         (question == Question::jumps ? jump_sentences(experiment, totals) : outcome_sentence(experiment, totals)) +
         divergence_sentence(totals, question) + rank_sentence(experiment, question) +
         interval_sentence(experiment, question) + '\n';
}

}  // namespace rankfall
