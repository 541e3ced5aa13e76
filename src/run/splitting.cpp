#include "run/splitting.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "backend/crowd.hpp"
#include "backend/instance.hpp"
#include "kernels/draw.hpp"
#include "rankfall/error.hpp"
#include "run/weighted_ensemble.hpp"

namespace rankfall {

namespace {

constexpr std::uint64_t pilot_key = 0x70696c6f74ull, estimate_key = 0x73706c6974ull;  // random numbers of their own
constexpr std::size_t most_levels = 100;

template <class Real>
class Splitter {
 public:
  using Run = ReplicaRun<Real>;

  Splitter(Backend& backend, const Experiment& experiment, const Cell& cell, const SplittingOptions& options,
           const std::stop_token& stop)
      : backend_(backend), experiment_(experiment), cell_(cell), options_(options), stop_(stop),
        fall_(rank_tolerance(cell.probe, draw_problem(experiment, cell, 0), static_cast<int>(cell.phases.size()) - 1)) {}

  SplittingEstimate estimate() {
    SplittingEstimate found;
    found.cell = cell_.index;
    found.replicas = options_.replicas;
    found.levels = levels_and_rank(found.rank);
    const std::int64_t all = options_.replicas * options_.repetitions;
    if (all * static_cast<std::int64_t>(found.levels.size() + 1) >= most_crowd_members)
      refuse_splitting(cell_, "needs more than 2^32 clones", "their random numbers could not be told apart",
                       "lower --replicas or --repetitions");
    Crowd<Real> crowd(backend_, experiment_, cell_, kernels::random_key(experiment_.seed, estimate_key), stop_);
    std::vector<Run> runs = crowd.open(0, all);
    count_steps(runs, 0.0);
    std::vector<std::size_t> owner;  // repetition of each run
    keep_rank(runs, owner, found);
    std::int64_t next = 0;
    for (std::size_t level = 0; level < found.levels.size() && !runs.empty(); ++level) {
      const double before = steps_of(runs);
      runs = crowd.follow(std::move(runs), next, found.rank, found.levels[level], Keep::ends);
      count_steps(runs, before);
      next += all;
      clone(runs, owner, found, level);
    }
    for (SplittingRepetition& repetition : found.repetitions) repetition.resize(found.levels.size(), 0);
    for (std::size_t k = 0; k < found.repetitions.size(); ++k) found.probabilities.push_back(found.product(k));
    found.replica_steps = steps_;
    return found;
  }

 private:
  static double steps_of(const std::vector<Run>& runs) {
    double sum = 0.0;
    for (const Run& run : runs) sum += static_cast<double>(run.progress.steps);
    return sum;
  }
  void count_steps(const std::vector<Run>& runs, double before) { steps_ += steps_of(runs) - before; }

  static bool arrived(const Run& run) { return run.progress.ending == kernels::Ending::stopped; }

  // Those that begin the last phase with the rank in question, by repetition.
  void keep_rank(std::vector<Run>& runs, std::vector<std::size_t>& owner, SplittingEstimate& found) const {
    const auto repetitions = static_cast<std::size_t>(options_.repetitions);
    found.repetitions.resize(repetitions);
    found.started.assign(repetitions, 0);
    std::vector<Run> kept;
    for (std::size_t r = 0; r < runs.size(); ++r) {
      const std::size_t k = r / static_cast<std::size_t>(options_.replicas);
      if (runs[r].diverged() || runs[r].start_rank != found.rank) continue;
      ++found.started[k];
      owner.push_back(k);
      kept.push_back(std::move(runs[r]));
    }
    found.started_elsewhere = static_cast<std::int64_t>(runs.size() - kept.size());
    if (std::find(found.started.begin(), found.started.end(), 0) != found.started.end())
      refuse_splitting(cell_, fmt::format("has a repetition without any replica of rank {}", found.rank), "too few begin with that rank",
                       "raise --replicas");
    runs = std::move(kept);
  }

  // Each of those that arrived so often that there are `replicas` of a repetition again; the rest at random, no run twice.
  void clone(std::vector<Run>& runs, std::vector<std::size_t>& owner, SplittingEstimate& found, std::size_t level) const {
    std::vector<std::vector<std::size_t>> arrivals(found.repetitions.size());
    for (std::size_t r = 0; r < runs.size(); ++r)
      if (arrived(runs[r])) arrivals[owner[r]].push_back(r);
    std::vector<Run> clones;
    std::vector<std::size_t> owners;
    for (std::size_t k = 0; k < arrivals.size(); ++k) {
      found.repetitions[k].push_back(static_cast<std::int64_t>(arrivals[k].size()));
      if (level + 1 == found.levels.size()) continue;
      const std::vector<std::size_t> parents = parents_of(arrivals[k], estimate_key, k, level);
      for (const std::size_t parent : parents) clones.push_back(runs[parent]);
      owners.insert(owners.end(), parents.size(), k);
    }
    runs = std::move(clones);
    owner = std::move(owners);
  }

