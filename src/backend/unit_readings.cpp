// What a UnitTrainer reads off its replicas: at probes, and at the end.
#include <algorithm>

#include "backend/collect.hpp"
#include "backend/unit_trainer.hpp"

namespace rankfall {

template <class Real>
Detail UnitTrainer<Real>::probe_detail(int phase) const {
  if (cell_.probe.trajectory || supervision_.trace_every > 0) return Detail::full;
  const bool gradient = cell_.phases[phase].stop.gradient_norm.has_value();
  if (cell_.probe.rank == RankKind::quenched) return gradient ? Detail::full : Detail::spectrum;
  return gradient ? Detail::rank_and_gradient : Detail::rank;
}

// Reads the lanes that are due.
template <class Real>
void UnitTrainer<Real>::observe(int phase, const std::vector<int>& due, const std::vector<std::optional<std::size_t>>& at) {
  std::vector<WantedRank> wanted;
  for (int lane : due) wanted.push_back({lane, tolerance(*at[lane], phase)});
  observer_.observe(group_, probe_detail(phase), wanted);
}

// Reads the lanes that are due and decides on those at a probe.
template <class Real>
void UnitTrainer<Real>::look(std::vector<Run>& runs, int phase, const std::vector<int>& due,
                             const std::vector<std::optional<std::size_t>>& at) {
  const Stopwatch watch(activity_.seconds.probing, &activity_.seconds.labelling);
  observe(phase, due, at);
  const kernels::PhasePlan plan = phase_plan(cell_.phases[phase], cell_.probe);
  const bool traced = cell_.probe.trajectory || supervision_.trace_every > 0;
  const bool monitored = cell_.probe.monitor && (traced || is_last(phase));
  if (monitored) observer_.read_layers();
  const std::vector<int> rank = ranks(phase, due, at);
  for (std::size_t k = 0; k < due.size(); ++k) {
    Run& run = runs[*at[due[k]]];
    LaneReading reading = observer_.reading(due[k]);
    if (monitored && reading.finite()) reading.layers = layers(*at[due[k]], due[k], phase);
    const GreedyDistances distances = greedy_distances(*at[due[k]], due[k]);
    kernels::RankChange change;
    if (kernels::at_probe(run.progress, plan)) {
      count_standing(run, -1);
      note_distances(run, *at[due[k]], distances);
      if (monitored && is_last(phase)) note_monitor(run, *at[due[k]], reading);
      if (kernels::decide(run.progress, plan, reading.decisive(), rank[k], change))
        run.events.push_back(
            {run.index, change.step_before, change.step_after, change.rank_before, change.rank_after, phase,
             change.time_before, change.time_after, change.error_before, change.error_after});
      count_standing(run, 1);
    }
    if (traced) {
      if (reading.finite()) reading.modes = modes(*at[due[k]], due[k], phase);
      run.trajectory.push_back({run.progress.steps, run.progress.time + run.progress.flow.time, phase,
                                reading.finite() ? rank[k] : -1, std::move(reading), distances.path, distances.nearest});
    }
  }
}

template <class Real>
std::vector<int> UnitTrainer<Real>::ranks(int phase, const std::vector<int>& due,
                                          const std::vector<std::optional<std::size_t>>& at) {
  std::vector<int> rank;
  if (cell_.probe.rank == RankKind::numerical) {
    for (int lane : due) rank.push_back(observer_.rank(lane));
    return rank;
  }
  std::vector<ReplicaState<Real>> states(due.size());
  std::vector<const ReplicaState<Real>*> pointers;
  std::vector<std::size_t> which;
  for (std::size_t k = 0; k < due.size(); ++k) {
    group_.store(due[k], states[k]);
    pointers.push_back(&states[k]);
    which.push_back(*at[due[k]]);
  }
  return quenched_ranks(pointers, which, phase);
}

template <class Real>
std::vector<int> UnitTrainer<Real>::quenched_ranks(const std::vector<const ReplicaState<Real>*>& states,
                                                   const std::vector<std::size_t>& which, int phase) {
  const Stopwatch watch(activity_.seconds.labelling);
  const auto spectra =
      quencher_.descend(states, cell_.phases[phase],
                        [&](std::size_t k) -> const ObservedData& { return instance(which[k]).phase[phase]; });
  std::vector<int> ranks;
  for (std::size_t k = 0; k < which.size(); ++k) {
    const double threshold = tolerance(which[k], phase);
    ranks.push_back(static_cast<int>(
        std::count_if(spectra[k].begin(), spectra[k].end(), [&](double s) { return s > threshold; })));
  }
  return ranks;
}

// Reads every replica in full, labels those that reached the horizon by a quench, and lists the results.
template <class Real>
ReplicaResults UnitTrainer<Real>::finish(std::vector<Run>& runs, const WorkUnit& unit) {
  const Stopwatch watch(activity_.seconds.probing, &activity_.seconds.labelling);
  const int last = static_cast<int>(cell_.phases.size()) - 1;
  prepare_lanes(last);
  std::vector<FinalReading> readings(runs.size());
  for (std::size_t begin = 0; begin < runs.size(); begin += lanes) {
    const std::size_t count = std::min<std::size_t>(lanes, runs.size() - begin);
    for (std::size_t q = 0; q < count; ++q) load_lane(static_cast<int>(q), runs[begin + q], begin + q, last);
    observer_.observe(group_, Detail::full);
    if (cell_.probe.monitor) observer_.read_layers();
    for (std::size_t q = 0; q < count; ++q) {
      const int lane = static_cast<int>(q);
      FinalReading& reading = readings[begin + q];
      reading.last = observer_.reading(lane);
      if (reading.last.finite()) reading.last.modes = modes(begin + q, lane, last);
      if (cell_.probe.monitor) reading.last.layers = layers(begin + q, lane, last);
      reading.factor_norms = observer_.factor_norms(lane);
      reading.numerical_rank = observer_.rank(lane, tolerance(begin + q, last));
      reading.rank = cell_.probe.rank == RankKind::quenched ? runs[begin + q].progress.rank : reading.numerical_rank;
    }
  }
  std::vector<const ReplicaState<Real>*> unsettled;
  std::vector<std::size_t> which;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    if (runs[r].progress.ending != kernels::Ending::exhausted || cell_.probe.classify_at_end != RankKind::quenched) continue;
    unsettled.push_back(&runs[r].state);
    which.push_back(r);
  }
  const std::vector<int> settled = quenched_ranks(unsettled, which, last);
  for (std::size_t k = 0; k < which.size(); ++k) readings[which[k]].rank = settled[k];
  return collect_results(cell_, unit, runs, readings);
}

