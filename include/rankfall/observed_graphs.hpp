#pragma once
// What the entries that a run observes join, in numbers: the bipartite graph of rows and columns with an edge per observed
// entry (docs/theory.md), of every cell and phase; and the masks themselves, where they are small.
#include <cstdint>
#include <limits>
#include <vector>

#include "rankfall/observations.hpp"

namespace rankfall {

// Of one cell in one phase: of the mask that all its replicas share, or means over the masks of its first replicas.
struct PhaseGraph {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  std::int32_t replicas = 0;  // whose masks were looked at: 1 where all share one; 0: none, and the rest is not known
  std::int32_t mask = -1;     // place of the shared one in ObservedGraphs::masks; -1: not shared, or not kept
  double components = unknown;                // with at least one entry
  double components_with_isolated = unknown;  // rows and columns without an entry counted, too
  double connected = unknown;                 // 1 or 0, or the share of masks: at most one component, without isolated vertices
  double complete_bipartite = unknown;        // likewise: all entries of the rows and columns of each component are observed
};

struct ObservedMask {
  int rows = 0, columns = 0;
  std::vector<ObservedEntry> entries;
};

struct ObservedGraphs {
  std::vector<std::vector<PhaseGraph>> cells;  // an entry per phase; empty: nothing is known
  std::vector<ObservedMask> masks;             // distinct ones, in the order in which cells and their phases meet them

  bool empty() const { return cells.empty(); }
};

}  // namespace rankfall
