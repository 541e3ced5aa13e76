// Greedy low-rank learning in a unit: phases of it, and flows compared with its path.
#include <algorithm>
#include <cmath>

#include "backend/unit_trainer.hpp"

namespace rankfall {

namespace {

GreedyStage stage_of(const GreedySolution& solution) {
  double nuclear = 0.0;
  for (const double s : solution.reading.singular_values) nuclear += s;
  return {solution.rank, solution.reading.loss, solution.reading.unobserved_error, nuclear, solution.escape_rate,
          solution.gap,  solution.time};
}

std::vector<GreedyStage> stages_of(const GreedyPath& path) {
  std::vector<GreedyStage> stages;
  for (const GreedySolution& solution : path.solutions) stages.push_back(stage_of(solution));
  return stages;
}

}  // namespace

// The paths of the instances of these replicas, by replica; false if they were stopped.
template <class Real>
bool UnitTrainer<Real>::find_greedy_paths(const PhaseSpec& greedy, int phase, const std::vector<std::size_t>& which,
                                          GreedyRecord record, std::vector<GreedyLibrary::Shared>& paths) {
  const Stopwatch watch(activity_.seconds.training);
  const bool shared = instances_.size() == 1;
  std::vector<GreedyProblem> problems;
  for (std::size_t r : which) {
    if (shared && !problems.empty()) break;
    const ProblemInstance& own = instance(r);
    const auto p = static_cast<std::size_t>(phase);
    problems.push_back({&own.phase[p], &own.target_in(p), tolerance(r, phase)});
  }
  PhaseSpec spec = greedy;
  spec.loss = cell_.phases[static_cast<std::size_t>(phase)].loss;
  const auto found = library_->paths(cell_.model, spec, problems, record,
                                     [&] { return !(supervision_.keep && supervision_.stop.stop_requested()); });
  if (!found) return false;
  paths.assign(shared ? 1 : instances_.size(), nullptr);
  for (std::size_t k = 0; k < found->size(); ++k) paths[shared ? 0 : which[k]] = (*found)[k];
  return true;
}

// A whole greedy phase of these replicas, which have been looked at, at W = 0.
template <class Real>
bool UnitTrainer<Real>::learn_phase(std::vector<Run>& runs, int phase, const std::vector<std::size_t>& which) {
  std::vector<std::size_t> live;
  for (std::size_t r : which)
    if (runs[r].progress.in_phase) live.push_back(r);
  if (live.empty()) return true;
  std::vector<GreedyLibrary::Shared> paths;
  if (!find_greedy_paths(cell_.phases[static_cast<std::size_t>(phase)], phase, live, GreedyRecord::solutions, paths)) {
    supervision_.keep(unit_, checkpoint_bytes(UnitUnderWay<Real>{phase, runs}));
    return false;
  }
  for (std::size_t r : live) end_greedy(runs[r], phase, *paths[paths.size() == 1 ? 0 : r]);
  note(std::chrono::steady_clock::now());
  return true;
}

// A replica at the end of its greedy phase: solutions are its probes.
template <class Real>
void UnitTrainer<Real>::end_greedy(Run& run, int phase, const GreedyPath& path) {
  count_standing(run, -1);
  kernels::Progress& progress = run.progress;
  const std::int64_t step = progress.steps;
  const double time = progress.time;
  const bool kept = cell_.probe.trajectory || supervision_.trace_every > 0;
  for (std::size_t k = 1; k < path.solutions.size(); ++k) {
    const GreedySolution &before = path.solutions[k - 1], &here = path.solutions[k];
    if (here.rank != before.rank)
      run.events.push_back({run.index, step + before.steps, step + here.steps, before.rank, here.rank, phase,
                            time + before.time, time + here.time, before.reading.unobserved_error,
                            here.reading.unobserved_error});
    if (kept) run.trajectory.push_back({step + here.steps, time + here.time, phase, here.rank, here.reading});
  }
  run.state.factors.assign(path.factors.begin(), path.factors.end());
  run.state.scale = 1.0;
  run.greedy.stages = stages_of(path);
  run.greedy.ending = path.ending;
  count_steps(run, path.steps);
  progress.flow = {};
  progress.flow.time = path.time;
  progress.ending = path.ending;
  progress.in_phase = false;
  if (!path.solutions.empty()) {
    progress.rank = path.solutions.back().rank;
    progress.objective = path.solutions.back().reading.objective;
    progress.frobenius_squared = path.solutions.back().reading.frobenius_squared;
    progress.entry_error = path.solutions.back().reading.unobserved_error;
  }
  progress.probed_steps = progress.steps;
  progress.probed_time = progress.flow.time;
  count_standing(run, 1);
}

// Before a flow that is compared with the greedy path; false if it was stopped.
template <class Real>
bool UnitTrainer<Real>::prepare_comparison(std::vector<Run>& runs, int phase, const std::vector<std::size_t>& which,
                                           Entry entry) {
  const PhaseSpec& spec = cell_.phases[static_cast<std::size_t>(phase)];
  compared_.clear();
  if (!cell_.greedy_path || !spec.flows() || spec.greedy() || spec.is_empty() || which.empty()) return true;
  if (find_greedy_paths(*cell_.greedy_path, phase, which, GreedyRecord::path, compared_)) return true;
  const int reached = entry == Entry::under_way ? phase : phase - 1;
  if (reached >= 0) supervision_.keep(unit_, checkpoint_bytes(UnitUnderWay<Real>{reached, runs}));
  return false;
}

// W in `lane`, at a point of the trajectory.
template <class Real>
GreedyDistances UnitTrainer<Real>::greedy_distances(std::size_t run, int lane) const {
  GreedyDistances distances;
  if (compared_.empty()) return distances;
  const GreedyPolyline& path = compared_[compared_.size() == 1 ? 0 : run]->polyline;
  const std::vector<double> w = observer_.matrix(lane);
  distances.path = path.distance(w);
  for (std::size_t k = 0; k < path.solutions(); ++k) {
    distances.solution.push_back(path.solution_distance(w, k));
    distances.nearest = k == 0 ? distances.solution[0] : std::min(distances.nearest, distances.solution[k]);
  }
  return distances;
}

// At a probe of a flow.
template <class Real>
void UnitTrainer<Real>::note_distances(Run& run, std::size_t index, const GreedyDistances& distances) {
  if (compared_.empty()) return;
  GreedyNotes& notes = run.greedy;
  if (run.progress.phase_steps == 0) {
    const bool learns =
        std::any_of(cell_.phases.begin(), cell_.phases.end(), [](const PhaseSpec& p) { return p.greedy(); });
    const GreedyPath& path = *compared_[compared_.size() == 1 ? 0 : index];
    if (!learns) notes.stages = stages_of(path);
    if (!learns) notes.ending = path.ending;
    notes.approach = distances.solution;
  }
  notes.distance_maximum = std::max(notes.distance_maximum, distances.path);
  notes.end_distance = distances.solution.back();
  for (std::size_t k = 0; k < distances.solution.size(); ++k)
    notes.approach[k] = std::min(notes.approach[k], distances.solution[k]);
}

template bool UnitTrainer<float>::learn_phase(std::vector<Run>&, int, const std::vector<std::size_t>&);
template bool UnitTrainer<double>::learn_phase(std::vector<Run>&, int, const std::vector<std::size_t>&);
template bool UnitTrainer<float>::prepare_comparison(std::vector<Run>&, int, const std::vector<std::size_t>&, Entry);
template bool UnitTrainer<double>::prepare_comparison(std::vector<Run>&, int, const std::vector<std::size_t>&, Entry);
template GreedyDistances UnitTrainer<float>::greedy_distances(std::size_t, int) const;
template GreedyDistances UnitTrainer<double>::greedy_distances(std::size_t, int) const;
template void UnitTrainer<float>::note_distances(Run&, std::size_t, const GreedyDistances&);
template void UnitTrainer<double>::note_distances(Run&, std::size_t, const GreedyDistances&);
template bool UnitTrainer<Extended>::learn_phase(std::vector<Run>&, int, const std::vector<std::size_t>&);
template bool UnitTrainer<Extended>::prepare_comparison(std::vector<Run>&, int, const std::vector<std::size_t>&, Entry);
template GreedyDistances UnitTrainer<Extended>::greedy_distances(std::size_t, int) const;
template void UnitTrainer<Extended>::note_distances(Run&, std::size_t, const GreedyDistances&);

}  // namespace rankfall
