#pragma once
// What is read during training, and how often.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace rankfall {

// numerical: singular values of W above the tolerance. quenched: rank of the minimum that noise-free descent reaches.
enum class RankKind { numerical, quenched };

struct QuenchSpec {
  std::optional<double> learning_rate;  // first tried; default: the first gd phase's rate, else the last phase's
  std::int64_t steps = 200000;          // at most
  double gradient_norm = 1e-5;          // descent ends at or below this
};

// What a plateau of a trajectory is. relative: between two peaks of the gradient norm, or the start of a phase and a
// peak, it falls to `level` times each of them. absolute: the gradient norm is at most `level`, and later more.
struct PlateauRule {
  bool relative = true;
  double level = 0.1;
};

// Monitoring of the factors, and of how replicas come into the sets B_r and leave them in the last phase (docs/theory.md). A
// threshold that is not given follows from that phase (backend/absorbing_sets.hpp).
struct MonitorSpec {
  std::optional<double> imbalance;       // largest ||W_{l+1}^T W_{l+1} - W_l W_l^T||_F of a member
  std::optional<double> singular_value;  // largest s_{r+1}(W_l)
  std::optional<double> factor_norm;     // largest ||W_l||_F
};

struct ProbeSpec {
  std::int64_t every = 1000;                       // steps between probes
  std::vector<double> times;                       // of every gradient-flow phase: probes besides; ascending, > 0
  RankKind rank = RankKind::numerical;
  double rank_tolerance = 4e-3;                    // relative to the target's largest singular value ...
  bool tolerance_is_absolute = false;              // ... or absolute
  bool tolerance_is_automatic = false;             // set from the cell's landscape before training; where that has no saddle,
                                                   // it stays relative, as above
  RankKind classify_at_end = RankKind::quenched;   // label of replicas that reach the horizon
  bool trajectory = false;                         // keep every probe
  bool alignment = false;                          // of the singular vectors of W with the target's
  bool velocities = false;                         // of the singular values, beside the balanced law
  bool coupling = false;                           // of the observed entries by the tangent kernel
  std::optional<PlateauRule> plateau;              // found in trajectories
  std::optional<MonitorSpec> monitor;              // of the factors
  QuenchSpec quench;

  // How many of `times` are not beyond `end`.
  std::int64_t times_until(double end) const { return std::upper_bound(times.begin(), times.end(), end) - times.begin(); }
};

}  // namespace rankfall
