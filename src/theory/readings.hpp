#pragma once
// What laws read off an experiment and its results.
#include <algorithm>
#include <cstddef>
#include <vector>

#include "rankfall/experiment.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

inline double observable(const ReplicaResults& results, Observable which, std::size_t replica) {
  return results.observable[static_cast<std::size_t>(which)][replica];
}

inline double singular_value(const ReplicaResults& results, std::size_t replica, int k) {
  return results.singular_values[replica * static_cast<std::size_t>(results.singular_value_count) + static_cast<std::size_t>(k)];
}

// The observations of the last phase.
inline const ObservationSpec& last_observed(const Cell& cell) { return cell.phases.back().observes(cell.problem.observed); }

inline bool is_square(const Factorization& model) {
  const auto& widths = model.widths;
  return model.symmetry == Symmetry::general &&
         std::all_of(widths.begin(), widths.end(), [&](int width) { return width == widths.front(); });
}

// The flow of the data loss alone, or steps along it.
inline bool follows_the_loss(const PhaseSpec& phase) {
  return !phase.greedy() && greatest_ridge(phase) == 0.0 &&
         (phase.optimizer == Optimizer::gradient_descent || phase.optimizer == Optimizer::gradient_flow);
}

// Nothing is trained before the last phase, as in cold starts.
inline bool starts_cold(const Cell& cell) {
  return std::all_of(cell.phases.begin(), cell.phases.end() - 1, [](const PhaseSpec& phase) { return phase.is_empty() && !phase.greedy(); });
}

// One flow of the data loss on entries, of W = W_2 W_1.
inline bool flows_shallow(const Cell& cell) {
  return starts_cold(cell) && follows_the_loss(cell.phases.back()) && cell.model.depth == 2 &&
         cell.model.symmetry == Symmetry::general && !last_observed(cell).measures();
}

}  // namespace rankfall
