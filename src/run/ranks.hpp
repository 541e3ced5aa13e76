#pragma once
// The processes of one run: one, or as many as mpirun started. Without MPI in the build there is one.
#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <vector>

#include "rankfall/backend.hpp"
#include "run/shard.hpp"

namespace rankfall {

// What a rank has finished since it last asked for work.
struct WorkDone {
  double units = 0.0, replicas = 0.0, replica_steps = 0.0;
};

// One object per process; MPI is joined when it is made and left when it ends - unless the process trains a shard, which is
// a run of its own whatever has started it. Throws ConfigError when several processes were started by an MPI launcher and
// this build cannot know of the others.
class Ranks {
 public:
  explicit Ranks(const Shard& shard = {});
  ~Ranks();
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  int rank() const { return rank_; }
  int size() const { return size_; }
  bool is_first() const { return rank_ == 0; }
  int local_rank() const;  // among those on this machine

  // The first rank's list, on all. All ranks call it.
  std::vector<WorkUnit> spread(std::vector<WorkUnit> units) const;

  // All ranks call it with the same list. Each trains parts that no other gets, in order and smaller towards the end,
  // never fewer than `grain` units at once, until none are left or its `stop` is requested. On the first rank `tell`
  // hears what the others have finished, and the call returns when every rank has ended. What `train` throws on the first
  // rank is thrown here; on another rank it ends that process, and with it the run.
  void share(std::span<const WorkUnit> units, std::int64_t grain, const std::stop_token& stop,
             const std::function<WorkDone(std::span<const WorkUnit>)>& train,
             const std::function<void(const WorkDone&)>& tell) const;

 private:
  int rank_ = 0, size_ = 1;
  bool joined_ = false;
};

}  // namespace rankfall
