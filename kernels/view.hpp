#pragma once
// Where entry e of a matrix lives. A pointer is the view of consecutive entries: registers of lanes, or a replica whose
// team shares memory.
#include "kernels/team.hpp"

namespace rankfall::kernels {

// Entries S apart: S replicas side by side, one per thread. With S = 32, the threads of a warp, each thread keeps to its
// own bank of shared memory whatever entry it asks for, and in device memory a warp reads consecutive addresses.
template <class V, int S>
struct Strided {
  V* base;

  RANKFALL_HD V& operator[](int e) const { return base[e * S]; }
  RANKFALL_HD Strided operator+(int e) const { return {base + e * S}; }
};

}  // namespace rankfall::kernels
