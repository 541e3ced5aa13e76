#include "device/wave_trainer.hpp"

#include <algorithm>
#include <numeric>

#include "device/wave_tables.hpp"

namespace rankfall {

namespace {

// What each replica of the units must keep a permutation of.
std::size_t shuffled_in(const Experiment& experiment, std::span<const WorkUnit> units) {
  std::size_t most = 0;
  for (const WorkUnit& unit : units)
    most = std::max(most, shuffled_in(experiment.cells[static_cast<std::size_t>(unit.cell)]));
  return most;
}

std::size_t replicas_of(std::span<const WorkUnit> units) {
  std::size_t count = 0;
  for (const WorkUnit& unit : units) count += static_cast<std::size_t>(unit.count);
  return count;
}

}  // namespace

template <class Real>
WaveTrainer<Real>::WaveTrainer(const Device& device, const Experiment& experiment, std::span<const WorkUnit> units,
                               const Supervision& supervision, std::optional<kernels::Placement> placement)
    : device_(device),
      experiment_(experiment),
      supervision_(supervision),
      placement_(placement),
      units_(units.begin(), units.end()),
      memory_(device, experiment.cells[static_cast<std::size_t>(units.front().cell)].model, replicas_of(units),
              shuffled_in(experiment, units),
              remembered_numbers(experiment.cells[static_cast<std::size_t>(units.front().cell)])) {
  kept_at_ = std::chrono::steady_clock::now();
  begin_units(units);
  if (stopped_) return;
  const Factorization& model = cells_.front()->model;
  probe_scratch_ = {device, plan_probe<Real>(device.limits(), model, {true, true, true}).scratch_bytes};
  memory_.cell.upload(cell_of_);
  memory_.problem.upload(problem_of_);
  device.wait();
}

template <class Real>
WaveTrainer<Real>::~WaveTrainer() = default;

template <class Real>
void WaveTrainer<Real>::begin_units(std::span<const WorkUnit> units) {
  std::vector<int> shared_problem;  // of a cell
  for (const WorkUnit& unit : units) {
    const Cell& cell = experiment_.cells[static_cast<std::size_t>(unit.cell)];
    const auto [found, is_new] = slot_.emplace(unit.cell, static_cast<int>(cells_.size()));
    if (is_new) {
      cells_.push_back(&cell);
      starters_.push_back(std::make_unique<UnitTrainer<Real>>(experiment_, cell, supervision_));
      shared_problem.push_back(static_cast<int>(problems_.size()));
      if (cell.problem.instances == Instances::shared) problems_.push_back(starters_.back()->instances().front());
    }
    const int slot = found->second;
    begin_unit(unit, slot);
    if (stopped_) return;
    if (cell.problem.instances == Instances::shared) {
      problem_of_.resize(runs_.size(), shared_problem[static_cast<std::size_t>(slot)]);
      continue;
    }
    for (const ProblemInstance& problem : starters_[static_cast<std::size_t>(slot)]->instances()) {
      problem_of_.push_back(static_cast<int>(problems_.size()));
      problems_.push_back(problem);
    }
  }
}

template <class Real>
void WaveTrainer<Real>::begin_unit(const WorkUnit& unit, int slot) {
  auto started = starters_[static_cast<std::size_t>(slot)]->begin(unit);
  stopped_ = !started;
  if (stopped_) return;
  unit_begin_.push_back(runs_.size());
  double steps = -started->trained_steps;
  for (Run& run : started->runs) {
    steps += static_cast<double>(run.progress.steps);
    cell_of_.push_back(slot);
    first_phase_.push_back(started->phase);
    under_way_.push_back(started->under_way);
    runs_.push_back(std::move(run));
  }
  unit_steps_.push_back(steps);
}

// States, decisions and lists of these replicas, from the host's.
template <class Real>
void WaveTrainer<Real>::upload_replicas(const std::vector<int>& which) {
  const std::size_t replicas = runs_.size(), entries = static_cast<std::size_t>(entries_of(cells_.front()->model));
  std::vector<Real> factors(entries * replicas);
  std::vector<double> scale(replicas);
  std::vector<kernels::Progress> progress(replicas);
  std::vector<std::int64_t> start_step(replicas);
  std::vector<int> start_rank(replicas), standing(replicas);
  if (which.size() < replicas) {  // the others stay as they are
    memory_.factors.download(factors, 0, entries * replicas);
    memory_.scale.download(scale, 0, replicas);
    memory_.progress.download(progress, 0, replicas);
    memory_.start_step.download(start_step, 0, replicas);
    memory_.start_rank.download(start_rank, 0, replicas);
    memory_.standing.download(standing, 0, replicas);
    device_.wait();
  }
  for (int r : which) {
    const Run& run = runs_[static_cast<std::size_t>(r)];
    for (std::size_t e = 0; e < entries; ++e) factors[e * replicas + static_cast<std::size_t>(r)] = run.state.factors[e];
    scale[static_cast<std::size_t>(r)] = run.state.scale;
    progress[static_cast<std::size_t>(r)] = run.progress;
    start_step[static_cast<std::size_t>(r)] = run.start_step;
    start_rank[static_cast<std::size_t>(r)] = run.start_rank;
    standing[static_cast<std::size_t>(r)] = run.progress.rank < 0 ? -1 : standing_of(run.progress);
  }
  memory_.factors.upload(factors);
  memory_.scale.upload(scale);
  memory_.progress.upload(progress);
  memory_.start_step.upload(start_step);
  memory_.start_rank.upload(start_rank);
  memory_.standing.upload(standing);
  upload_memory(which);
  device_.wait();
}

template <class Real>
void WaveTrainer<Real>::prepare(int phase) {
  if (phase == prepared_) return;
  prepared_ = phase;
  const auto p = static_cast<std::size_t>(phase);
  const Factorization& model = cells_.front()->model;
  std::vector<kernels::CellTerms> terms(cells_.size());
  std::vector<kernels::QuenchRule> rules;
  std::vector<double> tolerance(problems_.size());
  for (std::size_t r = 0; r < runs_.size(); ++r) {
    const auto c = static_cast<std::size_t>(cell_of_[r]), b = static_cast<std::size_t>(problem_of_[r]);
    const PhaseSpec& spec = cells_[c]->phases[p];
    const std::size_t observed = problems_[b].phase[p].count();
    terms[c] = cell_terms(spec, cells_[c]->probe, observed);
    tolerance[b] = rank_tolerance(cells_[c]->probe, problems_[b], phase);
  }
  std::vector<double> times;  // of the cells' probes, one after another
  for (const Cell* cell : cells_) times.insert(times.end(), cell->probe.times.begin(), cell->probe.times.end());
  DeviceArray<double> probe_times = on_device(device_, times);
  std::size_t begin = 0;
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    terms[c].plan.flow.probe_time = probe_times.data() + begin;
    begin += cells_[c]->probe.times.size();
  }
  for (const Cell* cell : cells_)
    rules.push_back({quench_rate(*cell), cell->probe.quench.gradient_norm, quench_rounding<Real>});
  auto [stretches, legs] = anneal(phase, terms);
  std::vector<const ObservedData*> data;
  std::vector<const ProblemInstance*> instances;
  for (const ProblemInstance& problem : problems_) {
    data.push_back(&problem.phase[p]);
    instances.push_back(&problem);
  }
  const PhaseSpec& first = cells_.front()->phases[p];
  const Seen seen = seen_in(*cells_.front(), first);
  const auto plan = plan_advance<Real>(device_.limits(), model, loop_of(*cells_.front(), first), placement_);
  const auto descent = plan_advance<Real>(device_.limits(), model, descent_of(seen));
  const bool sgd = first.optimizer == Optimizer::sgd;
  tables_ = std::make_unique<PhaseTables>(
      PhaseTables{plan, descent, on_device(device_, terms), on_device(device_, rules), on_device(device_, tolerance),
                  std::move(probe_times), std::move(stretches), legs,
                  ProblemMemory<Real>(device_, model, plan.pitch, data),
                  plan.pitch == descent.pitch ? nullptr
                                              : std::make_unique<ProblemMemory<Real>>(device_, model, descent.pitch, data),
                  ObservedMemory(device_, model, plan_probe<Real>(device_.limits(), model, {}).pitch, instances, phase),
                  seen,
                  first.batch_size,
                  !sgd                                     ? kernels::Sampling::uniform
                  : first.sampling == Sampling::uniform    ? kernels::Sampling::uniform
                  : first.sampling == Sampling::shuffled   ? kernels::Sampling::shuffled
                                                           : kernels::Sampling::cyclic});
  const std::size_t scratch = std::max(plan.scratch_bytes, descent.scratch_bytes);
  if (scratch > advance_scratch_.size()) advance_scratch_ = {device_, scratch};
}

