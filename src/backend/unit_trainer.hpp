#pragma once
// Trains the replicas of work units of one cell on one thread.
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "backend/checkpoint.hpp"
#include "backend/greedy_library.hpp"
#include "backend/quench.hpp"
#include "backend/replica_run.hpp"
#include "backend/slice.hpp"
#include "backend/stopwatch.hpp"
#include "rankfall/backend.hpp"

namespace rankfall {

// How far a W is from a greedy path, from its nearest solution, and from each; NaN and none where nothing is compared.
struct GreedyDistances {
  double path = std::numeric_limits<double>::quiet_NaN(), nearest = path;
  std::vector<double> solution;
};

// A unit goes through the phases one after another. In a phase its replicas wait in a queue for a lane; when a replica
// ends its phase the next takes its lane at once, so none waits for a slow neighbour, and since a unit's results are
// kept or lost as a whole, the order in which they end cannot bias an estimate.
// Where all replicas of the cell are bound to be alike (one start, one problem, no draws yet), one is trained and
// copied, and kept for the cell's next unit.
template <class Real>
class UnitTrainer {
 public:
  using Run = ReplicaRun<Real>;

  // `supervision` must outlive the trainer. Trainers of several cells may share a library of greedy paths.
  UnitTrainer(const Experiment& experiment, const Cell& cell, const Supervision& supervision,
              std::shared_ptr<GreedyLibrary> library = std::make_shared<GreedyLibrary>());
  // Nothing if it was stopped on the way; then the unit was kept, where supervision says how.
  std::optional<ReplicaResults> train(const WorkUnit& unit);

  // For a backend that trains elsewhere: a unit's replicas where they were left, or at their start, or after the phases
  // that do not tell them apart, which are trained here, once. Nothing if these were stopped.
  struct Started {
    std::vector<Run> runs;
    int phase = 0;              // the first that is still to be trained
    bool under_way = false;     // its replicas have begun that phase
    double trained_steps = 0.0;
  };
  std::optional<Started> begin(const WorkUnit& unit);
  void draw_start(Run& run);    // attempt run.attempt; forgets what an earlier one has left
  const std::vector<ProblemInstance>& instances() const { return instances_; }  // of the unit begun last

 private:
  static constexpr int lanes = LaneGroup<Real>::lanes;
  enum class Entry { fresh, under_way };  // how replicas come into a phase

  bool alike_at_first() const;
  void draw_instances(const WorkUnit& unit);
  const ProblemInstance& instance(std::size_t run) const { return instances_[instances_.size() == 1 ? 0 : run]; }
  double tolerance(std::size_t run, int phase) const { return rank_tolerance(cell_.probe, instance(run), phase); }

  std::optional<Started> left_off(const WorkUnit& unit) const;
  int phases_alike() const;  // how many phases tell no replica apart
  bool begin_alike();
  bool run_phases(Started& started, int end);
  std::vector<Run> start(std::int64_t first, std::int64_t count);
  // False if they were stopped.
  bool run_phase(std::vector<Run>& runs, int phase, Entry entry);
  bool train_phase(std::vector<Run>& runs, int phase, const std::vector<std::size_t>& which);
  void open_phase(std::vector<Run>& runs, int phase, const std::vector<std::size_t>& which);
  std::int64_t steps_of_slice(const std::vector<Run>& runs, const kernels::PhasePlan& plan,
                              const std::optional<std::size_t>& r) const;
  bool train_slice(std::vector<Run>& runs, const kernels::PhasePlan& plan,
                   const std::vector<std::optional<std::size_t>>& at);
  std::int64_t descend_slice(std::vector<Run>& runs, const kernels::PhasePlan& plan,
                             const std::vector<std::optional<std::size_t>>& at);
  std::int64_t set_rates(const std::vector<Run>& runs, const std::vector<std::optional<std::size_t>>& at, std::int64_t steps);
  std::int64_t follow_slice(std::vector<Run>& runs, const kernels::PhasePlan& plan,
                            const std::vector<std::optional<std::size_t>>& at);
  void count_steps(Run& run, std::int64_t steps);
  void count_standing(const Run& run, int change);
  void note(std::chrono::steady_clock::time_point now);
  bool go_on(std::vector<Run>& runs, int phase, const std::vector<std::optional<std::size_t>>& at);
  std::vector<std::size_t> redraw_unsettled(std::vector<Run>& runs, int phase, const std::vector<std::size_t>& which);
  void prepare_lanes(int phase);
  void load_lane(int lane, Run& run, std::size_t index, int phase);
  void observe(int phase, const std::vector<int>& due, const std::vector<std::optional<std::size_t>>& at);
  void look(std::vector<Run>& runs, int phase, const std::vector<int>& due,
            const std::vector<std::optional<std::size_t>>& at);
  std::vector<int> ranks(int phase, const std::vector<int>& due, const std::vector<std::optional<std::size_t>>& at);
  bool find_greedy_paths(const PhaseSpec& greedy, int phase, const std::vector<std::size_t>& which, GreedyRecord record,
                         std::vector<GreedyLibrary::Shared>& paths);
  bool learn_phase(std::vector<Run>& runs, int phase, const std::vector<std::size_t>& which);
  void end_greedy(Run& run, int phase, const GreedyPath& path);
  bool prepare_comparison(std::vector<Run>& runs, int phase, const std::vector<std::size_t>& which, Entry entry);
  GreedyDistances greedy_distances(std::size_t run, int lane) const;
  void find_target_modes();
  const TargetModes& target_modes(std::size_t run, int phase) const;
  ModeReading modes(std::size_t run, int lane, int phase);
  bool is_last(int phase) const { return phase + 1 == static_cast<int>(cell_.phases.size()); }
  FactorReading layers(std::size_t run, int lane, int phase) const;
  void note_monitor(Run& run, std::size_t index, const LaneReading& reading) const;
  void note_distances(Run& run, std::size_t index, const GreedyDistances& distances);
  Detail probe_detail(int phase) const;
  std::vector<int> quenched_ranks(const std::vector<const ReplicaState<Real>*>& states,
                                  const std::vector<std::size_t>& which, int phase);
  ReplicaResults finish(std::vector<Run>& runs, const WorkUnit& unit);

  const Experiment& experiment_;
  const Cell& cell_;
  const Supervision& supervision_;
  Slice slice_;
  Activity activity_;                       // not yet told
  WorkUnit unit_;                           // in training, as it is kept
  bool stands_for_all_ = false;             // it is the run that all replicas share: replica 0, as a unit of its own
  std::chrono::steady_clock::time_point kept_at_, noted_at_;
  std::vector<ProblemInstance> instances_;  // one, or one per replica of the unit
  using PhaseModes = std::vector<std::shared_ptr<const TargetModes>>;  // of the target of each phase
  std::vector<PhaseModes> target_modes_;    // likewise, where alignment is asked for
  const std::vector<Stretch>* stretches_ = nullptr;  // of the phase in training
  LaneGroup<Real> group_;
  Observer<Real> observer_;
  Quencher<Real> quencher_;
  std::shared_ptr<GreedyLibrary> library_;
  std::vector<GreedyLibrary::Shared> compared_;  // of the phase, by replica or one; empty where nothing is compared
  std::optional<Run> alike_;  // the one run of all replicas, after the phases that do not tell them apart
};

}  // namespace rankfall
