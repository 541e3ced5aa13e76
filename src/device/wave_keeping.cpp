// What a wave brings back to the host while it trains: where its replicas stand, and all of them when it is kept.
#include <algorithm>

#include "device/wave_tables.hpp"

namespace rankfall {

static_assert(Census::ranks == kernels::ranks_told_apart && Census::standings == kernels::standings &&
              Census::ranks * Census::standings <= kernels::most_bins);

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

// What replicas remember in the middle of a phase; the others' is what the device holds.
template <class Real>
void WaveTrainer<Real>::upload_memory(const std::vector<int>& which) {
  const auto remembers = [&](int r) { return !runs_[static_cast<std::size_t>(r)].state.memory.empty(); };
  if (std::none_of(which.begin(), which.end(), remembers)) return;
  const std::size_t replicas = runs_.size(), numbers = memory_.memory.size() / replicas;
  std::vector<Real> memory;
  memory_.memory.download(memory, 0, numbers * replicas);
  device_.wait();
  for (int r : which)
    if (remembers(r))
      for (std::size_t k = 0; k < numbers; ++k)
        memory[k * replicas + static_cast<std::size_t>(r)] = runs_[static_cast<std::size_t>(r)].state.memory[k];
  memory_.memory.upload(memory);
}

template <class Real>
void WaveTrainer<Real>::unscale_replicas(const std::vector<int>& which) {
  const std::size_t replicas = runs_.size(), entries = static_cast<std::size_t>(entries_of(cells_.front()->model));
  std::vector<Real> factors;
  std::vector<double> scale;
  memory_.factors.download(factors, 0, entries * replicas);
  memory_.scale.download(scale, 0, replicas);
  device_.wait();
  for (const int r : which) {
    const auto own = static_cast<std::size_t>(r);
    for (std::size_t e = own; e < entries * replicas; e += replicas) factors[e] = static_cast<Real>(scale[own] * static_cast<double>(factors[e]));
    scale[own] = 1.0;
  }
  memory_.factors.upload(factors);
  memory_.scale.upload(scale);
  device_.wait();
}

template <class Real>
void WaveTrainer<Real>::fetch_memory(int phase) {
  for (Run& run : runs_)
    if (run.phase == phase) run.state.memory.clear();
  if (!cells_.front()->phases[static_cast<std::size_t>(phase)].remembers()) return;
  const std::size_t replicas = runs_.size(), numbers = memory_.memory.size() / replicas;
  std::vector<Real> memory;
  memory_.memory.download(memory, 0, numbers * replicas);
  device_.wait();
  for (std::size_t r = 0; r < replicas; ++r)
    if (runs_[r].phase == phase && runs_[r].progress.phase_steps > 0)
      for (std::size_t k = 0; k < numbers; ++k) runs_[r].state.memory.push_back(memory[k * replicas + r]);
}

// Of the replicas that have ended the phase.
template <class Real>
void WaveTrainer<Real>::note_rises(int phase) {
  if (!cells_.front()->phases[static_cast<std::size_t>(phase)].remembers()) return;
  const std::size_t replicas = runs_.size(), rise = memory_.memory.size() / replicas - 1;  // the last number
  std::vector<Real> rises;
  memory_.memory.download(rises, rise * replicas, replicas);
  device_.wait();
  for (std::size_t r = 0; r < replicas; ++r)
    if (runs_[r].phase == phase && runs_[r].progress.phase_steps > 0) runs_[r].note_rise(rises[r]);
}

// Steps just made by `live` replicas, and how all of the wave now stand.
template <class Real>
void WaveTrainer<Real>::note_activity(int live) {
  const int replicas = static_cast<int>(runs_.size());
  const auto bins = static_cast<int>(census_.count.size());
  DeviceArray<unsigned char>& scratch = memory_.list_scratch;
  device_.require(kernels::sum(memory_.taken.data(), live, memory_.taken_sum.data(), scratch.data(), scratch.size(),
                               device_.queue()));
  device_.require(kernels::count_values(memory_.standing.data(), replicas, bins, memory_.census.data(), scratch.data(),
                                        scratch.size(), device_.queue()));
  std::vector<std::int64_t> steps;
  std::vector<int> counts;
  memory_.taken_sum.download(steps, 0, 1);
  memory_.census.download(counts, 0, census_.count.size());
  device_.wait();
  Activity activity;
  activity.replica_steps = static_cast<double>(steps[0]);
  for (std::size_t k = 0; k < counts.size(); ++k) activity.change.count[k] = counts[k] - census_.count[k];
  census_ += activity.change;
  supervision_.note(activity);
}

// Between probes: keeps the wave when it is time, or when training is to stop; then false.
template <class Real>
bool WaveTrainer<Real>::go_on(int phase) {
  const bool stop = supervision_.stop.stop_requested();
  if (!supervision_.keep) return true;  // the wave is finished first
  const auto now = std::chrono::steady_clock::now();
  if (!stop && std::chrono::duration<double>(now - kept_at_).count() < supervision_.keep_every) return true;
  keep_units(phase);
  kept_at_ = now;
  return !stop;
}

template <class Real>
void WaveTrainer<Real>::tell_units(int phase, const std::function<void(const WorkUnit&, UnitUnderWay<Real>&&, bool on_device)>& tell) {
  fetch_progress();
  fetch_memory(phase);
  const std::size_t replicas = runs_.size(), entries = static_cast<std::size_t>(entries_of(cells_.front()->model));
  std::vector<Real> factors;
  std::vector<double> scale;
  memory_.factors.download(factors, 0, entries * replicas);
  memory_.scale.download(scale, 0, replicas);
  device_.wait();
  for (std::size_t u = 0; u < units_.size(); ++u) {
    const std::size_t begin = unit_begin_[u], end = begin + static_cast<std::size_t>(units_[u].count);
    UnitUnderWay<Real> unit{phase, {runs_.begin() + static_cast<std::ptrdiff_t>(begin), runs_.begin() + static_cast<std::ptrdiff_t>(end)}};
    const bool on_device = first_phase_[begin] <= phase;
    for (std::size_t r = begin; r < end && on_device; ++r) {
      ReplicaState<Real>& state = unit.runs[r - begin].state;
      for (std::size_t e = 0; e < entries; ++e) state.factors[e] = factors[e * replicas + r];
      state.scale = scale[r];
    }
    tell(units_[u], std::move(unit), on_device);
  }
}

// Units that have not begun are left as they were kept.
template <class Real>
void WaveTrainer<Real>::keep_units(int phase) {
  tell_units(phase, [&](const WorkUnit& unit, UnitUnderWay<Real>&& under_way, bool on_device) {
    if (on_device) supervision_.keep(unit, checkpoint_bytes(under_way));
  });
}

template <class Real>
void WaveTrainer<Real>::end_units() {
  const int last = static_cast<int>(cells_.front()->phases.size()) - 1;
  tell_units(last, [&](const WorkUnit& unit, UnitUnderWay<Real>&& trained, bool) {
    supervision_.ended(unit, checkpoint_bytes(trained));
  });
}

template void WaveTrainer<float>::fetch_progress();
template void WaveTrainer<double>::fetch_progress();
template void WaveTrainer<float>::upload_memory(const std::vector<int>&);
template void WaveTrainer<double>::upload_memory(const std::vector<int>&);
template void WaveTrainer<float>::unscale_replicas(const std::vector<int>&);
template void WaveTrainer<double>::unscale_replicas(const std::vector<int>&);
template void WaveTrainer<float>::note_rises(int);
template void WaveTrainer<double>::note_rises(int);
template void WaveTrainer<float>::note_activity(int);
template void WaveTrainer<double>::note_activity(int);
template bool WaveTrainer<float>::go_on(int);
template bool WaveTrainer<double>::go_on(int);
template void WaveTrainer<float>::end_units();
template void WaveTrainer<double>::end_units();

}  // namespace rankfall
