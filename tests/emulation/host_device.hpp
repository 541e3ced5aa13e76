#pragma once
// The host as a device: launch.hpp over the host's own memory and loops, so that all that decides about a wave is tested
// where there is no GPU. Memory is counted, and can run out.
#include <cstddef>

#include "kernels/launch.hpp"

namespace rankfall::emulation {

// How blocks are run: a team's work by one member, or by as many threads as the launch asks for, with real barriers.
enum class Members { one, all };

struct HostDevice {
  int devices = 1;
  kernels::DeviceLimits limits;
  Members members = Members::one;
  std::size_t most_memory;         // of all allocations together
  // Counted since the last reset.
  std::size_t memory_in_use = 0, peak_memory = 0;
  long launches = 0;
  long advances[kernels::placements] = {};

  static HostDevice& instance();
  void reset();                    // a small device of two multiprocessors
};

}  // namespace rankfall::emulation
