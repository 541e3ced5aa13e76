#pragma once
// Quench: noise-free descent from where a replica stands, to learn which minimum it belongs to; its rate is its own.
#include "kernels/progress.hpp"

namespace rankfall::kernels {

// Blocks of steps: single ones at first, so that too large a rate is found out step by step, then twice as many each time
// up to block_steps. The schedule is the same for all, so that what a replica does never depends on its neighbours.
struct QuenchSchedule {
  static constexpr std::int64_t block_steps = 200;
  static constexpr int single_steps = 16;
  std::int64_t left;        // steps that may still be taken
  std::int64_t length = 1;  // of the next block
  int blocks = 0;           // done

  RANKFALL_HD std::int64_t next() const { return length < left ? length : left; }
  RANKFALL_HD void advance() {
    left -= next();
    ++blocks;
    if (blocks >= single_steps) length = 2 * length < block_steps ? 2 * length : block_steps;
  }
};

struct QuenchRule {
  double first_rate;
  double gradient_norm;  // descent ends at or below
  double rounding;       // relative; moves an objective at rest by a few ulp of Real: that is no rise
};

struct Descent {
  double rate;
  double objective;  // lowest so far, but for decreases that rounding could make
  int still;         // successive full blocks without a decrease worth the name
  bool live;
};

// What an objective at its start makes of a descent: a first block that ends above it is undone like any other.
RANKFALL_HD Descent begin_descent(const QuenchRule& rule, const ProbeReading& reading) {
  return {rule.first_rate, reading.objective, 0, reading.finite() && !(reading.gradient_norm <= rule.gradient_norm)};
}

// Judges a block. False: it raised the objective and must be undone, the rate is halved. True: it stands; after a full
// block the rate is a fifth higher, up to four times the first. The descent ends at the gradient norm, or at a
// standstill: small decreases add up, since the objective is compared with where the standstill began.
RANKFALL_HD bool judge_block(Descent& descent, const QuenchRule& rule, const ProbeReading& reading, bool full_block) {
  constexpr int patience = 10;
  if (!reading.finite() || reading.objective > descent.objective * (1.0 + rule.rounding)) {
    descent.rate *= 0.5;
    descent.live = descent.rate > 1e-12 * rule.first_rate;
    return false;
  }
  const bool falls = reading.objective < descent.objective * (1.0 - rule.rounding);
  if (falls) descent.objective = reading.objective;
  if (full_block) {
    const double raised = 1.2 * descent.rate, most = 4.0 * rule.first_rate;
    descent.still = falls ? 0 : descent.still + 1;
    descent.rate = most < raised ? most : raised;
  }
  descent.live = !(reading.gradient_norm <= rule.gradient_norm) && descent.still < patience;
  return true;
}

}  // namespace rankfall::kernels
