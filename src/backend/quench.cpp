#include "backend/quench.hpp"

#include <algorithm>
#include <limits>

namespace rankfall {

template <class Real>
Quencher<Real>::Quencher(const Factorization& model, const QuenchSpec& spec, double first_rate)
    : most_steps_(spec.steps),
      rule_{first_rate, spec.gradient_norm, quench_rounding<Real>},
      group_(model),
      observer_(model) {}

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
      group_.load(lane, progress[q].accepted, {{}, 0, rule_.first_rate, phase.ridge});
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

template <class Real>
void Quencher<Real>::begin_group(std::vector<LaneProgress>& progress, std::size_t count) {
  observer_.observe(group_, Detail::gradient);
  for (std::size_t q = 0; q < count; ++q) {
    const int lane = static_cast<int>(q);
    progress[q].descent = kernels::begin_descent(rule_, observer_.reading(lane).decisive());
    if (!progress[q].descent.live) group_.clear(lane);
  }
}

template <class Real>
void Quencher<Real>::run_group(std::vector<LaneProgress>& progress, double ridge) {
  const auto live = [](const LaneProgress& lane) { return lane.descent.live; };
  for (kernels::QuenchSchedule schedule{most_steps_}; schedule.left > 0 && std::any_of(progress.begin(), progress.end(), live);
       schedule.advance()) {
    group_.advance(schedule.next());
    observer_.observe(group_, Detail::gradient);
    const bool full_block = schedule.next() == kernels::QuenchSchedule::block_steps;
    for (int lane = 0; lane < lanes; ++lane)
      if (progress[lane].descent.live) finish_block(lane, progress[lane], ridge, full_block);
  }
}

template <class Real>
void Quencher<Real>::finish_block(int lane, LaneProgress& progress, double ridge, bool full_block) {
  kernels::Descent& descent = progress.descent;
  if (kernels::judge_block(descent, rule_, observer_.reading(lane).decisive(), full_block)) {
    group_.store(lane, progress.accepted);
    group_.set_rate(lane, descent.rate, ridge);
  } else {
    group_.load(lane, progress.accepted, {{}, 0, descent.rate, ridge});
  }
  if (!descent.live) group_.clear(lane);
}

template class Quencher<float>;
template class Quencher<double>;

}  // namespace rankfall
