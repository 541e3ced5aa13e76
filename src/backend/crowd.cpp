#include "backend/crowd.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "backend/checkpoint.hpp"
#include "backend/dense.hpp"
#include "backend/instance.hpp"
#include "rankfall/error.hpp"

namespace rankfall {

namespace {

constexpr std::int64_t unit_size = 256;

}  // namespace

template <class Real>
Crowd<Real>::Crowd(Backend& backend, const Experiment& experiment, const Cell& cell, std::uint64_t seed,
                   const std::stop_token& stop)
    : backend_(backend), experiment_(experiment), stop_(stop) {
  experiment_.seed = seed;
  experiment_.axes.clear();
  experiment_.cells = {cell};
  Cell& own = experiment_.cells.front();
  own.index = 0;
  own.position.clear();
  own.probe.trajectory = false;
  own.probe.plateau.reset();
  own.probe.monitor.reset();
  own.probe.alignment = own.probe.velocities = own.probe.coupling = false;
}

template <class Real>
std::vector<ReplicaRun<Real>> Crowd<Real>::train(const Experiment& leg, std::int64_t first, std::int64_t count,
                                                 const std::vector<Run>* under_way) {
  const int last = static_cast<int>(leg.cells.front().phases.size()) - 1;
  std::vector<WorkUnit> units;
  for (std::int64_t begin = 0; begin < count; begin += unit_size)
    units.push_back({0, first + begin, std::min(unit_size, count - begin)});
  std::map<std::int64_t, std::string> ended;
  std::mutex mutex;
  Supervision supervision;
  supervision.stop = stop_;
  supervision.ended = [&](const WorkUnit& unit, std::string&& bytes) {
    const std::lock_guard lock(mutex);
    ended[unit.first] = std::move(bytes);
  };
  if (under_way != nullptr)
    supervision.recall = [&](const WorkUnit& unit) {
      const auto begin = under_way->begin() + (unit.first - first);
      return std::optional(checkpoint_bytes(UnitUnderWay<Real>{last, std::vector<Run>(begin, begin + unit.count)}));
    };
  backend_.train(leg, units, supervision);
  std::vector<Run> runs;
  for (const WorkUnit& unit : units) {
    const auto found = ended.find(unit.first);
    if (found == ended.end()) throw Stopped{};
    auto read = read_checkpoint_bytes<Real>(found->second, leg.cells.front(), unit);
    if (!read) throw std::logic_error("a backend handed over replicas that are not its unit's");
    std::move(read->runs.begin(), read->runs.end(), std::back_inserter(runs));
  }
  return runs;
}

template <class Real>
std::vector<ReplicaRun<Real>> Crowd<Real>::open(std::int64_t first, std::int64_t count) {
  Experiment before = experiment_;
  before.cells.front().phases.pop_back();
  std::vector<Run> runs = train(before, first, count, nullptr);
  const int last = static_cast<int>(experiment_.cells.front().phases.size()) - 1;
  for (Run& run : runs) {
    if (run.diverged()) continue;
    run.progress.open_phase();
    run.start_step = run.progress.steps;
    run.start_rank = run.progress.rank;
    run.phase = last;
    run.state.memory.clear();
    run.events.clear();
  }
  return runs;
}

template <class Real>
Experiment Crowd<Real>::leg(int rank, double threshold) const {
  Experiment leg = experiment_;
  Cell& cell = leg.cells.front();
  cell.phases.back().stop = {};
  cell.phases.back().stop.rank_at_most = rank - 1;
  cell.probe.rank_tolerance = threshold;
  cell.probe.tolerance_is_absolute = true;
  return leg;
}

template <class Real>
std::vector<ReplicaRun<Real>> Crowd<Real>::follow(std::vector<Run> runs, std::int64_t first, int rank, double threshold, Keep keep) {
  Experiment own = leg(rank, threshold);
  own.cells.front().probe.trajectory = keep == Keep::every_probe;
  const std::int64_t steps = own.cells.front().phases.back().steps;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    Run& run = runs[r];
    run.index = first + static_cast<std::int64_t>(r);
    run.trajectory.clear();
    run.events.clear();
    if (run.diverged()) continue;
    const bool below = singular_value(own.cells.front().model, run, rank) <= threshold;
    run.progress.in_phase = !below && run.progress.phase_steps < steps;
    run.progress.ending = below ? kernels::Ending::stopped : kernels::Ending::exhausted;
  }
  return train(own, first, static_cast<std::int64_t>(runs.size()), &runs);
}

template <class Real>
std::vector<ReplicaRun<Real>> Crowd<Real>::advance(std::vector<Run> runs, std::int64_t first, int rank, double threshold,
                                                   std::int64_t until) {
  Experiment own = leg(rank, threshold);
  own.cells.front().phases.back().steps = until;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    Run& run = runs[r];
    run.index = first + static_cast<std::int64_t>(r);
    run.events.clear();
    if (run.diverged()) continue;
    run.progress.in_phase = true;
    run.progress.ending = kernels::Ending::exhausted;
  }
  return train(own, first, static_cast<std::int64_t>(runs.size()), &runs);
}

template <class Real>
std::vector<double> end_to_end(const Factorization& model, const ReplicaRun<Real>& run) {
  dense::Numbers factors;
  for (const Real& entry : run.state.factors) factors.push_back(run.state.scale * static_cast<double>(entry));
  dense::Dense product = dense::factor_of(model, factors, 0);
  if (model.symmetry == Symmetry::symmetric) return dense::product(product, dense::transposed(product)).entries;
  for (int l = 1; l < model.factors(); ++l) product = dense::product(dense::factor_of(model, factors, l), product);
  return product.entries;
}

template <class Real>
double singular_value(const Factorization& model, const ReplicaRun<Real>& run, int rank) {
  return singular_values_of(model.rows(), model.columns(), end_to_end(model, run))[static_cast<std::size_t>(rank - 1)];
}

template class Crowd<float>;
template class Crowd<double>;
template std::vector<double> end_to_end(const Factorization&, const ReplicaRun<float>&);
template std::vector<double> end_to_end(const Factorization&, const ReplicaRun<double>&);
template double singular_value(const Factorization&, const ReplicaRun<float>&, int);
template double singular_value(const Factorization&, const ReplicaRun<double>&, int);

}  // namespace rankfall
