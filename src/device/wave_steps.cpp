// The phases of a wave: launches, and what the host does between them.
#include <algorithm>
#include <numeric>

#include "backend/lane_group.hpp"
#include "device/wave_tables.hpp"

namespace rankfall {

template <class Real>
bool WaveTrainer<Real>::run_phase(int phase) {
  std::vector<int> which, fresh, under_way;
  for (std::size_t r = 0; r < runs_.size(); ++r) {
    const bool begun = under_way_[r] && first_phase_[r] == phase;
    const bool begins = !begun && first_phase_[r] <= phase && !runs_[r].diverged();
    if (begun && runs_[r].progress.in_phase) under_way.push_back(static_cast<int>(r));
    if (begins) fresh.push_back(static_cast<int>(r));
    if (begun || begins) which.push_back(static_cast<int>(r));  // also those that have ended: they may be drawn again
  }
  if (which.empty()) return true;
  prepare(phase);
  int live = fresh.empty() ? 0 : open_phase(phase, fresh);
  if (!under_way.empty()) live = join_phase(phase, under_way, live);
  while (train_phase(phase, live)) {
    which = redraw_unsettled(phase, which);
    if (which.empty()) return true;
    live = open_phase(phase, which);
  }
  return false;
}

template <class Real>
bool WaveTrainer<Real>::train_phase(int phase, int live) {
  while (live > 0) {
    live = step_phase(phase, live);
    if (!go_on(phase)) return false;
  }
  fetch_progress();
  note_rises(phase);
  return true;
}

// Of a replica's draws in the phase.
template <class Real>
kernels::RandomSource<kernels::Word> WaveTrainer<Real>::source_of(int phase, int replica) const {
  const auto r = static_cast<std::size_t>(replica);
  const Cell& cell = *cells_[static_cast<std::size_t>(cell_of_[r])];
  const bool shuffled = cell.phases[static_cast<std::size_t>(phase)].sampling == Sampling::shuffled;
  return draw_source(experiment_, cell, runs_[r].index, shuffled ? kernels::Stream::shuffle : kernels::Stream::sampling,
                     phase, 0);
}

template <class Real>
kernels::PhaseEntry<Real> WaveTrainer<Real>::phase_entry(const DeviceArray<int>& list) const {
  return {list.data(),          memory_.cell.data(),  tables_->terms.data(), memory_.progress.data(),
          memory_.steps.data(), memory_.draws.data(), memory_.rate.data(),   memory_.decay.data()};
}

// The probe before the first step: rank and objective the phase begins with, rules that hold already.
template <class Real>
int WaveTrainer<Real>::open_phase(int phase, const std::vector<int>& which) {
  std::vector<kernels::RandomSource<kernels::Word>> source(runs_.size());
  for (int r : which) {
    Run& run = runs_[static_cast<std::size_t>(r)];
    run.phase = phase;
    source[static_cast<std::size_t>(r)] = source_of(phase, r);
  }
  memory_.source.upload(source);
  memory_.live.upload(which);
  device_.wait();
  if (has_true_factors(cells_.front()->phases[static_cast<std::size_t>(phase)])) unscale_replicas(which);
  const int count = static_cast<int>(which.size());
  device_.require(kernels::launch(kernels::OpenPhaseJob<Real>{phase_entry(memory_.live), memory_.start_step.data()}, count,
                                  device_.queue()));
  return look(phase, count);
}

// Replicas that are in the middle of the phase go on from there, beside the `live` ones.
template <class Real>
int WaveTrainer<Real>::join_phase(int phase, const std::vector<int>& which, int live) {
  std::vector<kernels::RandomSource<kernels::Word>> source;
  std::vector<int> list;
  memory_.source.download(source, 0, runs_.size());
  memory_.live.download(list, 0, static_cast<std::size_t>(live));
  device_.wait();
  for (int r : which) source[static_cast<std::size_t>(r)] = source_of(phase, r);
  list.insert(list.end(), which.begin(), which.end());
  memory_.source.upload(source);
  memory_.live.upload(list);
  const auto joining = on_device(device_, which);
  const int count = static_cast<int>(which.size());
  device_.require(kernels::launch(kernels::JoinPhaseJob<Real>{phase_entry(joining)}, count, device_.queue()));
  device_.wait();
  return live + count;
}

template <class Real>
int WaveTrainer<Real>::step_phase(int phase, int live) {
  auto job = memory_.advance_job(cells_.front()->model, tables_->problems.table(), tables_->batch_size,
                                 tables_->sampling, live);
  job.terms = tables_->terms.data();
  if (tables_->legs == 1) advance(tables_->plan, job);
  else advance_in_legs(job, live);
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
                         memory_.goes_on.data(), memory_.rank_now.data(), memory_.taken.data(), memory_.standing.data()},
      live, device_.queue()));
  if (cells_.front()->probe.trajectory) note_trajectory(phase, live);
  return gather(phase, live);
}

// What crosses the bus: two counts, the steps made and the census if anybody wants them, and changes of rank.
template <class Real>
int WaveTrainer<Real>::gather(int phase, int live) {
  const auto mark = [&](const DeviceArray<unsigned char>& marks, DeviceArray<int>& kept, int at) {
    device_.require(kernels::select_marked(memory_.live.data(), marks.data(), live, kept.data(), memory_.counts.data() + at,
                                           memory_.list_scratch.data(), memory_.list_scratch.size(), device_.queue()));
  };
  mark(memory_.goes_on, memory_.next_live, 0);
  mark(memory_.changed, memory_.changed_list, 1);
  if (supervision_.note) note_activity(live);
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
        {run.index, change.step_before, change.step_after, change.rank_before, change.rank_after, phase,
         change.time_before, change.time_after, change.error_before, change.error_after});
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

template void WaveTrainer<float>::advance(const AdvancePlan<float>&, const kernels::AdvanceJob<float>&);
template void WaveTrainer<double>::advance(const AdvancePlan<double>&, const kernels::AdvanceJob<double>&);
template bool WaveTrainer<float>::run_phase(int);
template bool WaveTrainer<double>::run_phase(int);

}  // namespace rankfall
