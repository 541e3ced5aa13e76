#include "backend/quench.hpp"

#include <algorithm>
#include <limits>

namespace rankfall {

namespace {
constexpr std::int64_t block_steps = 200;
constexpr int patience = 10;  // blocks at a standstill
}  // namespace

template <class Real>
Quencher<Real>::Quencher(const Factorization& model, const QuenchSpec& spec, double default_rate)
    : spec_(spec), first_rate_(spec.learning_rate.value_or(default_rate)), group_(model), observer_(model) {}

template <class Real>
std::vector<std::vector<double>> Quencher<Real>::descend(const std::vector<const ReplicaState<Real>*>& states,
                                                         const PhaseSpec& phase,
                                                         const std::function<const ObservedData&(std::size_t)>& data) {
  PhaseSpec descent = phase;
  descent.optimizer = Optimizer::gradient_descent;
  std::vector<std::vector<double>> spectra;
  for (std::size_t begin = 0; begin < states.size(); begin += lanes) {
    const std::size_t count = std::min<std::size_t>(lanes, states.size() - begin);
    const std::size_t observed = data(begin).entries.size();
    group_.open_phase_per_lane(descent, observed);
    observer_.set_objective(loss_scale(phase, observed), phase.ridge);
    std::vector<LaneProgress> progress(lanes);
    for (std::size_t q = 0; q < count; ++q) {
      const int lane = static_cast<int>(q);
      const ObservedData& own = data(begin + q);
      group_.set_data(lane, own);
      observer_.set_data(lane, own, own.target);
      progress[q].accepted = *states[begin + q];
      progress[q].rate = first_rate_;
      progress[q].objective = std::numeric_limits<double>::infinity();
      progress[q].live = true;
      group_.load(lane, progress[q].accepted, {{}, 0, first_rate_, phase.ridge});
    }
    run_group(progress, phase.ridge);
    for (std::size_t q = 0; q < count; ++q)
      group_.load(static_cast<int>(q), progress[q].accepted, {{}, 0, 0.0, 0.0});
    observer_.observe(group_, Detail::spectrum);
    for (std::size_t q = 0; q < count; ++q)
      spectra.push_back(observer_.reading(static_cast<int>(q)).singular_values);
  }
  return spectra;
}

template <class Real>
void Quencher<Real>::run_group(std::vector<LaneProgress>& progress, double ridge) {
  const auto live = [](const LaneProgress& lane) { return lane.live; };
  while (std::any_of(progress.begin(), progress.end(), live)) {
    group_.advance(block_steps);
    observer_.observe(group_, Detail::gradient);
    for (int lane = 0; lane < lanes; ++lane)
      if (progress[lane].live) finish_block(lane, progress[lane], ridge);
  }
}

template <class Real>
void Quencher<Real>::finish_block(int lane, LaneProgress& progress, double ridge) {
  // Rounding moves an objective at rest by a few ulp of Real; that is no rise.
  constexpr double rounding = 64.0 * std::numeric_limits<Real>::epsilon();
  const LaneReading reading = observer_.reading(lane);
  progress.steps += block_steps;
  const bool exhausted = progress.steps >= spec_.steps;
  if (!reading.finite() || reading.objective > progress.objective * (1.0 + rounding)) {
    progress.rate *= 0.5;
    group_.load(lane, progress.accepted, {{}, 0, progress.rate, ridge});
    progress.live = !exhausted && progress.rate > 1e-12 * first_rate_;
  } else {
    const bool falls = reading.objective < progress.objective * (1.0 - rounding);
    progress.still = falls ? 0 : progress.still + 1;
    progress.objective = reading.objective;
    group_.store(lane, progress.accepted);
    progress.rate = std::min(1.2 * progress.rate, 4.0 * first_rate_);
    group_.set_rate(lane, progress.rate, ridge);
    progress.live = !(reading.gradient_norm <= spec_.gradient_norm) && progress.still < patience && !exhausted;
  }
  if (!progress.live) group_.clear(lane);
}

template class Quencher<float>;
template class Quencher<double>;

}  // namespace rankfall
