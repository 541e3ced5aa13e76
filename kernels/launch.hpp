#pragma once
// The boundary between the host and a device: plain functions over plain data. Two implementations: *.cu for CUDA
// devices, and tests/emulation, where the host's own memory and loops stand in for a device.
#include <cstddef>

#include "kernels/leg.hpp"
#include "kernels/probe.hpp"

namespace rankfall::kernels {

// What a device said to a call. `call` is null if all is well; otherwise the call that failed and the reason.
struct Status {
  const char* call;
  const char* reason;
  bool out_of_memory;
};

struct DeviceLimits {
  char name[256];
  int major, minor;                      // compute capability
  int multiprocessors;
  int threads_per_multiprocessor;
  std::size_t shared_per_block;          // with opt-in
  std::size_t shared_per_multiprocessor;
  std::size_t memory, free_memory;
};

using Queue = void*;  // of launches and copies, worked off in order (a CUDA stream)

// Devices and their memory. The calling thread's current device is the one that it selected or asked about last.
Status count_devices(int& count);
Status select_device(int device);
Status device_limits(int device, DeviceLimits& limits);
Status allocate(std::size_t bytes, void*& memory);
void release(void* memory);
Status create_queue(Queue& queue);
void destroy_queue(Queue queue);
Status synchronize(Queue queue);
Status upload(void* to, const void* from, std::size_t bytes, Queue queue);
Status download(void* to, const void* from, std::size_t bytes, Queue queue);
Status copy_on_device(void* to, const void* from, std::size_t bytes, Queue queue);

// Scratch that select_marked, sum and count_values need for lists of at most `most`.
std::size_t list_scratch_bytes(int most);

// Those of `items` whose mark is 1, in order, into `kept`; how many into *kept_count (device memory).
Status select_marked(const int* items, const unsigned char* mark, int count, int* kept, int* kept_count, void* scratch,
                     std::size_t scratch_bytes, Queue queue);

// The sum of `count` integers, into *total (device memory).
Status sum(const std::int64_t* values, int count, std::int64_t* total, void* scratch, std::size_t scratch_bytes, Queue queue);

// How often each of 0 .. bins-1 is among `values`, into counts[bins]; other values count nowhere.
Status count_values(const int* values, int count, int bins, int* counts, void* scratch, std::size_t scratch_bytes,
                    Queue queue);
inline constexpr int most_bins = 256;

// Who works on a replica while it trains.
//   thread: one thread each, the matrices of a warp's replicas interleaved in shared memory
//   team:   several threads of a block, each replica's matrices contiguous in shared memory
//   memory: a block each, matrices contiguous in device memory: for what no shared memory holds
//   registers: one thread each, the matrices in its registers (registers.hpp)
enum class Placement : int { thread, team, memory, registers };
inline constexpr int placements = 4;

struct LaunchShape {
  Placement placement;
  int team;               // threads per replica
  int teams_per_block;    // thread, registers: warps per block
  int blocks;             // at most; each takes replicas in turn
  std::size_t shared_bytes;
};

// Observation: with placement thread the scratch is the block's shared memory, else it is `scratch` (observe_scratch_bytes).
template <class Real>
using ObserveLaunch = Status (*)(const ObserveJob<Real>& job, const LaunchShape& shape, void* scratch, Queue queue);

// The compiled training loops for one padded dimension; null where a placement is not compiled.
template <class Real>
struct AdvanceLaunchers {
  using Launch = Status (*)(const AdvanceJob<Real>& job, int pitch, const LaunchShape& shape, void* scratch, Queue queue);
  int bucket;             // 0: any, as a run-time multiple of 8
  Launch gradient_descent[placements], single_entry_sgd[placements], batch_sgd[placements],
      small_batch_sgd[placements];
  Launch gradient_flow[placements];  // in float64 only
  Launch memory_descent[placements];
  unsigned descent_depths, single_entry_depths;  // bit L: depth L is compiled for registers
  ObserveLaunch<Real> observe;                   // a thread per replica, scratch in shared memory or in device memory
  Launch sensing_descent[placements], sensing_sgd[placements], sensing_flow[placements];  // of measurements; not in registers
  ObserveLaunch<Real> observe_measured;
};
template <class Real>
struct AdvanceTable {
  const AdvanceLaunchers<Real>* begin;
  int count;
};
AdvanceTable<float> float_launchers();
AdvanceTable<double> double_launchers();

// Observation of any dimension, its pitch a multiple of 8: a block each.
Status observe_by_blocks(const ObserveJob<float>& job, const LaunchShape& shape, void* scratch, Queue queue);
Status observe_by_blocks(const ObserveJob<double>& job, const LaunchShape& shape, void* scratch, Queue queue);

// The same of a loss on measurements.
Status observe_measured_by_blocks(const ObserveJob<float>& job, const LaunchShape& shape, void* scratch, Queue queue);
Status observe_measured_by_blocks(const ObserveJob<double>& job, const LaunchShape& shape, void* scratch, Queue queue);

// Independent multiply-adds on registers by all of the device's threads, `rounds` times over, and how many they are: the
// peak to which rates are compared. `sink` holds `size` numbers that are read first and written last.
Status launch_peak(float* sink, int size, std::int64_t rounds, int multiprocessors, double& multiply_adds, Queue queue);
Status launch_peak(double* sink, int size, std::int64_t rounds, int multiprocessors, double& multiply_adds, Queue queue);

// A thread for each of `count` replicas.
Status launch(const OpenPhaseJob<float>& job, int count, Queue queue);
Status launch(const OpenPhaseJob<double>& job, int count, Queue queue);
Status launch(const JoinPhaseJob<float>& job, int count, Queue queue);
Status launch(const JoinPhaseJob<double>& job, int count, Queue queue);
Status launch(const LegJob<float>& job, int count, Queue queue);
Status launch(const LegJob<double>& job, int count, Queue queue);
Status launch(const DecideJob& job, int count, Queue queue);
Status launch(const BeginQuenchJob<float>& job, int count, Queue queue);
Status launch(const BeginQuenchJob<double>& job, int count, Queue queue);
Status launch(const JudgeQuenchJob<float>& job, int count, Queue queue);
Status launch(const JudgeQuenchJob<double>& job, int count, Queue queue);
Status launch(const GatherChangesJob& job, int count, Queue queue);
Status launch(const QuenchedRankJob& job, int count, Queue queue);

}  // namespace rankfall::kernels
