// What a wave must know of its cells before it has memory.
#include <algorithm>

#include "device/wave_memory.hpp"

namespace rankfall {

int entries_of(const Factorization& model) {
  int entries = 0;
  for (int l = 0; l < model.factors(); ++l) entries += model.factor_rows(l) * model.factor_columns(l);
  return entries;
}

std::size_t remembered_numbers(const Cell& cell) {
  const bool remembers = std::any_of(cell.phases.begin(), cell.phases.end(), [](const PhaseSpec& p) { return p.remembers(); });
  return remembers ? static_cast<std::size_t>(entries_of(cell.model)) + kernels::descent_memory_numbers : 0;
}

kernels::CellTerms cell_terms(const PhaseSpec& phase, const ProbeSpec& probe, std::size_t observed) {
  return {phase_plan(phase, probe),           phase.learning_rate,
          phase.ridge,                        loss_scale(phase, observed),
          gradient_scale(phase, observed),    phase.optimizer == Optimizer::sgd ? phase.batch_size : 0,
          phase.relative_tolerance,           phase.absolute_tolerance,
          phase.remembers(),                  descent_terms(phase),
          {nullptr, 0}};  // where its stretches lie on the device is known later
}

}  // namespace rankfall