  std::vector<std::size_t> parents_of(const std::vector<std::size_t>& arrivals, std::uint64_t key, std::size_t repetition,
                                      std::size_t level) const {
    std::vector<std::size_t> parents;
    if (arrivals.empty()) return parents;
    const auto count = static_cast<std::int64_t>(arrivals.size()), rest = options_.replicas % count;
    for (std::int64_t c = 0; c < options_.replicas / count; ++c) parents.insert(parents.end(), arrivals.begin(), arrivals.end());
    const std::uint64_t mixed = kernels::random_key(kernels::random_key(experiment_.seed, key), cell_.identity + 1);
    kernels::VariateSequence variates({static_cast<kernels::Word>(mixed), static_cast<kernels::Word>(mixed >> 32),
                                       static_cast<kernels::Word>(repetition), static_cast<kernels::Word>(level)});
    std::vector<std::int64_t> drawn(arrivals.size());
    kernels::draw_subset(variates, count, rest, drawn.data());
    for (std::int64_t c = 0; c < rest; ++c) parents.push_back(arrivals[static_cast<std::size_t>(drawn[static_cast<std::size_t>(c)])]);
    return parents;
  }

  // The rank that most replicas of the pilot begin the last phase with, and the levels, asked for or found.
  std::vector<double> levels_and_rank(int& rank) {
    Crowd<Real> crowd(backend_, experiment_, cell_, kernels::random_key(experiment_.seed, pilot_key), stop_);
    std::vector<Run> runs = crowd.open(0, options_.replicas);
    count_steps(runs, 0.0);
    rank = commonest_start_rank(runs);
    if (rank == 0)
      refuse_splitting(cell_, "finds nothing that could fall", "every replica begins the last phase at rank 0, or diverges before",
                       "change the phases before");
    const int chosen = rank;
    std::erase_if(runs, [&](const Run& run) { return run.diverged() || run.start_rank != chosen; });
    if (options_.levels.empty()) return pilot_levels(crowd, std::move(runs), rank);
    std::vector<double> levels = options_.levels;
    std::erase_if(levels, [&](double level) { return level <= fall_; });
    levels.push_back(fall_);
    return levels;
  }

  // Levels that about a share `keep` of the replicas passes, one after another: each is a quantile of how far down replicas
  // come that are followed to the end, which are then followed again, with the same random numbers, to that level.
  std::vector<double> pilot_levels(Crowd<Real>& crowd, std::vector<Run> runs, int rank) {
    std::vector<double> levels;
    std::int64_t next = 0;
    while (levels.size() < most_levels) {
      const double before = steps_of(runs);
      const std::vector<Run> traced = crowd.follow(runs, next, rank, fall_, Keep::every_probe);
      count_steps(traced, before);
      const double share = options_.keep * static_cast<double>(runs.size());
      if (static_cast<double>(std::count_if(traced.begin(), traced.end(), arrived)) >= share) {
        levels.push_back(fall_);
        return levels;
      }
      const double level = quantile_of_depths(runs, traced, rank);
      if (level <= fall_ || (!levels.empty() && !(level < levels.back()))) break;
      levels.push_back(level);
      std::vector<Run> ended = crowd.follow(runs, next, rank, level, Keep::ends);
      count_steps(ended, before);
      next += options_.replicas;
      std::vector<std::size_t> arrivals;
      for (std::size_t r = 0; r < ended.size(); ++r)
        if (arrived(ended[r])) arrivals.push_back(r);
      if (arrivals.empty()) break;
      runs.clear();
      for (const std::size_t parent : parents_of(arrivals, pilot_key, 0, levels.size())) runs.push_back(ended[parent]);
    }
    refuse_splitting(cell_,
                     fmt::format("finds no way down: after {} levels singular value {} is still {:.3g}", levels.size(), rank,
                                 levels.empty() ? 0.0 : levels.back()),
                     "replicas of the pilot come no further", "raise --replicas, lengthen the last phase, or probe more often");
  }

  double quantile_of_depths(const std::vector<Run>& begun, const std::vector<Run>& traced, int rank) const {
    std::vector<double> depths;
    for (std::size_t r = 0; r < traced.size(); ++r) {
      double lowest = singular_value(cell_.model, begun[r], rank);
      for (const TrajectoryPoint& point : traced[r].trajectory)
        lowest = std::fmin(lowest, point.reading.singular_values[static_cast<std::size_t>(rank - 1)]);
      depths.push_back(lowest);
    }
    std::sort(depths.begin(), depths.end());
    const auto passed = std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(options_.keep * static_cast<double>(depths.size()))));
    return std::sqrt(depths[passed - 1] * depths[std::min(passed, depths.size() - 1)]);  // between two replicas: neither lies at the level
  }

  Backend& backend_;
  const Experiment& experiment_;
  const Cell& cell_;
  const SplittingOptions& options_;
  std::stop_token stop_;
  double fall_;  // the rank tolerance
  double steps_ = 0.0;
};

}  // namespace

SplittingEstimate split_cell(Backend& backend, const Experiment& experiment, const Cell& cell, const SplittingOptions& options,
                             const std::stop_token& stop) {
  if (options.method == SplittingMethod::ensemble) return ensemble_cell(backend, experiment, cell, options, stop);
  if (experiment.precision == Precision::float32) return Splitter<float>(backend, experiment, cell, options, stop).estimate();
  return Splitter<double>(backend, experiment, cell, options, stop).estimate();
}

}  // namespace rankfall
