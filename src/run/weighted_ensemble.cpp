#include "run/weighted_ensemble.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <map>

#include "backend/crowd.hpp"
#include "backend/instance.hpp"
#include "kernels/normal.hpp"
#include "kernels/philox.hpp"
#include "rankfall/error.hpp"
#include "run/slow_mode.hpp"

namespace rankfall {

namespace {

constexpr std::uint64_t slow_mode_key = 0x736c6f776d6f6465ull, ensemble_key = 0x656e73656d626c65ull;
constexpr std::int64_t pilot_replicas = 256;
constexpr int most_bins = 50;         // along the slow mode
constexpr double least_width = 0.1;  // of a bin, in standard deviations of the slow mode
constexpr int lags_in_horizon = 20;

template <class Real>
class WeightedEnsemble {
 public:
  using Run = ReplicaRun<Real>;
  struct Place {
    double slow;
    int halvings;
  };

  WeightedEnsemble(Backend& backend, const Experiment& experiment, const Cell& cell, const SplittingOptions& options,
                   const std::stop_token& stop)
      : backend_(backend), experiment_(experiment), cell_(cell), options_(options), stop_(stop),
        horizon_(cell.phases.back().steps), leg_(cell.probe.every),
        slow_(static_cast<std::size_t>(cell.problem.rows) * static_cast<std::size_t>(cell.problem.columns)) {
    const int last = static_cast<int>(cell.phases.size()) - 1;
    fall_ = rank_tolerance(cell.probe, draw_problem(experiment, cell, 0), last);
  }

  SplittingEstimate estimate() {
    SplittingEstimate found;
    found.cell = cell_.index;
    found.replicas = options_.replicas;
    found.rank = learn_slow_mode();
    const std::int64_t all = options_.replicas * options_.repetitions;
    Crowd<Real> crowd(backend_, experiment_, cell_, kernels::random_key(experiment_.seed, ensemble_key), stop_);
    begin(crowd.open(0, all), found);
    std::int64_t next = all;
    for (std::int64_t step = 0; step < horizon_ && !runs_.empty(); step += leg_) {
      advance(crowd, next, found.rank, std::min(step + leg_, horizon_));
      next += all;
      gather(found);
      if (step + leg_ < horizon_) resample(static_cast<std::uint32_t>(step / leg_));
    }
    found.replica_steps = steps_;
    return found;
  }

 private:
  // Runs on, all from the same step of the last phase to the same.
  void advance(Crowd<Real>& crowd, std::int64_t first, int rank, std::int64_t until) {
    double before = 0.0, after = 0.0;
    for (const Run& run : runs_) before += static_cast<double>(run.progress.steps);
    runs_ = crowd.advance(std::move(runs_), first, rank, fall_, until);
    for (const Run& run : runs_) after += static_cast<double>(run.progress.steps);
    steps_ += after - before;
  }

  // The slow mode of those that stay, behind the first quarter of the horizon; the rank that most replicas begin with.
  int learn_slow_mode() {
    Crowd<Real> crowd(backend_, experiment_, cell_, kernels::random_key(experiment_.seed, slow_mode_key), stop_);
    runs_ = crowd.open(0, pilot_replicas);
    const int rank = commonest_start_rank(runs_);
    if (rank == 0)
      refuse_splitting(cell_, "finds nothing that could fall", "every replica begins the last phase at rank 0, or diverges before",
                       "change the phases before");
    std::erase_if(runs_, [&](const Run& run) { return run.diverged() || run.start_rank != rank; });
    const auto lag = static_cast<std::size_t>(std::max<std::int64_t>(1, horizon_ / lags_in_horizon / leg_));
    std::vector<std::deque<std::vector<double>>> past(runs_.size());  // of each run, up to a lag ago
    for (std::int64_t step = 0; step < horizon_ && !runs_.empty(); step += leg_) {
      advance(crowd, pilot_replicas * (1 + step / leg_), rank, std::min(step + leg_, horizon_));
      std::size_t kept = 0;
      for (std::size_t r = 0; r < runs_.size(); ++r) {
        if (runs_[r].diverged() || runs_[r].progress.ending == kernels::Ending::stopped) continue;
        past[r].push_back(end_to_end(cell_.model, runs_[r]));
        if (past[r].size() > lag) {
          if (4 * step >= horizon_) slow_.add(past[r].front(), past[r].back());
          past[r].pop_front();
        }
        if (kept != r) {
          runs_[kept] = std::move(runs_[r]);
          past[kept] = std::move(past[r]);
        }
        ++kept;
      }
      runs_.resize(kept);
      past.resize(kept);
    }
    if (slow_.samples() < 1000)
      refuse_splitting(cell_, "finds too few replicas that stay", "nearly all of the pilot fall at once",
                       "count them with `rankfall run`: the fall is not rare here");
    slow_.settle();
    return rank;
  }

