#pragma once
// The sets B_r of Wang & Jacot (2024) - factors approximately balanced, approximately of rank r in every layer, bounded - and
// what is noted of how a replica comes into them and leaves them. Nothing here takes a root or a logarithm: what decides is
// made of products and comparisons.
#include <cstdint>
#include <optional>
#include <vector>

#include "backend/instance.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// What monitoring reads off one replica. Entry k - 1 of the first two is of singular value k of the layers, 0 where a layer
// has fewer; as many as W has.
struct FactorReading {
  std::vector<double> largest, smallest;  // over layers
  double residual = 0.0;                  // largest |W_ij - T_ij| of an observed entry, times its weight
  double factor_norm = 0.0;               // max_l ||W_l||_F
  double imbalance = 0.0;                 // max_l ||W_{l+1}^T W_{l+1} - W_l W_l^T||_F
  int layer_rank = -1;                    // singular values of a layer above alpha_sure, the most of any
};

// What has been seen in the last phase, an entry of `entries`, `exits` and `steps` per r = 0, 1, ...; empty before its first
// probe. A replica is inside of B_r at the latest probe if it has come in once more than it has left.
struct MonitorNotes {
  std::vector<std::int64_t> entries, exits, steps;
  double residual = 0.0, imbalance = 0.0, factor_norm = 0.0;  // the largest

  bool inside(std::size_t r) const { return entries[r] > exits[r]; }
};

// Of one problem in one phase. With a = c N (1 for "mean-squared"), E = max w_ij |T_ij| over observed entries, s = the
// target's largest singular value; where the experiment gives no threshold of its own:
//   ||W_l||_F^2 <= a max w_ij T_ij^2 / (4 ridge), which steps keep up to O(rate);
//   s_{r+1}(W_l) <= alpha_sure = (ridge / (a E))^(1/(L-2)): below it every single draw shrinks the mode as long as no
//   residual exceeds E;
//   imbalance <= 2 rate a^2 E^2 s^(2 (L-1)/L) / ridge: the outer products of a step's gradients feed it and the ridge drains
//   it, so that with gradients of norm G = 2 a E s^((L-1)/L) or less it settles below rate G^2 / (2 ridge).
class AbsorbingSets {
 public:
  AbsorbingSets(const Cell& cell, int phase, const ProblemInstance& problem);

  bool holds(std::size_t r, const FactorReading& reading) const;  // in B_r
  int layer_rank(const FactorReading& reading) const;             // with alpha_sure of the reading's own residual

  // Notes a probe; nothing: its numbers are not finite, so it is in no set. `steps`: since the probe before.
  void note(MonitorNotes& notes, const FactorReading* reading, std::int64_t steps) const;

 private:
  bool is_balanced(double imbalance) const;
  bool is_bounded(double factor_norm) const;
  bool shrinks(double value, double residual) const;  // a single draw with such a residual surely shrinks such a mode

  MonitorSpec spec_;
  int depth_;
  std::size_t sets_;
  double rate_, ridge_, scale_;                           // a
  double largest_target_ = 0.0, largest_square_ = 0.0;    // E; max w T^2
  double target_norm_;                                    // s
};

}  // namespace rankfall
