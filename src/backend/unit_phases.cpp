// A unit's way through the phases: lanes filled, trained, looked at, and filled again.
#include <algorithm>
#include <utility>

#include "backend/unit_trainer.hpp"

namespace rankfall {

template <class Real>
bool UnitTrainer<Real>::run_phase(std::vector<Run>& runs, int phase, Entry entry) {
  std::vector<std::size_t> which;
  for (std::size_t r = 0; r < runs.size(); ++r)
    if (entry == Entry::under_way || !runs[r].diverged()) which.push_back(r);
  if (!prepare_comparison(runs, phase, which, entry)) return false;
  const bool greedy = cell_.phases[phase].greedy();
  while (!which.empty()) {
    if (entry == Entry::fresh) open_phase(runs, phase, which);
    else prepare_lanes(phase);
    entry = Entry::fresh;
    if (!(greedy ? learn_phase(runs, phase, which) : train_phase(runs, phase, which))) return false;
    which = redraw_unsettled(runs, phase, which);
  }
  return true;
}

// After the first phase: those that did not settle at the required rank are drawn again.
template <class Real>
std::vector<std::size_t> UnitTrainer<Real>::redraw_unsettled(std::vector<Run>& runs, int phase,
                                                             const std::vector<std::size_t>& which) {
  const InitializationSpec& spec = cell_.initialization;
  std::vector<std::size_t> again;
  if (phase > 0 || spec.requirement != Requirement::settled_rank) return again;
  for (std::size_t r : which) {
    Run& run = runs[r];
    if (!run.diverged() && run.progress.rank == spec.settled_rank) continue;
    if (run.tries >= spec.maximum_tries)
      throw unsettled(cell_, run.tries);
    run.attempt += 1;
    count_standing(run, -1);
    draw_start(run);
    again.push_back(r);
  }
  return again;
}

template <class Real>
void UnitTrainer<Real>::prepare_lanes(int phase) {
  const PhaseSpec& spec = cell_.phases[phase];
  const ObservedData& data = instances_.front().phase[phase];
  if (cell_.problem.instances == Instances::shared) {
    group_.open_phase(spec, data);
    observer_.set_data(data, instances_.front().target_in(static_cast<std::size_t>(phase)));
  } else {
    group_.open_phase_per_lane(spec, data);
  }
  observer_.set_objective(loss_scale(spec, data.count()), spec.ridge);
  stretches_ = &spec.stretches;
}

template <class Real>
void UnitTrainer<Real>::load_lane(int lane, Run& run, std::size_t index, int phase) {
  const PhaseSpec& spec = cell_.phases[phase];
  if (cell_.problem.instances == Instances::per_replica) {
    const ProblemInstance& own = instance(index);
    group_.set_data(lane, own.phase[phase]);
    observer_.set_data(lane, own.phase[phase], own.target_in(static_cast<std::size_t>(phase)));
  }
  const kernels::Stream stream =
      spec.sampling == Sampling::shuffled ? kernels::Stream::shuffle : kernels::Stream::sampling;
  const std::int64_t draws = spec.optimizer == Optimizer::sgd ? run.progress.phase_steps * spec.batch_size : 0;
  const bool in_gradient = has_true_factors(spec);  // the ridge, and its rate is 2 c
  group_.load(lane, run.state,
              {draw_source(experiment_, cell_, run.index, stream, phase, 0), static_cast<std::uint64_t>(draws),
               in_gradient ? 1.0 : spec.learning_rate, in_gradient ? 0.0 : spec.ridge});
}

// The probe before the first step of a phase: rank and objective it begins with, rules that hold already.
template <class Real>
void UnitTrainer<Real>::open_phase(std::vector<Run>& runs, int phase, const std::vector<std::size_t>& which) {
  prepare_lanes(phase);
  for (std::size_t begin = 0; begin < which.size(); begin += lanes) {
    std::vector<std::optional<std::size_t>> at(lanes);
    std::vector<int> due;
    for (int lane = 0; lane < lanes && begin + lane < which.size(); ++lane) {
      const std::size_t r = which[begin + lane];
      count_standing(runs[r], -1);
      runs[r].progress.open_phase();
      runs[r].state.memory.clear();
      if (cell_.phases[phase].greedy()) {
        std::fill(runs[r].state.factors.begin(), runs[r].state.factors.end(), Real(0));
        runs[r].state.scale = 1.0;
      }
      if (has_true_factors(cell_.phases[phase])) unscale(runs[r].state);
      runs[r].start_step = runs[r].progress.steps;
      runs[r].phase = phase;
      count_standing(runs[r], 1);
      load_lane(lane, runs[r], r, phase);
      at[lane] = r;
      due.push_back(lane);
    }
    look(runs, phase, due, at);
    for (int lane : due) runs[which[begin + lane]].start_rank = runs[which[begin + lane]].progress.rank;
    for (int lane = 0; lane < lanes; ++lane) group_.clear(lane);
  }
}

// In the census, unless it has not been looked at yet or stands for others.
template <class Real>
void UnitTrainer<Real>::count_standing(const Run& run, int change) {
  if (run.progress.rank >= 0 && !stands_for_all_) activity_.change.count[static_cast<std::size_t>(standing_of(run.progress))] += change;
}

template <class Real>
void UnitTrainer<Real>::note(std::chrono::steady_clock::time_point now) {
  if (supervision_.note) supervision_.note(std::exchange(activity_, {}));
  noted_at_ = now;
}

// Between slices: keeps what is under way when it is time, or when training is to stop; then false.
template <class Real>
bool UnitTrainer<Real>::go_on(std::vector<Run>& runs, int phase, const std::vector<std::optional<std::size_t>>& at) {
  const auto now = std::chrono::steady_clock::now();
  if (std::chrono::duration<double>(now - noted_at_).count() >= supervision_.note_every) note(now);
  if (!supervision_.keep) return true;  // the unit is finished first
  const bool stop = supervision_.stop.stop_requested();
  if (!stop && std::chrono::duration<double>(now - kept_at_).count() < supervision_.keep_every) return true;
  for (int lane = 0; lane < lanes; ++lane)
    if (at[lane]) group_.store(lane, runs[*at[lane]].state);
  supervision_.keep(unit_, checkpoint_bytes(UnitUnderWay<Real>{phase, runs}));
  kept_at_ = now;
  return !stop;
}

template <class Real>
bool UnitTrainer<Real>::train_phase(std::vector<Run>& runs, int phase, const std::vector<std::size_t>& which) {
  const kernels::PhasePlan plan = phase_plan(cell_.phases[phase], cell_.probe);
  std::vector<std::optional<std::size_t>> at(lanes);
  std::size_t next = 0;
  const auto refill = [&](int lane) {
    at[lane].reset();
    while (next < which.size() && !runs[which[next]].progress.in_phase) ++next;
    if (next == which.size()) {
      group_.clear(lane);
      return;
    }
    at[lane] = which[next++];
    load_lane(lane, runs[*at[lane]], *at[lane], phase);
  };
  for (int lane = 0; lane < lanes; ++lane) refill(lane);

  while (train_slice(runs, plan, at)) {
    std::vector<int> due;
    for (int lane = 0; lane < lanes; ++lane) {
      if (!at[lane]) continue;
      const Run& run = runs[*at[lane]];
      const bool traced = supervision_.trace_every > 0 && run.progress.phase_steps % supervision_.trace_every == 0;
      if (traced || kernels::at_probe(run.progress, plan)) due.push_back(lane);
    }
    if (!due.empty()) {
      look(runs, phase, due, at);
      for (int lane : due)
        if (!runs[*at[lane]].progress.in_phase) {
          Run& run = runs[*at[lane]];
          group_.store(lane, run.state);
          if (cell_.phases[phase].remembers()) run.note_rise(to_float64(run.state.memory.back()));
          refill(lane);
        }
    }
    if (!go_on(runs, phase, at)) return false;
  }
  note(std::chrono::steady_clock::now());
  return true;
}

template bool UnitTrainer<float>::run_phase(std::vector<Run>&, int, Entry);
template void UnitTrainer<float>::prepare_lanes(int);
template void UnitTrainer<float>::note(std::chrono::steady_clock::time_point);
template void UnitTrainer<float>::count_standing(const Run&, int);
template void UnitTrainer<float>::load_lane(int, Run&, std::size_t, int);
template bool UnitTrainer<double>::run_phase(std::vector<Run>&, int, Entry);
template void UnitTrainer<double>::prepare_lanes(int);
template void UnitTrainer<double>::note(std::chrono::steady_clock::time_point);
template void UnitTrainer<double>::count_standing(const Run&, int);
template void UnitTrainer<double>::load_lane(int, Run&, std::size_t, int);
template bool UnitTrainer<Extended>::run_phase(std::vector<Run>&, int, Entry);
template void UnitTrainer<Extended>::prepare_lanes(int);
template void UnitTrainer<Extended>::note(std::chrono::steady_clock::time_point);
template void UnitTrainer<Extended>::count_standing(const Run&, int);
template void UnitTrainer<Extended>::load_lane(int, Run&, std::size_t, int);

}  // namespace rankfall
