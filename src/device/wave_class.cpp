#include "device/wave_class.hpp"

#include <algorithm>

#include "backend/lane_group.hpp"
#include "kernels/small_batch.hpp"

namespace rankfall {

Seen seen_in(const Cell& cell, const PhaseSpec& phase) {
  return phase.observes(cell.problem.observed).measures() ? Seen::measurements : Seen::entries;
}

Loop descent_of(Seen seen) { return seen == Seen::entries ? Loop::gradient_descent : Loop::sensing_descent; }

Loop loop_of(const Cell& cell, const PhaseSpec& phase) {
  const Seen seen = seen_in(cell, phase);
  if (phase.optimizer == Optimizer::gradient_descent) return descent_of(seen);
  if (phase.flows()) return seen == Seen::entries ? Loop::gradient_flow : Loop::sensing_flow;
  if (phase.remembers()) return Loop::memory_descent;
  if (seen == Seen::measurements) return Loop::sensing_sgd;
  if (phase.batch_size == 1 && cell.model.factors() >= 2) return Loop::single_entry_sgd;
  return kernels::takes_chains(kernel_shape(cell.model), phase.batch_size) ? Loop::small_batch_sgd : Loop::batch_sgd;
}

WaveClass wave_class(const Cell& cell) {
  WaveClass made{cell.model.widths, cell.model.symmetry == Symmetry::symmetric, {}, cell.probe.rank,
                 cell.probe.trajectory, cell.probe.quench.steps};
  for (const PhaseSpec& phase : cell.phases)
    made.phases.emplace_back(static_cast<int>(loop_of(cell, phase)), phase.batch_size,
                             static_cast<int>(phase.sampling));
  return made;
}

std::size_t shuffled_in(const Cell& cell) {
  std::size_t most = 0;
  for (const PhaseSpec& phase : cell.phases) {
    const ObservationSpec& spec = phase.observes(cell.problem.observed);
    if (phase.optimizer == Optimizer::sgd && phase.sampling == Sampling::shuffled)
      most = std::max(most, spec.measures() ? static_cast<std::size_t>(spec.count)
                                            : static_cast<std::size_t>(cell.problem.rows) * cell.problem.columns);
  }
  return most;
}

}  // namespace rankfall
