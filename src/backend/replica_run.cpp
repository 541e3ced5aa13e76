#include "backend/replica_run.hpp"

#include <type_traits>

namespace rankfall {

kernels::PhasePlan phase_plan(const PhaseSpec& phase, const ProbeSpec& probe) {
  const auto rule = [](const auto& limit) {
    using Limit = typename std::decay_t<decltype(limit)>::value_type;
    return kernels::Rule<Limit>{limit.has_value(), limit.value_or(Limit{})};
  };
  const StopRule& stop = phase.stop;
  return {phase.steps,       probe.every,           rule(stop.gradient_norm),
          rule(stop.loss),   rule(stop.plateau),    rule(stop.rank_at_most),
          rule(stop.rank_at_least)};
}

}  // namespace rankfall
