#include "run/problem_advice.hpp"

#include <fmt/format.h>

namespace rankfall {

namespace {

// "phase.settle.steps or phase.melt.steps": phases [0, end) of the experiment, but for gradient flows.
std::string phase_keys(const Experiment& experiment, std::size_t end, const std::string& key) {
  std::string text;
  for (std::size_t p = 0; p < end; ++p) {
    const PhaseSpec& phase = experiment.cells.front().phases[p];
    if (!phase.flows()) text += fmt::format("{}phase.{}.{}", text.empty() ? "" : " or ", phase.name, key);
  }
  return text.empty() ? "initialization.scale" : text;  // what diverges in a flow began beyond the range of numbers
}

// What makes the last phase longer.
std::string last_length(const Experiment& experiment) {
  const PhaseSpec& last = experiment.cells.front().phases.back();
  return fmt::format("phase.{}.{}", last.name, last.flows() ? "time" : "steps");
}

// "phase.a.KEY or phase.b.KEY": the gradient flows of the first cell; the last phase where a sweep made others flow.
std::string flow_keys(const Experiment& experiment, const std::string& key) {
  std::string text;
  for (const PhaseSpec& phase : experiment.cells.front().phases)
    if (phase.flows()) text += fmt::format("{}phase.{}.{}", text.empty() ? "" : " or ", phase.name, key);
  return text.empty() ? fmt::format("phase.{}.{}", experiment.cells.front().phases.back().name, key) : text;
}

std::string last_phase(const Experiment& experiment) { return "phase." + experiment.cells.front().phases.back().name; }

Advice advice_on_units(const Diagnosis& diagnosis) {
  const std::string remedy = "The same `rankfall run` command trains them again, to the same numbers.";
  if (diagnosis.merged)
    return {"results.nc is whole and does not need them, but a disk that spoiled these may spoil others.", remedy};
  return {"Their replicas are left out of every estimate until they are trained again.", remedy};
}

Advice advice_on_ends(Problem problem, const Experiment& experiment) {
  const std::size_t phases = experiment.cells.front().phases.size();
  const std::string last = last_phase(experiment);
  const bool flows = experiment.cells.front().phases.back().flows();
  switch (problem) {
    case Problem::diverged:
      return {"A diverged replica is a trial without an event and has no rank: what it would have done is not known, "
              "and P(jump) errs low.",
              fmt::format("Lower {}.", phase_keys(experiment, phases, "learning_rate"))};
    case Problem::stalled:
      return {"A gradient flow used up its steps before its time, or its step became too small (or, in a phase before the "
              "last, its norm passed stop.blow_up): these replicas, and later phases, went on from wherever they were.",
              fmt::format("Raise {}, or end the flow where it has come to rest with {} = {{ gradient_norm = 1e-8 }}.",
                          flow_keys(experiment, "maximum_steps"), flow_keys(experiment, "stop"))};
    case Problem::risen_objective:
      return {"The objective rose on the way, more than descent with small steps does: where these ended may be the work of "
              "an overshoot, not of the objective.",
              fmt::format("Lower {}; objective_rise in results.nc says how much it rose.",
                          phase_keys(experiment, phases, "learning_rate"))};
    case Problem::unsettled_start:
      return {"The phases before the last took all their steps without meeting their stop rule, so these replicas did "
              "not start from a minimum: a fall may be the end of the settling rather than a jump.",
              fmt::format("Raise {}.", phase_keys(experiment, phases - 1, "steps"))};
    case Problem::unconverged:
      return {fmt::format("These ran out of {} before the stop rule of the last phase held: ranks and errors are those of "
                          "wherever they were.",
                          flows ? "time" : "steps"),
              fmt::format("Raise {0}; if the gradient norm no longer falls, loosen {1}.stop{2}.", last_length(experiment),
                          last, experiment.precision == Precision::float32 ? " or set precision = \"float64\"" : "")};
    default:
      return {"The last phase has no convergence rule and ended where the gradient norm is above "
              "probe.quench.gradient_norm: ranks are those of replicas on their way.",
              fmt::format("Raise {0} with {1}.stop = {{ gradient_norm = 1e-5 }}, or set probe.classify_at_end = "
                          "\"quench\".",
                          last_length(experiment), last)};
  }
}

Advice advice_on_ranks(Problem problem, const Experiment& experiment) {
  switch (problem) {
    case Problem::upward_jumps:
      return {"SGD is said never to come back from a lower rank. Either a fall was called before it was one, or a small "
              "singular value flickers across the tolerance: P(jump) may count too much.",
              "Look at one with `rankfall replay`. If replicas come back, lower probe.rank_tolerance, to a fifth of the "
              "saddle's singular value or less (\"auto\" finds it); if a small singular value flickers, raise it."};
    case Problem::tolerance_decides:
      return {"Where the line between small and zero is drawn moves this estimate out of its interval, which only "
              "covers chance. (Counted from the singular values at the end; labels of a quench stay as they are.)",
              fmt::format("Set probe.rank_tolerance inside a gap of the spectrum (figures/spectra.png), or let the "
                          "singular values part: raise {}.",
                          last_length(experiment))};
    default:
      return {"The quench labels these with another rank than they have: they are still on their way at the horizon, "
              "and some may turn back.",
              fmt::format("Raise {}, so that fewer are on their way at the end; probe.classify_at_end = "
                          "\"numerical\" counts committed jumps only.",
                          last_length(experiment))};
  }
}

Advice advice_on_numbers(Problem problem, const Experiment& experiment) {
  switch (problem) {
    case Problem::missing_replicas:
      return {"The run is unfinished: estimates are of the replicas so far, with wider intervals than planned.",
              "The same `rankfall run` command goes on from here."};
    case Problem::too_few_events:
      return {"The interval is wide compared with the estimate; without an event there is only a bound.",
              "Raise replicas (four times as many halve the width); the same `rankfall run` command keeps those it has."};
    case Problem::censored:
      return {"The median first-passage time or the end of its interval is beyond the horizon, and P(jump) is the "
              "probability of a jump within it, not of one ever.",
              fmt::format("Raise {}.", last_length(experiment))};
    default:
      return {"Few initializations meet initialization.require: estimates hold for those only.",
              "Say so where they are reported; or change initialization.scale or initialization.kind."};
  }
}

}  // namespace

std::string problem_title(Problem problem) {
  switch (problem) {
    case Problem::damaged_units: return "Unit files that cannot be trusted";
    case Problem::missing_replicas: return "Missing replicas";
    case Problem::diverged: return "Diverged replicas";
    case Problem::stalled: return "Gradient flows that stalled";
    case Problem::risen_objective: return "Objectives that rose";
    case Problem::unsettled_start: return "Replicas that had not settled when the last phase began";
    case Problem::unconverged: return "Replicas that did not converge";
    case Problem::still_moving: return "Replicas that were still moving at the end";
    case Problem::upward_jumps: return "Upward jumps";
    case Problem::tolerance_decides: return "Estimates that depend on the rank tolerance";
    case Problem::label_decides: return "Labels that differ from the rank reached";
    case Problem::too_few_events: return "Too few events";
    case Problem::censored: return "Censored first-passage times";
    case Problem::selected_starts: return "Rare initializations";
  }
  return "";
}

Advice problem_advice(Problem problem, const Diagnosis& diagnosis) {
  switch (problem) {
    case Problem::damaged_units: return advice_on_units(diagnosis);
    case Problem::diverged:
    case Problem::stalled:
    case Problem::risen_objective:
    case Problem::unsettled_start:
    case Problem::unconverged:
    case Problem::still_moving: return advice_on_ends(problem, diagnosis.experiment);
    case Problem::upward_jumps:
    case Problem::tolerance_decides:
    case Problem::label_decides: return advice_on_ranks(problem, diagnosis.experiment);
    case Problem::missing_replicas:
    case Problem::too_few_events:
    case Problem::censored:
    case Problem::selected_starts: return advice_on_numbers(problem, diagnosis.experiment);
  }
  return {};
}

}  // namespace rankfall
