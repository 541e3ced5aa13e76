// A wave whose learning rates or ridges change between probes.
#include <algorithm>

#include "device/wave_tables.hpp"

namespace rankfall {

namespace {

// Launches that `every` steps may take, wherever they begin: stretches that so many steps can touch.
int legs_of(const std::vector<Stretch>& stretches, std::int64_t every) {
  std::size_t most = 1;
  for (std::size_t first = 0, end = 0; first < stretches.size(); ++first) {
    end = std::max(end, first);
    while (end < stretches.size() && stretches[end].begin - stretches[first].begin <= every - 2) ++end;
    most = std::max(most, 1 + end - first);  // those that begin behind the first of the steps, and the one before
  }
  return static_cast<int>(most);
}

}  // namespace

template <class Real>
std::pair<DeviceArray<kernels::AnnealedRates>, int> WaveTrainer<Real>::anneal(int phase,
                                                                              std::vector<kernels::CellTerms>& terms) const {
  std::vector<kernels::AnnealedRates> all;
  int legs = 1;
  for (const Cell* cell : cells_) {
    const std::vector<Stretch>& own = cell->phases[static_cast<std::size_t>(phase)].stretches;
    for (const Stretch& stretch : own) all.push_back({stretch.begin, stretch.learning_rate, stretch.ridge});
    if (!own.empty()) legs = std::max(legs, legs_of(own, cell->probe.every));
  }
  DeviceArray<kernels::AnnealedRates> stretches = on_device(device_, all);
  std::size_t begin = 0;
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    const std::size_t count = cells_[c]->phases[static_cast<std::size_t>(phase)].stretches.size();
    terms[c].annealing = {stretches.data() + begin, static_cast<int>(count)};
    begin += count;
  }
  return {std::move(stretches), legs};
}

// Every replica to its next probe. Those that are there wait for the others: a launch without steps returns at once.
template <class Real>
void WaveTrainer<Real>::advance_in_legs(kernels::AdvanceJob<Real> job, int live) {
  job.steps = memory_.leg.data();
  job.draws = memory_.leg_draws.data();
  for (int leg = 0; leg < tables_->legs; ++leg) {
    device_.require(kernels::launch(
        kernels::LegJob<Real>{memory_.live.data(), memory_.cell.data(), tables_->terms.data(), memory_.progress.data(),
                              memory_.steps.data(), memory_.draws.data(), memory_.taken.data(), memory_.leg.data(),
                              memory_.leg_draws.data(), memory_.rate.data(), memory_.decay.data(), leg},
        live, device_.queue()));
    advance(tables_->plan, job);
  }
}

template std::pair<DeviceArray<kernels::AnnealedRates>, int> WaveTrainer<float>::anneal(int, std::vector<kernels::CellTerms>&) const;
template std::pair<DeviceArray<kernels::AnnealedRates>, int> WaveTrainer<double>::anneal(int, std::vector<kernels::CellTerms>&) const;
template void WaveTrainer<float>::advance_in_legs(kernels::AdvanceJob<float>, int);
template void WaveTrainer<double>::advance_in_legs(kernels::AdvanceJob<double>, int);

}  // namespace rankfall
