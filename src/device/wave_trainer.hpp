#pragma once
// Trains the replicas of many work units at once on a device.
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "backend/collect.hpp"
#include "backend/unit_trainer.hpp"
#include "device/wave_class.hpp"
#include "device/wave_memory.hpp"

namespace rankfall {

// A wave goes through the phases one after another. In a phase all live replicas advance to their own next probe in one
// launch, are observed and judged in two more, and those that go on are gathered: the device is never kept waiting by
// replicas that have ended, and per probe the host sees two counts and the changes of rank. Memory of the device is
// taken when the trainer is made.
template <class Real>
class WaveTrainer {
 public:
  // `placement`: of the training loops, where not the cost rule is to choose. `supervision` must outlive the trainer.
  WaveTrainer(const Device& device, const Experiment& experiment, std::span<const WorkUnit> units,
              const Supervision& supervision, std::optional<kernels::Placement> placement = std::nullopt);
  ~WaveTrainer();
  // Nothing if it was stopped on the way; then the units were kept, where supervision says how.
  std::vector<ReplicaResults> train();

 private:
  using Run = ReplicaRun<Real>;
  struct PhaseTables;

  void begin_units(std::span<const WorkUnit> units);
  void begin_unit(const WorkUnit& unit, int slot);
  void upload_replicas(const std::vector<int>& which);
  void upload_memory(const std::vector<int>& which);
  void unscale_replicas(const std::vector<int>& which);  // before their first probe, which the CPU makes of true factors, too
  void fetch_memory(int phase);                 // into the runs that are in a phase which remembers
  void note_rises(int phase);
  void prepare(int phase);
  // The cells' stretches on the device, which `terms` then point to, and the most legs from a probe to the next.
  std::pair<DeviceArray<kernels::AnnealedRates>, int> anneal(int phase, std::vector<kernels::CellTerms>& terms) const;
  void advance_in_legs(kernels::AdvanceJob<Real> job, int live);
  bool run_phase(int phase);  // false if it was stopped; so are the others
  bool train_phase(int phase, int live);
  int open_phase(int phase, const std::vector<int>& which);
  int join_phase(int phase, const std::vector<int>& which, int live);
  kernels::RandomSource<kernels::Word> source_of(int phase, int replica) const;
  kernels::PhaseEntry<Real> phase_entry(const DeviceArray<int>& list) const;
  bool go_on(int phase);
  void keep_units(int phase);
  void end_units();
  // Every unit as it stands; on_device: it has begun there.
  void tell_units(int phase, const std::function<void(const WorkUnit&, UnitUnderWay<Real>&&, bool on_device)>& tell);
  int step_phase(int phase, int live);
  int look(int phase, int live);
  int gather(int phase, int live);
  int select(const DeviceArray<int>& items, const DeviceArray<unsigned char>& mark, int count, DeviceArray<int>& kept);
  void note_changes(int phase, int count);
  void note_trajectory(int phase, int live);
  void fetch_progress();
  void note_activity(int live);
  std::vector<int> redraw_unsettled(int phase, const std::vector<int>& which);

  void advance(const AdvancePlan<Real>& plan, const kernels::AdvanceJob<Real>& job);
  void observe(const DeviceArray<Real>& factors, const DeviceArray<double>& scale, const ReadingMemory& readings,
               kernels::Detail detail, const DeviceArray<int>& live, int count);
  void quench(int count);  // of the replicas in memory_.quench.list
  kernels::Detail probe_detail(int phase) const;

  std::vector<FinalReading> final_readings();
  LaneReading lane_reading(const std::vector<double>& scalar, const std::vector<double>& values, std::size_t r) const;

  const Device& device_;
  const Experiment& experiment_;
  const Supervision& supervision_;
  std::optional<kernels::Placement> placement_;
  bool stopped_ = false;
  Census census_;                               // as noted last
  std::chrono::steady_clock::time_point kept_at_;
  std::vector<WorkUnit> units_;
  std::vector<const Cell*> cells_;              // of the wave; the others are numbered by it
  std::map<int, int> slot_;                     // from a cell's index
  std::vector<std::unique_ptr<UnitTrainer<Real>>> starters_;  // one per cell: draws and what is trained once
  std::vector<Run> runs_;                       // replicas of all units, one after another
  std::vector<int> cell_of_, problem_of_, first_phase_;
  std::vector<bool> under_way_;                 // it has begun its first phase
  std::vector<std::size_t> unit_begin_;
  std::vector<ProblemInstance> problems_;
  std::vector<double> unit_steps_;              // trained before the wave began
  WaveMemory<Real> memory_;
  std::unique_ptr<PhaseTables> tables_;
  int prepared_ = -1;                           // the phase whose tables these are
  DeviceArray<unsigned char> probe_scratch_, advance_scratch_;
};

}  // namespace rankfall