template <class Real>
std::vector<ReplicaResults> WaveTrainer<Real>::train() {
  if (stopped_) return {};
  std::vector<int> all(runs_.size());
  std::iota(all.begin(), all.end(), 0);
  upload_replicas(all);
  for (int phase = 0; phase < static_cast<int>(cells_.front()->phases.size()); ++phase)
    if (!run_phase(phase)) return {};
  if (supervision_.ended) {
    end_units();
    return {};
  }
  std::vector<FinalReading> readings = final_readings();
  std::vector<ReplicaResults> results;
  for (std::size_t u = 0; u < units_.size(); ++u) {
    const auto begin = static_cast<std::ptrdiff_t>(unit_begin_[u]), end = begin + static_cast<std::ptrdiff_t>(units_[u].count);
    const std::vector<Run> runs(std::make_move_iterator(runs_.begin() + begin), std::make_move_iterator(runs_.begin() + end));
    const std::vector<FinalReading> own(std::make_move_iterator(readings.begin() + begin),
                                        std::make_move_iterator(readings.begin() + end));
    results.push_back(collect_results(*cells_[static_cast<std::size_t>(slot_.at(units_[u].cell))], units_[u], runs, own));
    results.back().trained_steps = -unit_steps_[u];
    for (const Run& run : runs) results.back().trained_steps += static_cast<double>(run.progress.steps);
  }
  return results;
}

template class WaveTrainer<float>;
template class WaveTrainer<double>;

}  // namespace rankfall