  void begin(std::vector<Run> runs, SplittingEstimate& found) {
    found.started.assign(static_cast<std::size_t>(options_.repetitions), 0);
    found.probabilities.assign(static_cast<std::size_t>(options_.repetitions), 0.0);
    runs_.clear();
    for (std::size_t r = 0; r < runs.size(); ++r) {
      if (runs[r].diverged() || runs[r].start_rank != found.rank) {
        ++found.started_elsewhere;
        continue;
      }
      owner_.push_back(r / static_cast<std::size_t>(options_.replicas));
      ++found.started[owner_.back()];
      runs_.push_back(std::move(runs[r]));
    }
    for (const Run& run : runs_) start_value_ = std::max(start_value_, singular_value(cell_.model, run, found.rank));
    for (const std::size_t owner : owner_) weight_.push_back(1.0 / static_cast<double>(found.started[owner]));
  }

  // Takes out those that have fallen, with their weights, and those that diverged.
  void gather(SplittingEstimate& found) {
    std::size_t kept = 0;
    for (std::size_t r = 0; r < runs_.size(); ++r) {
      const bool fell = runs_[r].progress.ending == kernels::Ending::stopped;
      if (fell) found.probabilities[owner_[r]] += weight_[r];
      if (fell || runs_[r].diverged()) continue;
      if (kept != r) runs_[kept] = std::move(runs_[r]);
      owner_[kept] = owner_[r];
      weight_[kept++] = weight_[r];
    }
    runs_.resize(kept);
    owner_.resize(kept);
    weight_.resize(kept);
  }

  // Bins of one repetition: along the slow mode, and by how many times the singular value that falls has halved.
  std::map<std::pair<int, int>, std::vector<std::size_t>> bins_of(const std::vector<std::size_t>& members, const std::vector<Place>& place) const {
    double low = place[members.front()].slow, high = low;
    for (const std::size_t r : members) {
      low = std::min(low, place[r].slow);
      high = std::max(high, place[r].slow);
    }
    const double width = std::max(least_width, (high - low) / most_bins);
    std::map<std::pair<int, int>, std::vector<std::size_t>> bins;
    for (const std::size_t r : members) bins[{place[r].halvings, static_cast<int>((place[r].slow - low) / width)}].push_back(r);
    return bins;
  }

  void resample(std::uint32_t leg) {
    if (runs_.empty()) return;
    std::vector<Place> place;
    for (const Run& run : runs_) {
      const double falling = std::max(singular_value(cell_.model, run, run.start_rank), fall_);
      place.push_back({slow_(end_to_end(cell_.model, run)), std::max(0, static_cast<int>(std::log2(start_value_ / falling)))});
    }
    std::map<std::size_t, std::vector<std::size_t>> members;
    for (std::size_t r = 0; r < runs_.size(); ++r) members[owner_[r]].push_back(r);
    std::vector<Run> runs;
    std::vector<std::size_t> owners;
    std::vector<double> weights;
    for (const auto& [owner, own] : members) {
      const auto bins = bins_of(own, place);
      const std::uint64_t mixed = kernels::random_key(kernels::random_key(experiment_.seed, ensemble_key), cell_.identity + 1);
      kernels::VariateSequence variates({static_cast<kernels::Word>(mixed), static_cast<kernels::Word>(mixed >> 32),
                                         static_cast<kernels::Word>(owner), leg});
      const auto share = std::max<std::size_t>(1, static_cast<std::size_t>(options_.replicas) / bins.size());
      for (const auto& [number, bin] : bins) {
        double sum = 0.0;
        for (const std::size_t r : bin) sum += weight_[r];
        // Systematic: a replica of weight w stands for w / sum * share clones on average, and for no other number than its
        // neighbours.
        double passed = 0.0, mark = variates.uniform();
        for (const std::size_t r : bin)
          for (passed += weight_[r] / sum * static_cast<double>(share); mark < passed; mark += 1.0) {
            runs.push_back(runs_[r]);
            owners.push_back(owner);
            weights.push_back(sum / static_cast<double>(share));
          }
      }
    }
    runs_ = std::move(runs);
    owner_ = std::move(owners);
    weight_ = std::move(weights);
  }

  Backend& backend_;
  const Experiment& experiment_;
  const Cell& cell_;
  const SplittingOptions& options_;
  std::stop_token stop_;
  std::int64_t horizon_, leg_;
  SlowMode slow_;
  double fall_ = 0.0, start_value_ = 0.0, steps_ = 0.0;  // start_value_: of the singular value that falls
  std::vector<Run> runs_;           // those that have not fallen
  std::vector<std::size_t> owner_;  // their repetitions
  std::vector<double> weight_;
};

}  // namespace

SplittingEstimate ensemble_cell(Backend& backend, const Experiment& experiment, const Cell& cell, const SplittingOptions& options,
                                const std::stop_token& stop) {
  if (experiment.precision == Precision::float32) return WeightedEnsemble<float>(backend, experiment, cell, options, stop).estimate();
  return WeightedEnsemble<double>(backend, experiment, cell, options, stop).estimate();
}

}  // namespace rankfall