template Detail UnitTrainer<float>::probe_detail(int) const;
template void UnitTrainer<float>::look(std::vector<Run>&, int, const std::vector<int>&,
                                       const std::vector<std::optional<std::size_t>>&);
template std::vector<int> UnitTrainer<float>::ranks(int, const std::vector<int>&,
                                               const std::vector<std::optional<std::size_t>>&);
template std::vector<int> UnitTrainer<float>::quenched_ranks(const std::vector<const ReplicaState<float>*>&,
                                                        const std::vector<std::size_t>&, int);
template ReplicaResults UnitTrainer<float>::finish(std::vector<Run>&, const WorkUnit&);
template Detail UnitTrainer<double>::probe_detail(int) const;
template void UnitTrainer<double>::look(std::vector<Run>&, int, const std::vector<int>&,
                                       const std::vector<std::optional<std::size_t>>&);
template std::vector<int> UnitTrainer<double>::ranks(int, const std::vector<int>&,
                                               const std::vector<std::optional<std::size_t>>&);
template std::vector<int> UnitTrainer<double>::quenched_ranks(const std::vector<const ReplicaState<double>*>&,
                                                        const std::vector<std::size_t>&, int);
template ReplicaResults UnitTrainer<double>::finish(std::vector<Run>&, const WorkUnit&);
template Detail UnitTrainer<Extended>::probe_detail(int) const;
template void UnitTrainer<Extended>::look(std::vector<Run>&, int, const std::vector<int>&,
                                       const std::vector<std::optional<std::size_t>>&);
template std::vector<int> UnitTrainer<Extended>::ranks(int, const std::vector<int>&,
                                               const std::vector<std::optional<std::size_t>>&);
template std::vector<int> UnitTrainer<Extended>::quenched_ranks(const std::vector<const ReplicaState<Extended>*>&,
                                                        const std::vector<std::size_t>&, int);
template ReplicaResults UnitTrainer<Extended>::finish(std::vector<Run>&, const WorkUnit&);

}  // namespace rankfall
