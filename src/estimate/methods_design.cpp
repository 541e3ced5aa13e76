#include <fmt/format.h>

#include "estimate/adaptive.hpp"
#include "estimate/methods_parts.hpp"

namespace rankfall {
namespace {

std::string requirement_of(const Cell& cell) {
  switch (cell.initialization.requirement) {
    case Requirement::none: return "nothing was required";
    case Requirement::positive_determinant: return "the determinant of W was positive";
    case Requirement::settled_rank:
      return fmt::format("the rank after the first phase was {}", cell.initialization.settled_rank);
  }
  return "";
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

std::string described_target(const TargetSpec& target) {
  switch (target.kind) {
    case TargetKind::random_rank: return fmt::format("a random matrix of rank {}", target.rank);
    case TargetKind::spectrum: return fmt::format("given singular values ({}) between random bases", target.spectrum.size());
    case TargetKind::given: break;
  }
  return "a given matrix";
}

// Where replicas went to the better cells.
std::string search_sentence(const Experiment& experiment) {
  const SearchRule& rule = *experiment.estimate.search;
  std::vector<std::string> rounds;
  for (std::size_t k = 0; k < rule.rounds.size(); ++k) rounds.push_back(fmt::format("{} x {}", rule.cells[k], rule.rounds[k]));
  return fmt::format(
      " Cells were compared by successive halving (Jamieson & Talwalkar 2016) of the share of replicas that ended with rank {}, "
      "diverged ones not among them: rounds of {} (cells x replicas), of which the best 1/{} went on; {} of {} were then estimated "
      "from fresh replicas alone. All other estimates of cells that went on are of replicas they were chosen by.",
      rule.rank, fmt::format("{}", fmt::join(rounds, ", ")), rule.factor, rule.confirm,
      counted(rule.finalists, "finalist"));
}

}  // namespace

std::string joined_by_or(const std::vector<std::string>& texts) { return fmt::format("{}", fmt::join(texts, " or ")); }

std::string replicas_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates,
                              const MethodsTotals& totals, const std::string& version) {
  const auto cells = static_cast<std::int64_t>(estimates.size());
  std::vector<double> per_cell;
  for (const CellEstimate& estimate : estimates) per_cell.push_back(static_cast<double>(estimate.replicas));
  const bool same = std::equal(per_cell.begin() + 1, per_cell.end(), per_cell.begin());
  const std::string replicas =
      same ? counted(estimates.front().replicas, "replica") : range_text(per_cell) + " replicas";
  const bool one = same && estimates.front().replicas == 1;
  std::string text = fmt::format("With rankfall {} in {} precision (seed {}), {} {} trained", version,
                                 precision_name(experiment.precision), experiment.seed,
                                 replicas, one ? "was" : "were");
  if (cells > 1) {
    text += fmt::format(" in each of {} ({} in all{})", counted(cells, "cell"), totals.replicas,
                        experiment.seeding == Seeding::common ? ", with the same random draws in every cell" : "");
  }
  const std::int64_t asked = experiment.replicas * static_cast<std::int64_t>(experiment.cells.size());
  return text + (totals.replicas < asked ? fmt::format(", of {} planned.", asked) : ".");
}

// Rates that changed inside a phase.
std::string annealing_sentence(const Experiment& experiment) {
  std::vector<std::string> texts;
  for (const Cell& cell : experiment.cells)
    for (const PhaseSpec& phase : cell.phases) {
      if (!phase.anneals()) continue;
      std::string text = "'" + phase.name + "'";
      if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
    }
  if (texts.empty()) return "";
  std::size_t most = 0;
  for (const Cell& cell : experiment.cells)
    for (const PhaseSpec& phase : cell.phases) most = std::max(most, phase.stretches.size());
  return fmt::format(
      " Learning rate or ridge followed schedules in {} {}, in at most {} steps of constant value; readings, stop rules and labels "
      "there take the ridge that the phase ends with.",
      texts.size() == 1 ? "phase" : "phases", fmt::format("{}", fmt::join(texts, ", ")), most);
}

// The rule that decided how many replicas there are is part of the estimate.
std::string allocation_sentence(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  if (experiment.estimate.search) return search_sentence(experiment);
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

// Conditioning on a requirement is part of what was estimated.
std::string requirement_sentence(const Experiment& experiment, const MethodsTotals& totals) {
  const auto demands = [](const Cell& cell) { return cell.initialization.requirement != Requirement::none; };
  if (std::none_of(experiment.cells.begin(), experiment.cells.end(), demands)) return "";
  return fmt::format(" Initializations were redrawn until {} ({:.4g} draws per replica on average).",
                     over_cells(experiment, requirement_of),
                     static_cast<double>(totals.tries) / static_cast<double>(totals.replicas));
}

// Greedy low-rank learning: as a phase, and as what flows are compared with.
std::string greedy_sentence(const Experiment& experiment) {
  std::vector<double> escapes, ends;
  bool learns = false, compares = false;
  const auto note = [&](const PhaseSpec& phase) {
    escapes.push_back(phase.greedy_spec.escape);
    ends.push_back(phase.greedy_spec.end);
  };
  for (const Cell& cell : experiment.cells) {
    for (const PhaseSpec& phase : cell.phases) {
      if (!phase.greedy()) continue;
      learns = true;
      note(phase);
    }
    if (!cell.greedy_path) continue;
    compares = true;
    note(*cell.greedy_path);
  }
  if (escapes.empty()) return "";
  return fmt::format(
      " Greedy low-rank learning (Li, Luo & Lyu 2021){} started at W = 0 and escaped with ||dW||_F = {} along the top singular "
      "pair or eigenvector of the negative gradient, until its rate was {} of that at W = 0{}.",
      learns ? "" : ", as a path of reference,", range_text(escapes), range_text(ends),
      compares ? "; distances of gradient flows from its path are Frobenius distances at the probes" : "");
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

// What trajectories were read for.
std::string trajectory_sentence(const Experiment& experiment) {
  const auto any = [&](auto asks) { return std::any_of(experiment.cells.begin(), experiment.cells.end(), asks); };
  std::string text;
  if (any([](const Cell& cell) { return cell.probe.alignment; }))
    text +=
        " Alignment of a mode of W is the length of its singular vector's projection onto the target's vectors of the same "
        "number, equal singular values taken together.";
  if (any([](const Cell& cell) { return cell.probe.velocities; }))
    text +=
        " Velocities of singular values are those of the gradient flow of the factors, beside the law for balanced factors "
        "(Arora et al. 2019).";
  if (any([](const Cell& cell) { return cell.probe.coupling; }))
    text +=
        " Coupling is of the tangent kernel on the observed entries: its largest value between entries that share no component of "
        "the graph of rows and columns, over the geometric mean of their own (Shin & Yun 2026).";
  if (any([](const Cell& cell) { return cell.probe.monitor.has_value(); }))
    text +=
        " Exits of the sets B_r (factors approximately balanced, approximately of rank r in every layer, bounded; Wang & Jacot 2024) "
        "are those that probes of the last phase saw, per step between a probe inside and the next; without any, the bound is the "
        "one-sided exact Poisson one.";
  std::vector<double> relative, absolute;
  for (const Cell& cell : experiment.cells)
    if (cell.probe.plateau) (cell.probe.plateau->relative ? relative : absolute).push_back(cell.probe.plateau->level);
  if (!relative.empty())
    text += fmt::format(
        " A plateau is a stretch between two peaks of the gradient norm, or a phase's start and a peak, where it has fallen to "
        "{} of each.",
        range_text(relative));
  if (!absolute.empty())
    text += fmt::format(" A plateau is a stretch in which the gradient norm is at most {}, and which is left.", range_text(absolute));
  return text;
}

// Where the target changed in training.
std::string switch_sentence(const Experiment& experiment) {
  std::vector<std::string> switches;
  for (const Cell& cell : experiment.cells)
    for (const PhaseSpec& phase : cell.phases) {
      if (!phase.target) continue;
      std::string text = fmt::format("'{}' {}", phase.name, described_target(*phase.target));
      if (std::find(switches.begin(), switches.end(), text) == switches.end()) switches.push_back(std::move(text));
    }
  if (switches.empty()) return "";
  return fmt::format(
      " Phases with a target of their own had: {}. Errors, ranks and alignments are against the target of the phase that they "
      "were read in.",
      joined_by_or(switches));
}

// What was observed, where it was not entries.
std::string sensing_sentence(const Experiment& experiment) {
  std::vector<double> counts;
  bool general = false, symmetric = false;
  for (const Cell& cell : experiment.cells)
    for (const PhaseSpec& phase : cell.phases) {
      const ObservationSpec& spec = phase.observes(cell.problem.observed);
      if (!spec.measures()) continue;
      counts.push_back(static_cast<double>(spec.count));
      (cell.model.symmetry == Symmetry::symmetric ? symmetric : general) = true;
    }
  if (counts.empty()) return "";
  return fmt::format(
      " The target was observed through {} Gaussian measurements <A_k, T> (entries of A_k independent, of variance 1 / (rows "
      "columns){}).",
      range_text(counts), !symmetric ? "" : general ? "; of the symmetric model, its symmetric part" : ", then symmetrised");
}

}  // namespace rankfall
