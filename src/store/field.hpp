#pragma once
// What an array of results is called, and what its entries belong to.
#include <cstdint>
#include <string>
#include <string_view>

#include "rankfall/replica.hpp"

namespace rankfall {

// What an entry belongs to, beside its replica (or probe).
// learning: rows are there where greedy low-rank learning has solutions; comparison: where flows are compared with the
// greedy path; approach: there too, with an entry per solution. alignment, velocity: where [probe] asks for them, with an
// entry per singular value; coupling likewise, with one entry.
// monitor and monitored_value: likewise, with one entry, and one per singular value.
enum class Per {
  row, singular_value, factor, learning, solution, comparison, approach, alignment, velocity, coupling, monitor, monitored_value
};

struct Field {
  std::string name;
  std::string_view description;
  std::string_view units;
  Per per = Per::row;
};

// One number per row, where there is any: no dimension of its own in results.nc.
constexpr bool is_column(Per per) {
  return per == Per::row || per == Per::learning || per == Per::comparison || per == Per::coupling ||
         per == Per::monitor;
}

inline std::int64_t entries_per_row(const ReplicaResults& results, Per per) {
  switch (per) {
    case Per::singular_value:
      return results.singular_value_count;
    case Per::factor:
      return results.factor_count;
    case Per::learning:
      return results.solution_count > 0 ? 1 : 0;
    case Per::solution:
      return results.solution_count;
    case Per::comparison:
      return results.compared;
    case Per::approach:
      return results.compared * static_cast<std::int64_t>(results.solution_count);
    case Per::alignment:
      return results.alignments * static_cast<std::int64_t>(results.singular_value_count);
    case Per::velocity:
      return results.velocities * static_cast<std::int64_t>(results.singular_value_count);
    case Per::coupling:
      return results.couplings;
    case Per::monitor:
      return results.monitors;
    case Per::monitored_value:
      return results.monitors * static_cast<std::int64_t>(results.singular_value_count);
    case Per::row:
      break;
  }
  return 1;
}

}  // namespace rankfall
