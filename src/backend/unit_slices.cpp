// What a UnitTrainer trains at a stretch: to a probe, and no longer than a slice.
#include <algorithm>
#include <iterator>

#include "backend/unit_trainer.hpp"

namespace rankfall {

// Steps that a lane may take before it is looked at; none if it is free.
template <class Real>
std::int64_t UnitTrainer<Real>::steps_of_slice(const std::vector<Run>& runs, const kernels::PhasePlan& plan,
                                               const std::optional<std::size_t>& r) const {
  if (!r) return 0;
  const kernels::Progress& progress = runs[*r].progress;
  const std::int64_t steps = std::min(kernels::steps_to_probe(progress, plan), slice_.steps());
  const std::int64_t traced = supervision_.trace_every;
  return traced > 0 ? std::min(steps, traced - progress.phase_steps % traced) : steps;
}

// False if all lanes are free.
template <class Real>
bool UnitTrainer<Real>::train_slice(std::vector<Run>& runs, const kernels::PhasePlan& plan,
                                    const std::vector<std::optional<std::size_t>>& at) {
  const Stopwatch watch(activity_.seconds.training);
  const std::int64_t steps = plan.flow.on() ? follow_slice(runs, plan, at) : descend_slice(runs, plan, at);
  if (steps > 0) slice_.took(steps, watch.seconds());
  return steps > 0;
}

// Up to the next probe of any lane: all take as many steps.
template <class Real>
std::int64_t UnitTrainer<Real>::descend_slice(std::vector<Run>& runs, const kernels::PhasePlan& plan,
                                              const std::vector<std::optional<std::size_t>>& at) {
  std::int64_t steps = 0;
  for (const auto& r : at)
    if (const std::int64_t own = steps_of_slice(runs, plan, r)) steps = steps == 0 ? own : std::min(steps, own);
  if (steps == 0) return 0;
  for (std::int64_t left = steps; left > 0;) {
    const std::int64_t leg = stretches_->empty() ? left : set_rates(runs, at, left);
    group_.advance(leg);
    for (const auto& r : at)
      if (r) count_steps(runs[*r], leg);
    left -= leg;
  }
  return steps;
}

// Rates as they are at each lane's own step. Returns how many of `steps` they hold for, in all lanes.
template <class Real>
std::int64_t UnitTrainer<Real>::set_rates(const std::vector<Run>& runs, const std::vector<std::optional<std::size_t>>& at,
                                          std::int64_t steps) {
  for (int lane = 0; lane < lanes; ++lane) {
    if (!at[lane]) continue;
    const std::int64_t step = runs[*at[lane]].progress.phase_steps;
    const auto next = std::upper_bound(stretches_->begin(), stretches_->end(), step,
                                       [](std::int64_t s, const Stretch& stretch) { return s < stretch.begin; });
    const Stretch& now = *std::prev(next);
    group_.set_rate(lane, now.learning_rate, now.ridge);
    if (next != stretches_->end()) steps = std::min(steps, next->begin - step);
  }
  return steps;
}

// Every lane to its own next probe: those that are there wait, since their numbers of steps are alike.
template <class Real>
std::int64_t UnitTrainer<Real>::follow_slice(std::vector<Run>& runs, const kernels::PhasePlan& plan,
                                             const std::vector<std::optional<std::size_t>>& at) {
  std::array<LaneLeg, lanes> legs;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if (!at[lane]) continue;
    const kernels::Progress& progress = runs[*at[lane]].progress;
    legs[lane] = {progress.flow, kernels::time_of_probe(progress, plan), steps_of_slice(runs, plan, at[lane]), 0};
  }
  if (std::all_of(legs.begin(), legs.end(), [](const LaneLeg& leg) { return leg.allowed == 0; })) return 0;
  group_.follow(legs);
  std::int64_t most = 0;
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if (!at[lane]) continue;
    runs[*at[lane]].progress.flow = legs[lane].position;
    count_steps(runs[*at[lane]], legs[lane].taken);
    most = std::max(most, legs[lane].taken);
  }
  return most;
}

template <class Real>
void UnitTrainer<Real>::count_steps(Run& run, std::int64_t steps) {
  run.progress.steps += steps;
  run.progress.phase_steps += steps;
  activity_.replica_steps += static_cast<double>(steps);
}

template void UnitTrainer<float>::count_steps(Run&, std::int64_t);
template void UnitTrainer<double>::count_steps(Run&, std::int64_t);
template bool UnitTrainer<float>::train_slice(std::vector<Run>&, const kernels::PhasePlan&,
                                              const std::vector<std::optional<std::size_t>>&);
template bool UnitTrainer<double>::train_slice(std::vector<Run>&, const kernels::PhasePlan&,
                                               const std::vector<std::optional<std::size_t>>&);
template void UnitTrainer<Extended>::count_steps(Run&, std::int64_t);
template bool UnitTrainer<Extended>::train_slice(std::vector<Run>&, const kernels::PhasePlan&,
                                               const std::vector<std::optional<std::size_t>>&);

}  // namespace rankfall
