#pragma once
// Replicas of one cell at the opening of its last phase and on their way through it: what multilevel splitting clones.
#include <algorithm>
#include <cstdint>
#include <map>
#include <stop_token>
#include <vector>

#include "backend/replica_run.hpp"
#include "rankfall/backend.hpp"

namespace rankfall {

enum class Keep { ends, every_probe };

// float or double; one problem for all replicas. Works through any backend: a leg is a unit that was kept in the middle
// of the last phase, so the numbers are those of a run that was stopped and taken up again.
template <class Real>
class Crowd {
 public:
  using Run = ReplicaRun<Real>;

  // `seed` stands in for the experiment's, so that its own replicas have other random numbers. All must outlive the crowd.
  // Throws Stopped (rankfall/error.hpp) from any call once `stop` is requested.
  Crowd(Backend& backend, const Experiment& experiment, const Cell& cell, std::uint64_t seed, const std::stop_token& stop);

  // Replicas first .. first + count - 1 where the last phase opens; that of diverged ones never does.
  std::vector<Run> open(std::int64_t first, std::int64_t count);

  // Goes on with `runs`, renumbered first, first + 1, ...: what a replica is numbered decides its further random numbers.
  // Each ends at the first probe that finds fewer than `rank` singular values above `threshold` (absolute), where its
  // ending is `stopped`, or at the horizon; one that lies below already stays where it is.
  std::vector<Run> follow(std::vector<Run> runs, std::int64_t first, int rank, double threshold, Keep keep);

  // The same for runs that stand at the same step of the last phase, up to its step `until`; none is looked at before.
  std::vector<Run> advance(std::vector<Run> runs, std::int64_t first, int rank, double threshold, std::int64_t until);

 private:
  Experiment leg(int rank, double threshold) const;
  std::vector<Run> train(const Experiment& leg, std::int64_t first, std::int64_t count, const std::vector<Run>* under_way);

  Backend& backend_;
  Experiment experiment_;  // of the one cell
  std::stop_token stop_;
};

// W of a run, row-major.
template <class Real>
std::vector<double> end_to_end(const Factorization& model, const ReplicaRun<Real>& run);

// Of W, number `rank` from 1.
template <class Real>
double singular_value(const Factorization& model, const ReplicaRun<Real>& run, int rank);

// The rank above 0 that most of them begin the last phase with; 0 if there is none.
template <class Real>
int commonest_start_rank(const std::vector<ReplicaRun<Real>>& runs) {
  std::map<int, std::int64_t> ranks;
  for (const ReplicaRun<Real>& run : runs)
    if (!run.diverged() && run.start_rank > 0) ++ranks[run.start_rank];
  const auto most = std::max_element(ranks.begin(), ranks.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
  return most == ranks.end() ? 0 : most->first;
}

// Random numbers of this many replicas, clones included, are told apart within a seed.
inline constexpr std::int64_t most_crowd_members = std::int64_t{1} << 32;

}  // namespace rankfall
