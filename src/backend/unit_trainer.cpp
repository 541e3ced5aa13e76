#include "backend/unit_trainer.hpp"

#include <algorithm>
#include <utility>

namespace rankfall {

template <class Real>
UnitTrainer<Real>::UnitTrainer(const Experiment& experiment, const Cell& cell, const Supervision& supervision,
                               std::shared_ptr<GreedyLibrary> library)
    : experiment_(experiment),
      cell_(cell),
      supervision_(supervision),
      group_(cell.model),
      observer_(cell.model),
      quencher_(cell.model, cell.probe.quench, quench_rate(cell)),
      library_(std::move(library)) {
  if (cell.problem.instances == Instances::shared) {
    instances_.push_back(draw_problem(experiment, cell, 0));
    find_target_modes();
  }
}

template <class Real>
bool UnitTrainer<Real>::alike_at_first() const {
  // A greedy phase begins at W = 0, whatever was drawn.
  const bool one_start = cell_.initialization.same_for_all() ||
                         (cell_.phases.front().greedy() && cell_.initialization.requirement == Requirement::none);
  return one_start && cell_.problem.instances == Instances::shared && !cell_.phases.front().draws();
}

template <class Real>
void UnitTrainer<Real>::draw_instances(const WorkUnit& unit) {
  if (cell_.problem.instances == Instances::shared) return;
  const Stopwatch watch(activity_.seconds.starting);
  instances_.clear();
  for (std::int64_t r = 0; r < unit.count; ++r) instances_.push_back(draw_problem(experiment_, cell_, unit.first + r));
  find_target_modes();
}

// The unit as it was kept.
template <class Real>
std::optional<typename UnitTrainer<Real>::Started> UnitTrainer<Real>::left_off(const WorkUnit& unit) const {
  if (!supervision_.recall) return {};
  const auto kept = supervision_.recall(unit);
  if (!kept) return {};
  auto under_way = read_checkpoint_bytes<Real>(*kept, cell_, unit);
  if (!under_way) return {};
  return Started{std::move(under_way->runs), under_way->phase, true, 0.0};
}

// The phases before `end`; false if they were stopped.
template <class Real>
bool UnitTrainer<Real>::run_phases(Started& started, int end) {
  kept_at_ = std::chrono::steady_clock::now();
  std::int64_t before = 0, after = 0;
  for (const Run& run : started.runs) {
    before += run.progress.steps;
    count_standing(run, 1);
  }
  for (int phase = started.phase; phase < end; ++phase) {
    const bool under_way = started.under_way && phase == started.phase;
    if (!run_phase(started.runs, phase, under_way ? Entry::under_way : Entry::fresh)) return false;
  }
  for (const Run& run : started.runs) after += run.progress.steps;
  started.trained_steps += static_cast<double>(after - before);
  return true;
}

// The replica that stands for all, through the phases that tell none apart.
template <class Real>
bool UnitTrainer<Real>::begin_alike() {
  unit_ = {cell_.index, 0, 1};
  stands_for_all_ = true;
  std::optional<Started> started = left_off(unit_);
  if (!started) started = Started{start(0, 1)};
  const bool done = run_phases(*started, phases_alike());
  stands_for_all_ = false;
  if (done) alike_ = std::move(started->runs.front());
  return done;
}

template <class Real>
int UnitTrainer<Real>::phases_alike() const {
  int phase = 0;
  while (phase < static_cast<int>(cell_.phases.size()) && !cell_.phases[phase].draws()) ++phase;
  return phase;
}

template <class Real>
std::optional<typename UnitTrainer<Real>::Started> UnitTrainer<Real>::begin(const WorkUnit& unit) {
  draw_instances(unit);
  if (auto kept = left_off(unit)) return kept;
  Started started;
  if (!alike_at_first()) {
    started.runs = start(unit.first, unit.count);
    return started;
  }
  if (!alike_) {
    if (!begin_alike()) return {};
    started.trained_steps = static_cast<double>(alike_->progress.steps);
  }
  started.phase = phases_alike();
  started.runs.assign(static_cast<std::size_t>(unit.count), *alike_);
  for (std::size_t r = 0; r < started.runs.size(); ++r) {
    Run& run = started.runs[r];
    run.index = unit.first + static_cast<std::int64_t>(r);
    for (RankEvent& event : run.events) event.replica = run.index;
  }
  return started;
}

template <class Real>
std::optional<ReplicaResults> UnitTrainer<Real>::train(const WorkUnit& unit) {
  std::optional<Started> started = begin(unit);
  if (!started) return {};
  unit_ = unit;
  if (!run_phases(*started, static_cast<int>(cell_.phases.size()))) return {};
  if (supervision_.ended) {
    const int last = static_cast<int>(cell_.phases.size()) - 1;
    note(std::chrono::steady_clock::now());
    supervision_.ended(unit, checkpoint_bytes(UnitUnderWay<Real>{last, std::move(started->runs)}));
    return {};
  }
  ReplicaResults results = finish(started->runs, unit);
  note(std::chrono::steady_clock::now());
  results.trained_steps = started->trained_steps;
  return results;
}

template <class Real>
std::vector<ReplicaRun<Real>> UnitTrainer<Real>::start(std::int64_t first, std::int64_t count) {
  const Stopwatch watch(activity_.seconds.starting);
  std::vector<Run> runs(static_cast<std::size_t>(count));
  for (std::size_t r = 0; r < runs.size(); ++r) {
    runs[r].index = first + static_cast<std::int64_t>(r);
    draw_start(runs[r]);
  }
  return runs;
}

template <class Real>
void UnitTrainer<Real>::draw_start(Run& run) {
  const auto drawn = draw_factors<kernels::WideOf<Real>>(experiment_, cell_, run.index, run.attempt);
  Run fresh;
  fresh.index = run.index;
  fresh.attempt = run.attempt + drawn.tries - 1;
  fresh.tries = run.tries + drawn.tries;
  for (const auto& factor : drawn.factor)
    for (const auto& w : factor) fresh.state.factors.push_back(static_cast<Real>(w));
  run = std::move(fresh);
}

template class UnitTrainer<float>;
template class UnitTrainer<double>;
template class UnitTrainer<Extended>;

}  // namespace rankfall
