#pragma once
// Training phases, run in order.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rankfall/greedy.hpp"
#include "rankfall/observations.hpp"
#include "rankfall/stopping.hpp"
#include "rankfall/target.hpp"

namespace rankfall {

enum class PhaseKind { training, greedy_low_rank };
enum class Optimizer { gradient_descent, sgd, gradient_flow, momentum, group_rmsprop };
enum class Sampling { uniform, shuffled, cyclic };       // uniform = with replacement; shuffled = a fresh permutation per epoch
enum class LossKind { mean_squared, half_sum_squared };  // c = 1/N or 1/2 in c * sum (W_ij - T_ij)^2

// Rates of a phase whose rates change in it: these, from step `begin` of the phase on.
struct Stretch {
  std::int64_t begin = 0;
  double learning_rate = 0.0, ridge = 0.0;
};

struct PhaseSpec {
  std::string name;
  PhaseKind kind = PhaseKind::training;
  Optimizer optimizer = Optimizer::gradient_descent;
  double learning_rate = 0.0;                   // of all but a gradient flow; where it changes: of the last step
  std::int64_t steps = 0;                       // at most; of a flow: steps of its integrator, rejected ones included; 0: no length
  int batch_size = 1;                           // sgd
  Sampling sampling = Sampling::uniform;        // sgd
  LossKind loss = LossKind::mean_squared;       // [objective], or the phase's own
  double ridge = 0.0;                           // objective = loss + ridge * sum_l ||W_l||_F^2; where it changes: of the
                                                // last step, which all readings, stop rules and quenches take
  std::vector<Stretch> stretches;               // empty: rate and ridge stay; else from step 0 on, ascending
  std::optional<TargetSpec> target;             // this phase's own target instead of the problem's
  std::optional<ObservationSpec> observed;      // this phase's own observations instead of the problem's
  StopRule stop;

  // What this phase is to recover, given the problem's.
  const TargetSpec& recovers(const TargetSpec& problem) const { return target ? *target : problem; }
  // What this phase observes of the problem.
  const ObservationSpec& observes(const ObservationSpec& problem) const { return observed ? *observed : problem; }

  // Gradient flow, dW_l/dt = -grad: how long, and the error of a step, over the Frobenius norm of a factor (relative) or
  // in units of it (absolute).
  double time = 0.0;
  double relative_tolerance = 1e-8;
  double absolute_tolerance = 0.0;

  double momentum = 0.9;       // momentum: velocity = momentum * velocity + gradient, W_l -= learning_rate * velocity
  double smoothing = 0.99;     // group-rmsprop: of the mean of the squared gradient norm over all factors, v
  double epsilon = 1e-4;       // and W_l -= learning_rate / (sqrt(v) + epsilon) * gradient

  GreedySpec greedy_spec;                       // greedy_low_rank; its flows take the tolerances above, `steps` is for all

  bool greedy() const { return kind == PhaseKind::greedy_low_rank; }
  bool flows() const { return optimizer == Optimizer::gradient_flow; }
  bool remembers() const { return optimizer == Optimizer::momentum || optimizer == Optimizer::group_rmsprop; }
  bool is_empty() const { return steps == 0; }  // it begins, is looked at, and ends; a flow of time 0 has no steps either
  bool anneals() const { return !stretches.empty(); }
  bool draws() const { return optimizer == Optimizer::sgd && sampling != Sampling::cyclic && !is_empty(); }  // random numbers
};

// The sum over the steps of a phase of what `of` says of a stretch; no flow.
template <class Of>
double sum_over_steps(const PhaseSpec& phase, Of of) {
  if (!phase.anneals()) return static_cast<double>(phase.steps) * of(Stretch{0, phase.learning_rate, phase.ridge});
  double sum = 0.0;
  for (std::size_t k = 0; k < phase.stretches.size(); ++k) {
    const std::int64_t end = k + 1 < phase.stretches.size() ? phase.stretches[k + 1].begin : phase.steps;
    sum += static_cast<double>(end - phase.stretches[k].begin) * of(phase.stretches[k]);
  }
  return sum;
}

// The largest ridge that a phase ever has.
inline double greatest_ridge(const PhaseSpec& phase) {
  double greatest = phase.ridge;
  for (const Stretch& stretch : phase.stretches) greatest = std::max(greatest, stretch.ridge);
  return greatest;
}

// The time of the longest gradient flow; 0 without one.
inline double longest_flow(const std::vector<PhaseSpec>& phases) {
  double longest = 0.0;
  for (const PhaseSpec& phase : phases) longest = std::max(longest, phase.time);
  return longest;
}

}  // namespace rankfall
