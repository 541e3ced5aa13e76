// The phases of a wave: launches, and what the host does between them.
#include <algorithm>
#include <numeric>

#include "device/wave_tables.hpp"

namespace rankfall {

template <class Real>
void WaveTrainer<Real>::run_phase(int phase) {
  std::vector<int> which;
  for (std::size_t r = 0; r < runs_.size(); ++r)
    if (!runs_[r].diverged() && first_phase_[r] <= phase) which.push_back(static_cast<int>(r));
  if (which.empty()) return;
  prepare(phase);
  while (!which.empty()) {
    for (int live = open_phase(phase, which); live > 0;) live = step_phase(phase, live);
    fetch_progress();
    which = redraw_unsettled(phase, which);
  }
}

// The probe before the first step: rank and objective the phase begins with, rules that hold already.
template <class Real>
int WaveTrainer<Real>::open_phase(int phase, const std::vector<int>& which) {
  const auto p = static_cast<std::size_t>(phase);
  std::vector<kernels::RandomSource<kernels::Word>> source(runs_.size());
  for (int r : which) {
    Run& run = runs_[static_cast<std::size_t>(r)];
    const Cell& cell = *cells_[static_cast<std::size_t>(cell_of_[static_cast<std::size_t>(r)])];
    run.phase = phase;
    const auto stream =
        cell.phases[p].sampling == Sampling::shuffled ? kernels::Stream::shuffle : kernels::Stream::sampling;
    source[static_cast<std::size_t>(r)] = draw_source(experiment_, cell, run.index, stream, phase, 0);
  }
  memory_.source.upload(source);
  memory_.live.upload(which);
  device_.wait();
  const int count = static_cast<int>(which.size());
  device_.require(kernels::launch(
      kernels::OpenPhaseJob<Real>{memory_.live.data(), memory_.cell.data(), tables_->terms.data(), memory_.progress.data(),
                                  memory_.start_step.data(), memory_.steps.data(), memory_.draws.data(),
                                  memory_.rate.data(), memory_.decay.data()},
      count, device_.queue()));
  return look(phase, count);
}

template <class Real>
int WaveTrainer<Real>::step_phase(int phase, int live) {
  advance(tables_->plan, memory_.advance_job(cells_.front()->model, tables_->problems.table(), tables_->batch_size,
                                             tables_->sampling, live));
  return look(phase, live);
}

// Reads the live replicas and decides on each; those that go on become the live ones. Returns how many.
template <class Real>
int WaveTrainer<Real>::look(int phase, int live) {
  observe(memory_.factors, memory_.scale, memory_.readings, probe_detail(phase), memory_.live, live);
  const bool quenched = cells_.front()->probe.rank == RankKind::quenched;
  if (quenched) {
    memory_.quench.list.copy_from(memory_.live);
    quench(live);
  }
  device_.require(kernels::launch(
      kernels::DecideJob{memory_.live.data(), memory_.cell.data(), memory_.problem.data(), tables_->terms.data(),
                         tables_->tolerance.data(), quenched ? memory_.quench.rank.data() : nullptr,
                         memory_.readings.view, memory_.progress.data(), memory_.start_rank.data(),
                         memory_.steps.data(), memory_.draws.data(), memory_.change.data(), memory_.changed.data(),
                         memory_.goes_on.data(), memory_.rank_now.data()},
      live, device_.queue()));
  if (cells_.front()->probe.trajectory) note_trajectory(phase, live);
  return gather(phase, live);
}

// Two counts cross the bus, and the changes of rank if there are any.
template <class Real>
int WaveTrainer<Real>::gather(int phase, int live) {
  const auto mark = [&](const DeviceArray<unsigned char>& marks, DeviceArray<int>& kept, int at) {
    device_.require(kernels::select_marked(memory_.live.data(), marks.data(), live, kept.data(), memory_.counts.data() + at,
                                           memory_.list_scratch.data(), memory_.list_scratch.size(), device_.queue()));
  };
  mark(memory_.goes_on, memory_.next_live, 0);
  mark(memory_.changed, memory_.changed_list, 1);
  std::vector<int> counts;
  memory_.counts.download(counts, 0, 2);
  device_.wait();
  if (counts[1] > 0) note_changes(phase, counts[1]);
  std::swap(memory_.live, memory_.next_live);
  return counts[0];
}

template <class Real>
void WaveTrainer<Real>::note_changes(int phase, int count) {
  device_.require(kernels::launch(
      kernels::GatherChangesJob{memory_.changed_list.data(), memory_.change.data(), memory_.gathered.data()}, count,
      device_.queue()));
  std::vector<int> which;
  std::vector<kernels::RankChange> changes;
  memory_.changed_list.download(which, 0, static_cast<std::size_t>(count));
  memory_.gathered.download(changes, 0, static_cast<std::size_t>(count));
  device_.wait();
  for (std::size_t k = 0; k < which.size(); ++k) {
    Run& run = runs_[static_cast<std::size_t>(which[k])];
    const kernels::RankChange& change = changes[k];
    run.events.push_back(
        {run.index, change.step_before, change.step_after, change.rank_before, change.rank_after, phase});
  }
}

template <class Real>
void WaveTrainer<Real>::fetch_progress() {
  const std::size_t replicas = runs_.size();
  std::vector<kernels::Progress> progress;
  std::vector<std::int64_t> start_step;
  std::vector<int> start_rank;
  memory_.progress.download(progress, 0, replicas);
  memory_.start_step.download(start_step, 0, replicas);
  memory_.start_rank.download(start_rank, 0, replicas);
  device_.wait();
  for (std::size_t r = 0; r < replicas; ++r) {
    if (runs_[r].phase < first_phase_[r]) continue;  // not on the device yet
    runs_[r].progress = progress[r];
    runs_[r].start_step = start_step[r];
    runs_[r].start_rank = start_rank[r];
  }
}

// As on the CPU: those that did not settle at the required rank are drawn again.
template <class Real>
std::vector<int> WaveTrainer<Real>::redraw_unsettled(int phase, const std::vector<int>& which) {
  std::vector<int> again;
  for (int r : which) {
    Run& run = runs_[static_cast<std::size_t>(r)];
    const auto c = static_cast<std::size_t>(cell_of_[static_cast<std::size_t>(r)]);
    const InitializationSpec& spec = cells_[c]->initialization;
    if (phase > 0 || spec.requirement != Requirement::settled_rank) continue;
    if (!run.diverged() && run.progress.rank == spec.settled_rank) continue;
    if (run.tries >= spec.maximum_tries) throw unsettled(*cells_[c], run.tries);
    run.attempt += 1;
    starters_[c]->draw_start(run);
    again.push_back(r);
  }
  if (!again.empty()) upload_replicas(again);
  return again;
}

template <class Real>
void WaveTrainer<Real>::advance(const AdvancePlan<Real>& plan, const kernels::AdvanceJob<Real>& job) {
  device_.require(plan.launch(job, plan.pitch, plan.shape, advance_scratch_.data(), device_.queue()));
}

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

template void WaveTrainer<float>::run_phase(int);
template void WaveTrainer<double>::run_phase(int);
template void WaveTrainer<float>::quench(int);
template void WaveTrainer<double>::quench(int);

}  // namespace rankfall
