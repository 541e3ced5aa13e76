#include "backend/unit_trainer.hpp"

#include <algorithm>

namespace rankfall {

template <class Real>
UnitTrainer<Real>::UnitTrainer(const Experiment& experiment, const Cell& cell, std::int64_t trace_every)
    : experiment_(experiment),
      cell_(cell),
      trace_every_(trace_every),
      group_(cell.model),
      observer_(cell.model),
      quencher_(cell.model, cell.probe.quench, quench_rate(cell)) {
  if (cell.problem.instances == Instances::shared) instances_.push_back(draw_problem(experiment, cell, 0));
}

template <class Real>
bool UnitTrainer<Real>::alike_at_first() const {
  return cell_.initialization.same_for_all() && cell_.problem.instances == Instances::shared &&
         !cell_.phases.front().draws();
}

template <class Real>
void UnitTrainer<Real>::draw_instances(const WorkUnit& unit) {
  if (cell_.problem.instances == Instances::shared) return;
  instances_.clear();
  for (std::int64_t r = 0; r < unit.count; ++r) instances_.push_back(draw_problem(experiment_, cell_, unit.first + r));
}

template <class Real>
typename UnitTrainer<Real>::Started UnitTrainer<Real>::begin(const WorkUnit& unit) {
  draw_instances(unit);
  Started started;
  if (!alike_at_first()) {
    started.runs = start(unit.first, unit.count);
    return started;
  }
  const int phases = static_cast<int>(cell_.phases.size());
  while (started.phase < phases && !cell_.phases[started.phase].draws()) ++started.phase;
  if (!alike_) {
    std::vector<Run> one = start(0, 1);
    for (int p = 0; p < started.phase; ++p) run_phase(one, p);
    alike_ = std::move(one.front());
    started.trained_steps = static_cast<double>(alike_->progress.steps);
  }
  started.runs.assign(static_cast<std::size_t>(unit.count), *alike_);
  for (std::size_t r = 0; r < started.runs.size(); ++r) {
    Run& run = started.runs[r];
    run.index = unit.first + static_cast<std::int64_t>(r);
    for (RankEvent& event : run.events) event.replica = run.index;
  }
  return started;
}

template <class Real>
ReplicaResults UnitTrainer<Real>::train(const WorkUnit& unit) {
  Started started = begin(unit);
  std::vector<Run>& runs = started.runs;
  std::int64_t before = 0, after = 0;
  for (const Run& run : runs) before += run.progress.steps;
  for (int phase = started.phase; phase < static_cast<int>(cell_.phases.size()); ++phase) run_phase(runs, phase);
  for (const Run& run : runs) after += run.progress.steps;
  ReplicaResults results = finish(runs, unit);
  results.trained_steps = started.trained_steps + static_cast<double>(after - before);
  return results;
}

template <class Real>
std::vector<ReplicaRun<Real>> UnitTrainer<Real>::start(std::int64_t first, std::int64_t count) {
  std::vector<Run> runs(static_cast<std::size_t>(count));
  for (std::size_t r = 0; r < runs.size(); ++r) {
    runs[r].index = first + static_cast<std::int64_t>(r);
    draw_start(runs[r]);
  }
  return runs;
}

template <class Real>
void UnitTrainer<Real>::draw_start(Run& run) {
  const DrawnFactors drawn = draw_factors(experiment_, cell_, run.index, run.attempt);
  Run fresh;
  fresh.index = run.index;
  fresh.attempt = run.attempt + drawn.tries - 1;
  fresh.tries = run.tries + drawn.tries;
  for (const auto& factor : drawn.factor)
    for (double w : factor) fresh.state.factors.push_back(static_cast<Real>(w));
  run = std::move(fresh);
}

template <class Real>
void UnitTrainer<Real>::run_phase(std::vector<Run>& runs, int phase) {
  std::vector<std::size_t> which;
  for (std::size_t r = 0; r < runs.size(); ++r)
    if (!runs[r].diverged()) which.push_back(r);
  while (!which.empty()) {
    open_phase(runs, phase, which);
    train_phase(runs, phase, which);
    which = redraw_unsettled(runs, phase, which);
  }
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
    observer_.set_data(data, instances_.front().target);
  } else {
    group_.open_phase_per_lane(spec, data.entries.size());
  }
  observer_.set_objective(loss_scale(spec, data.entries.size()), spec.ridge);
}

template <class Real>
void UnitTrainer<Real>::load_lane(int lane, Run& run, std::size_t index, int phase) {
  const PhaseSpec& spec = cell_.phases[phase];
  if (cell_.problem.instances == Instances::per_replica) {
    const ProblemInstance& own = instance(index);
    group_.set_data(lane, own.phase[phase]);
    observer_.set_data(lane, own.phase[phase], own.target);
  }
  const kernels::Stream stream =
      spec.sampling == Sampling::shuffled ? kernels::Stream::shuffle : kernels::Stream::sampling;
  group_.load(lane, run.state,
              {draw_source(experiment_, cell_, run.index, stream, phase, 0), 0, spec.learning_rate, spec.ridge});
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
      runs[r].progress.phase_steps = 0;
      runs[r].start_step = runs[r].progress.steps;
      runs[r].phase = phase;
      runs[r].progress.in_phase = true;
      load_lane(lane, runs[r], r, phase);
      at[lane] = r;
      due.push_back(lane);
    }
    observer_.observe(group_, probe_detail(phase));
    look(runs, phase, due, at);
    for (int lane : due) runs[which[begin + lane]].start_rank = runs[which[begin + lane]].progress.rank;
    for (int lane = 0; lane < lanes; ++lane) group_.clear(lane);
  }
}

template <class Real>
void UnitTrainer<Real>::train_phase(std::vector<Run>& runs, int phase, const std::vector<std::size_t>& which) {
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

  for (;;) {
    std::int64_t steps = 0;
    for (const auto& r : at)
      if (r) {
        const kernels::Progress& progress = runs[*r].progress;
        std::int64_t own = kernels::steps_to_probe(progress, plan);
        if (trace_every_ > 0) own = std::min(own, trace_every_ - progress.phase_steps % trace_every_);
        steps = steps == 0 ? own : std::min(steps, own);
      }
    if (steps == 0) break;
    group_.advance(steps);
    std::vector<int> due;
    for (int lane = 0; lane < lanes; ++lane) {
      if (!at[lane]) continue;
      Run& run = runs[*at[lane]];
      run.progress.steps += steps;
      run.progress.phase_steps += steps;
      const bool traced = trace_every_ > 0 && run.progress.phase_steps % trace_every_ == 0;
      if (traced || kernels::at_probe(run.progress, plan)) due.push_back(lane);
    }
    if (due.empty()) continue;
    observer_.observe(group_, probe_detail(phase));
    look(runs, phase, due, at);
    for (int lane : due)
      if (!runs[*at[lane]].progress.in_phase) {
        group_.store(lane, runs[*at[lane]].state);
        refill(lane);
      }
  }
}

template class UnitTrainer<float>;
template class UnitTrainer<double>;

}  // namespace rankfall
