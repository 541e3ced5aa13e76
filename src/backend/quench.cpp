#include "backend/quench.hpp"

#include <algorithm>
#include <limits>
#include <utility>

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
  std::vector<Progress> progress(states.size());
  std::vector<std::size_t> live;
  for (std::size_t k = 0; k < states.size(); ++k) {
    progress[k].accepted = *states[k];
    live.push_back(k);
  }
  const auto in_registers = [&](const std::vector<std::size_t>& members, const auto& visit) {
    for (std::size_t begin = 0; begin < members.size(); begin += lanes) {
      const auto from = members.begin() + static_cast<std::ptrdiff_t>(begin);
      member_.assign(from, from + static_cast<std::ptrdiff_t>(std::min<std::size_t>(lanes, members.size() - begin)));
      load_group(descent, progress, data);
      visit();
    }
  };
  in_registers(live, [&] { begin_group(progress); });
  const std::vector<std::size_t> all = live;
  const auto ended = [&](std::size_t k) { return !progress[k].descent.live; };
  for (kernels::QuenchSchedule schedule{most_steps_}; schedule.left > 0;) {
    live.erase(std::remove_if(live.begin(), live.end(), ended), live.end());
    if (live.empty()) break;
    in_registers(live, [&] { run_group(progress, phase.ridge, schedule); });
    for (int block = 0; block < blocks_between && schedule.left > 0; ++block) schedule.advance();
  }
  std::vector<std::vector<double>> spectra;
  in_registers(all, [&] {
    observer_.observe(group_, Detail::spectrum);
    for (std::size_t q = 0; q < member_.size(); ++q)
      spectra.push_back(observer_.reading(static_cast<int>(q)).singular_values);
  });
  settled_.clear();
  for (Progress& each : progress) settled_.push_back(std::move(each.accepted));
  return spectra;
}

template <class Real>
void Quencher<Real>::load_group(const PhaseSpec& descent, const std::vector<Progress>& progress,
                                const std::function<const ObservedData&(std::size_t)>& data) {
  const ObservedData& first = data(member_.front());
  const bool shared = first.measurements && std::all_of(member_.begin(), member_.end(), [&](std::size_t k) {
    return data(k).measurements == first.measurements;
  });
  if (shared) group_.open_phase(descent, first);  // measurements of all lanes would be many
  else group_.open_phase_per_lane(descent, first);
  observer_.set_objective(loss_scale(descent, first.count()), descent.ridge);
  for (std::size_t q = 0; q < member_.size(); ++q) {
    const int lane = static_cast<int>(q);
    const ObservedData& own = data(member_[q]);
    const Progress& member = progress[member_[q]];
    if (!shared) group_.set_data(lane, own);
    observer_.set_data(lane, own, own.target);
    group_.load(lane, member.accepted, {{}, 0, member.descent.rate, descent.ridge});
  }
}

template <class Real>
void Quencher<Real>::begin_group(std::vector<Progress>& progress) {
  observer_.observe(group_, Detail::gradient);
  for (std::size_t q = 0; q < member_.size(); ++q)
    progress[member_[q]].descent = kernels::begin_descent(rule_, observer_.reading(static_cast<int>(q)).decisive());
}

template <class Real>
void Quencher<Real>::run_group(std::vector<Progress>& progress, double ridge, kernels::QuenchSchedule schedule) {
  const auto live = [&](std::size_t k) { return progress[k].descent.live; };
  for (int block = 0; block < blocks_between && schedule.left > 0 && std::any_of(member_.begin(), member_.end(), live);
       ++block, schedule.advance()) {
    group_.advance(schedule.next());
    observer_.observe(group_, Detail::gradient);
    const bool full_block = schedule.next() == kernels::QuenchSchedule::block_steps;
    for (std::size_t q = 0; q < member_.size(); ++q)
      if (live(member_[q])) finish_block(static_cast<int>(q), progress[member_[q]], ridge, full_block);
  }
}

template <class Real>
void Quencher<Real>::finish_block(int lane, Progress& progress, double ridge, bool full_block) {
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
template class Quencher<Extended>;

}  // namespace rankfall
