// Ranks of the minima that noise-free descent from a wave's states reaches.
#include "device/wave_tables.hpp"

namespace rankfall {

// Noise-free descent by the rules of kernels/quench.hpp; ranks into memory_.quench.rank. The states stay as they are.
template <class Real>
void WaveTrainer<Real>::quench(int count) {
  QuenchMemory<Real>& own = memory_.quench;
  own.live.copy_from(own.list);
  for (DeviceArray<Real>* state : {&own.accepted, &own.tried}) state->copy_from(memory_.factors);
  for (DeviceArray<double>* scale : {&own.accepted_scale, &own.tried_scale}) scale->copy_from(memory_.scale);
  const auto state = own.state(entries_of(cells_.front()->model), runs_.size());
  const kernels::Detail gradient{false, true, false}, spectrum{true, false, false};
  kernels::QuenchSchedule schedule{cells_.front()->probe.quench.steps};
  observe(own.tried, own.tried_scale, own.readings, gradient, own.live, count);
  device_.require(kernels::launch(
      kernels::BeginQuenchJob<Real>{own.live.data(), memory_.cell.data(), tables_->terms.data(), tables_->rules.data(),
                                    own.readings.view, state, memory_.goes_on.data(), schedule.next()},
      count, device_.queue()));
  int live = select(own.live, memory_.goes_on, count, own.next_live);
  std::swap(own.live, own.next_live);
  while (schedule.left > 0 && live > 0) {
    // A sampler that nobody asks does nothing: uniform.
    kernels::AdvanceJob<Real> job =
        memory_.advance_job(cells_.front()->model, tables_->for_descent(), 1, kernels::Sampling::uniform, live);
    job.factors = own.tried.data();
    job.scale = own.tried_scale.data();
    job.rate = own.rate.data();
    job.decay = own.decay.data();
    job.steps = own.steps.data();
    job.live = own.live.data();
    advance(tables_->descent_plan, job);
    const bool full = schedule.next() == kernels::QuenchSchedule::block_steps;
    schedule.advance();
    observe(own.tried, own.tried_scale, own.readings, gradient, own.live, live);
    device_.require(kernels::launch(
        kernels::JudgeQuenchJob<Real>{own.live.data(), memory_.cell.data(), tables_->terms.data(), tables_->rules.data(),
                                      own.readings.view, state, memory_.goes_on.data(), schedule.next(), full},
        live, device_.queue()));
    live = select(own.live, memory_.goes_on, live, own.next_live);
    std::swap(own.live, own.next_live);
  }
  observe(own.accepted, own.accepted_scale, own.readings, spectrum, own.list, count);
  device_.require(kernels::launch(
      kernels::QuenchedRankJob{own.list.data(), memory_.problem.data(), tables_->tolerance.data(), own.readings.view,
                               own.rank.data()},
      count, device_.queue()));
}

template <class Real>
int WaveTrainer<Real>::select(const DeviceArray<int>& items, const DeviceArray<unsigned char>& mark, int count,
                              DeviceArray<int>& kept) {
  device_.require(kernels::select_marked(items.data(), mark.data(), count, kept.data(), memory_.counts.data(),
                                         memory_.list_scratch.data(), memory_.list_scratch.size(), device_.queue()));
  std::vector<int> counts;
  memory_.counts.download(counts, 0, 1);
  device_.wait();
  return counts[0];
}

template void WaveTrainer<float>::quench(int);
template void WaveTrainer<double>::quench(int);

}  // namespace rankfall
