#pragma once
// From a block of threads to the replicas it trains or observes: the bodies of the kernels that launch.hpp starts. A Block
// says who the calling thread is and where the block's shared memory lies; the host stands in for it in tests.
#include "kernels/launch.hpp"
#include "kernels/registers.hpp"

namespace rankfall::kernels {

inline constexpr int warp_size = 32;
inline constexpr int largest_by_thread = 24;  // dimension up to which a thread observes a replica alone

// Block concept: index(), count() of blocks; thread(), threads() in the block; team<size>() of consecutive threads.

// A thread per replica: 32 replicas interleaved per warp.
template <class Optimizer, class Real, int D, class Block>
RANKFALL_FN void advance_by_threads(const Block& block, Pitch<D> pitch, const AdvanceJob<Real>& job, Real* shared) {
  const int numbers = on_chip_numbers<Optimizer>(job.shape.factors, pitch.value());
  const int warp = block.thread() / warp_size, lane = block.thread() % warp_size;
  const Strided<Real, warp_size> on_chip{shared + static_cast<std::size_t>(warp) * warp_size * numbers + lane};
  for (int k = block.index() * block.threads() + block.thread(); k < job.live_count; k += block.count() * block.threads()) {
    double decayed[2];
    advance_replica<Optimizer>(SerialTeam{}, pitch, job, job.live[k], on_chip, decayed);
  }
}

// A thread per replica of depth L, its matrices in registers.
template <class Optimizer, int L, class Real, int D, class Block>
RANKFALL_FN void advance_in_registers(const Block& block, Pitch<D> pitch, const AdvanceJob<Real>& job, Real* shared) {
  constexpr int numbers = shared_numbers_in_registers<Optimizer>(D);
  const int warp = block.thread() / warp_size, lane = block.thread() % warp_size;
  const Strided<Real, warp_size> own{shared + warp * warp_size * numbers + lane};
  for (int k = block.index() * block.threads() + block.thread(); k < job.live_count; k += block.count() * block.threads()) {
    if constexpr (std::is_same_v<Optimizer, SingleEntrySgd>) draw_in_registers<L>(pitch, job, job.live[k], own);
    else descend_in_registers<L>(pitch, job, job.live[k], own);
  }
}

// A team per replica; its matrices at `matrices`, contiguous.
template <class Optimizer, class Real, int D, class Block, class T>
RANKFALL_FN void advance_by_teams(const Block& block, const T& team, int team_index, int teams, Pitch<D> pitch,
                                  const AdvanceJob<Real>& job, Real* matrices, double* decayed) {
  for (int k = block.index() * teams + team_index; k < job.live_count; k += block.count() * teams) {
    advance_replica<Optimizer>(team, pitch, job, job.live[k], matrices, decayed);
    team.sync();
  }
}

// Observation by a thread per replica; `scratch` is interleaved by warps, those of the block in shared memory, or of the
// whole grid in device memory.
template <class Loss, class Real, int D, class Block>
RANKFALL_FN void observe_by_threads(const Block& block, Pitch<D> pitch, const ObserveJob<Real>& job, double* scratch,
                                    bool shared) {
  const int numbers = probe_layout(job.shape.factors, pitch.value(), job.detail).numbers;
  const int thread = block.index() * block.threads() + block.thread(), own = shared ? block.thread() : thread;
  const Strided<double, warp_size> matrices{scratch + static_cast<std::size_t>(own / warp_size) * warp_size * numbers +
                                            own % warp_size};
  for (int k = thread; k < job.live_count; k += block.count() * block.threads())
    observe_replica<Loss>(SerialTeam{}, pitch, job, job.live[k], matrices);
}

// Observation by a block per replica, in device memory.
template <class Loss, class Real, class Block, class T>
RANKFALL_FN void observe_by_blocks(const Block& block, const T& team, const ObserveJob<Real>& job, double* scratch) {
  const Pitch<0> pitch{job.pitch};
  double* own = scratch + static_cast<std::size_t>(block.index()) *
                              probe_layout(job.shape.factors, job.pitch, job.detail).numbers;
  for (int k = block.index(); k < job.live_count; k += block.count()) {
    observe_replica<Loss>(team, pitch, job, job.live[k], own);
    team.sync();
  }
}

}  // namespace rankfall::kernels
