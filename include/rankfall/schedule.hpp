#pragma once
// Training phases, run in order.
#include <cstdint>
#include <optional>
#include <string>

#include "rankfall/observations.hpp"
#include "rankfall/stopping.hpp"

namespace rankfall {

enum class Optimizer { gradient_descent, sgd };
enum class Sampling { uniform, shuffled, cyclic };       // uniform = with replacement; shuffled = a fresh permutation per epoch
enum class LossKind { mean_squared, half_sum_squared };  // c = 1/N or 1/2 in c * sum (W_ij - T_ij)^2

struct PhaseSpec {
  std::string name;
  Optimizer optimizer = Optimizer::gradient_descent;
  double learning_rate = 0.0;
  std::int64_t steps = 0;
  int batch_size = 1;                           // sgd
  Sampling sampling = Sampling::uniform;        // sgd
  LossKind loss = LossKind::mean_squared;       // [objective], or the phase's own
  double ridge = 0.0;                           // objective = loss + ridge * sum_l ||W_l||_F^2
  std::optional<ObservationSpec> observed;      // this phase's own observations instead of the problem's
  StopRule stop;

  bool draws() const { return optimizer == Optimizer::sgd && sampling != Sampling::cyclic; }  // random numbers
};

}  // namespace rankfall
