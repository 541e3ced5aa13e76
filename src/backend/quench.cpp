#include "backend/quench.hpp"

#include <algorithm>
#include <limits>

namespace rankfall {

namespace {
constexpr std::int64_t block_steps = 200;
constexpr int single_steps = 16;  // blocks of one step at first, so that too large a rate is found out step by step
constexpr int patience = 10;      // full blocks at a standstill
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
      group_.load(lane, progress[q].accepted, {{}, 0, first_rate_, phase.ridge});
    }
    begin_group(progress, count);
    run_group(progress, phase.ridge);
    for (std::size_t q = 0; q < count; ++q)
      group_.load(static_cast<int>(q), progress[q].accepted, {{}, 0, 0.0, 0.0});
    observer_.observe(group_, Detail::spectrum);
    for (std::size_t q = 0; q < count; ++q)
      spectra.push_back(observer_.reading(static_cast<int>(q)).singular_values);
  }
  return spectra;
}

// The objective where each starts: a first block that ends above it is undone like any other.
template <class Real>
void Quencher<Real>::begin_group(std::vector<LaneProgress>& progress, std::size_t count) {
  observer_.observe(group_, Detail::gradient);
  for (std::size_t q = 0; q < count; ++q) {
    const LaneReading reading = observer_.reading(static_cast<int>(q));
    progress[q].objective = reading.objective;
    progress[q].live = reading.finite() && !(reading.gradient_norm <= spec_.gradient_norm);
    if (!progress[q].live) group_.clear(static_cast<int>(q));
  }
}

template <class Real>
void Quencher<Real>::run_group(std::vector<LaneProgress>& progress, double ridge) {
  const auto live = [](const LaneProgress& lane) { return lane.live; };
  std::int64_t left = spec_.steps, length = 1;
  for (int block = 1; left > 0 && std::any_of(progress.begin(), progress.end(), live); ++block) {
    const std::int64_t steps = std::min(length, left);
    group_.advance(steps);
    left -= steps;
    observer_.observe(group_, Detail::gradient);
    for (int lane = 0; lane < lanes; ++lane)
      if (progress[lane].live) finish_block(lane, progress[lane], ridge, steps);
    if (block >= single_steps) length = std::min(2 * length, block_steps);
  }
}

template <class Real>
void Quencher<Real>::finish_block(int lane, LaneProgress& progress, double ridge, std::int64_t steps) {
  // Rounding moves an objective at rest by a few ulp of Real; that is no rise.
  constexpr double rounding = 64.0 * std::numeric_limits<Real>::epsilon();
  const LaneReading reading = observer_.reading(lane);
  if (!reading.finite() || reading.objective > progress.objective * (1.0 + rounding)) {
    progress.rate *= 0.5;
    group_.load(lane, progress.accepted, {{}, 0, progress.rate, ridge});
    progress.live = progress.rate > 1e-12 * first_rate_;
  } else {
    // Small decreases add up: the objective is compared with where the standstill began.
    const bool falls = reading.objective < progress.objective * (1.0 - rounding);
    if (falls) progress.objective = reading.objective;
    group_.store(lane, progress.accepted);
    if (steps == block_steps) {
      progress.still = falls ? 0 : progress.still + 1;
      progress.rate = std::min(1.2 * progress.rate, 4.0 * first_rate_);
      group_.set_rate(lane, progress.rate, ridge);
    }
    progress.live = !(reading.gradient_norm <= spec_.gradient_norm) && progress.still < patience;
  }
  if (!progress.live) group_.clear(lane);
}

template class Quencher<float>;
template class Quencher<double>;

}  // namespace rankfall
