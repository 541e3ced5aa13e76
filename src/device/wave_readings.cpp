// What is read off a wave: at probes, and at the end.
#include <cmath>
#include <numeric>

#include "device/wave_tables.hpp"

namespace rankfall {

template <class Real>
kernels::Detail WaveTrainer<Real>::probe_detail(int phase) const {
  if (cells_.front()->probe.trajectory) return {true, true, true};
  bool gradient = false;
  for (const Cell* cell : cells_) gradient = gradient || cell->phases[static_cast<std::size_t>(phase)].stop.gradient_norm;
  return {true, gradient, false};
}

template <class Real>
void WaveTrainer<Real>::observe(const DeviceArray<Real>& factors, const DeviceArray<double>& scale,
                                const ReadingMemory& readings, kernels::Detail detail, const DeviceArray<int>& live,
                                int count) {
  kernels::ObserveJob<Real> job =
      memory_.observe_job(cells_.front()->model, tables_->observed, tables_->terms, detail, count);
  job.factors = factors.data();
  job.scale = scale.data();
  job.readings = readings.view;
  job.live = live.data();
  const auto plan = plan_probe<Real>(device_.limits(), cells_.front()->model, detail, tables_->seen);
  device_.require(plan.launch(job, plan.shape, probe_scratch_.data(), device_.queue()));
}

// Reading r of arrays that hold all replicas' numbers, one observable after another.
template <class Real>
LaneReading WaveTrainer<Real>::lane_reading(const std::vector<double>& scalar, const std::vector<double>& values,
                                            std::size_t r) const {
  const std::size_t n = runs_.size();
  LaneReading reading{scalar[r],         scalar[n + r],     scalar[2 * n + r], scalar[3 * n + r],
                      scalar[4 * n + r], scalar[5 * n + r], scalar[6 * n + r], {}};
  for (std::size_t k = 0; k < values.size() / n; ++k) reading.singular_values.push_back(values[k * n + r]);
  return reading;
}

template <class Real>
void WaveTrainer<Real>::note_trajectory(int phase, int live) {
  std::vector<double> scalar, values;
  std::vector<int> which, rank;
  std::vector<kernels::Progress> progress;
  const ReadingMemory& readings = memory_.readings;
  readings.scalar.download(scalar, 0, readings.scalar.size());
  readings.singular_value.download(values, 0, readings.singular_value.size());
  memory_.live.download(which, 0, static_cast<std::size_t>(live));
  memory_.rank_now.download(rank, 0, static_cast<std::size_t>(live));
  memory_.progress.download(progress, 0, runs_.size());
  device_.wait();
  for (std::size_t k = 0; k < which.size(); ++k) {
    const auto r = static_cast<std::size_t>(which[k]);
    LaneReading reading = lane_reading(scalar, values, r);
    const bool finite = reading.finite();
    runs_[r].trajectory.push_back({progress[r].steps, progress[r].time + progress[r].flow.time, phase,
                                   finite ? rank[k] : -1, std::move(reading)});
  }
}

// Reads every replica in full, and labels those that reached the horizon by a quench.
template <class Real>
std::vector<FinalReading> WaveTrainer<Real>::final_readings() {
  const std::size_t replicas = runs_.size(), factors = static_cast<std::size_t>(cells_.front()->model.factors());
  const int last = static_cast<int>(cells_.front()->phases.size()) - 1;
  prepare(last);
  std::vector<int> all(replicas), unsettled;
  std::iota(all.begin(), all.end(), 0);
  memory_.live.upload(all);
  observe(memory_.factors, memory_.scale, memory_.readings, {true, true, true}, memory_.live, static_cast<int>(replicas));
  std::vector<double> scalar, values, norms;
  memory_.readings.scalar.download(scalar, 0, memory_.readings.scalar.size());
  memory_.readings.singular_value.download(values, 0, memory_.readings.singular_value.size());
  memory_.readings.factor_norm.download(norms, 0, memory_.readings.factor_norm.size());
  device_.wait();
  std::vector<FinalReading> readings(replicas);
  for (std::size_t r = 0; r < replicas; ++r) {
    const Cell& cell = *cells_[static_cast<std::size_t>(cell_of_[r])];
    const double tolerance = rank_tolerance(cell.probe, problems_[static_cast<std::size_t>(problem_of_[r])], last);
    FinalReading& reading = readings[r];
    reading.last = lane_reading(scalar, values, r);
    for (std::size_t l = 0; l < factors; ++l) reading.factor_norms.push_back(norms[l * replicas + r]);
    reading.numerical_rank = 0;
    for (double s : reading.last.singular_values) reading.numerical_rank += s > tolerance ? 1 : 0;
    reading.rank = cell.probe.rank == RankKind::quenched ? runs_[r].progress.rank : reading.numerical_rank;
    if (runs_[r].progress.ending == kernels::Ending::exhausted && cell.probe.classify_at_end == RankKind::quenched)
      unsettled.push_back(static_cast<int>(r));
  }
  if (unsettled.empty()) return readings;
  memory_.quench.list.upload(unsettled);
  device_.wait();
  quench(static_cast<int>(unsettled.size()));
  std::vector<int> rank;
  memory_.quench.rank.download(rank, 0, replicas);
  device_.wait();
  for (int r : unsettled) readings[static_cast<std::size_t>(r)].rank = rank[static_cast<std::size_t>(r)];
  return readings;
}

template kernels::Detail WaveTrainer<float>::probe_detail(int) const;
template kernels::Detail WaveTrainer<double>::probe_detail(int) const;
template void WaveTrainer<float>::observe(const DeviceArray<float>&, const DeviceArray<double>&, const ReadingMemory&,
                                          kernels::Detail, const DeviceArray<int>&, int);
template void WaveTrainer<double>::observe(const DeviceArray<double>&, const DeviceArray<double>&, const ReadingMemory&,
                                           kernels::Detail, const DeviceArray<int>&, int);
template void WaveTrainer<float>::note_trajectory(int, int);
template void WaveTrainer<double>::note_trajectory(int, int);
template std::vector<FinalReading> WaveTrainer<float>::final_readings();
template std::vector<FinalReading> WaveTrainer<double>::final_readings();

}  // namespace rankfall
