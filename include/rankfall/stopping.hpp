#pragma once
// When a phase of a replica ends before its last step. Rules are evaluated at probes; any one that holds ends the phase.
#include <optional>

namespace rankfall {

struct StopRule {
  std::optional<double> gradient_norm;  // norm of the full-batch gradient of the objective over all factors <= this
  std::optional<double> loss;           // data loss <= this
  std::optional<double> plateau;        // relative decrease of the objective since the last probe below this
  std::optional<int> rank_at_most;      // rank (as [probe] defines it) <= this: outcome `stopped`, not `converged`
  std::optional<int> rank_at_least;     // rank >= this: outcome `stopped`
  std::optional<double> blow_up;        // ||W||_F grows above this while the objective falls: outcome `blow_up`

  bool empty() const { return !gradient_norm && !loss && !plateau && !rank_at_most && !rank_at_least && !blow_up; }
};

}  // namespace rankfall
