#include "backend/replica_run.hpp"

#include <fmt/core.h>

#include <type_traits>

namespace rankfall {

kernels::PhasePlan phase_plan(const PhaseSpec& phase, const ProbeSpec& probe) {
  const auto rule = [](const auto& limit) {
    using Limit = typename std::decay_t<decltype(limit)>::value_type;
    return kernels::Rule<Limit>{limit.has_value(), limit.value_or(Limit{})};
  };
  const StopRule& stop = phase.stop;
  return {phase.steps,
          probe.every,
          rule(stop.gradient_norm),
          rule(stop.loss),
          rule(stop.plateau),
          rule(stop.rank_at_most),
          rule(stop.rank_at_least),
          rule(stop.blow_up),
          {phase.time, probe.times.data(), static_cast<int>(probe.times.size())}};
}

// Descent for classification starts at the rate the user found good for descent.
double quench_rate(const Cell& cell) {
  if (cell.probe.quench.learning_rate) return *cell.probe.quench.learning_rate;
  for (const PhaseSpec& phase : cell.phases)
    if (phase.optimizer == Optimizer::gradient_descent) return phase.learning_rate;
  double rate = 0.0;  // of a gradient flow: none
  for (const PhaseSpec& phase : cell.phases)
    if (phase.learning_rate > 0.0) rate = phase.learning_rate;
  return rate;
}

double rank_tolerance(const ProbeSpec& probe, const ProblemInstance& problem, int phase) {
  return probe.tolerance_is_absolute ? probe.rank_tolerance
                                     : probe.rank_tolerance * problem.largest_singular_value_in(static_cast<std::size_t>(phase));
}

ConfigError unsettled(const Cell& cell, int tries) {
  return ConfigError({"initialization.require",
                      fmt::format("no start settles at rank {} in {} draws{}", cell.initialization.settled_rank, tries,
                                  cell.label.empty() ? "" : " (cell " + cell.label + ")"),
                      "the first phase ends at another rank every time",
                      "require another rank, change initialization.scale, or raise initialization.maximum_tries"});
}

}  // namespace rankfall
