#pragma once
// Replicas of one cell at the opening of its last phase and on their way through it: what multilevel splitting clones.
#include <cstdint>
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

  // Singular value number `rank`, from 1, of W.
  double singular_value(const Run& run, int rank) const;

 private:
  std::vector<Run> train(const Experiment& leg, std::int64_t first, std::int64_t count, const std::vector<Run>* under_way);

  Backend& backend_;
  Experiment experiment_;  // of the one cell
  std::stop_token stop_;
};

// Random numbers of this many replicas, clones included, are told apart within a seed.
inline constexpr std::int64_t most_crowd_members = std::int64_t{1} << 32;

}  // namespace rankfall
