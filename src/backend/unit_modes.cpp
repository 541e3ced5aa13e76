// What a UnitTrainer reads where [probe] asks for it: the modes of W beside the target's, how fast they grow, and how the
// observed entries couple.
#include "backend/greedy_escape.hpp"
#include "backend/tangent_kernel.hpp"
#include "backend/unit_trainer.hpp"

namespace rankfall {

// Of the instances just drawn.
template <class Real>
void UnitTrainer<Real>::find_target_modes() {
  target_modes_.clear();
  if (!cell_.probe.alignment) return;
  const int rows = cell_.model.rows(), columns = cell_.model.columns();
  for (const ProblemInstance& own : instances_) {
    const auto common = std::make_shared<const TargetModes>(rows, columns, own.target);
    PhaseModes& of_phase = target_modes_.emplace_back(cell_.phases.size(), common);
    for (std::size_t p = 0; p < of_phase.size(); ++p)
      if (own.own_target[p]) of_phase[p] = std::make_shared<const TargetModes>(rows, columns, own.target_in(p));
  }
}

template <class Real>
const TargetModes& UnitTrainer<Real>::target_modes(std::size_t run, int phase) const {
  return *target_modes_[target_modes_.size() == 1 ? 0 : run][static_cast<std::size_t>(phase)];
}

// Of W in `lane`, at an observation in full.
template <class Real>
ModeReading UnitTrainer<Real>::modes(std::size_t run, int lane, int phase) {
  ModeReading reading;
  const ObservedData& data = instance(run).phase[static_cast<std::size_t>(phase)];
  if (cell_.probe.coupling && !data.measurements) {
    const Coupling found = coupling_of(TangentKernel(cell_.model, observer_.factors(lane)), cell_.model.rows(),
                                       cell_.model.columns(), data.entries, coupling_threshold);
    reading.coupling_index = {found.index};
    reading.coupling_blocks = {static_cast<double>(found.blocks)};
  }
  if (!cell_.probe.alignment && !cell_.probe.velocities) return reading;
  const std::vector<double> w = observer_.matrix(lane);
  const SingularTriples triples = singular_triples(cell_.model.rows(), cell_.model.columns(), w);
  if (cell_.probe.alignment) target_modes(run, phase).align(triples, reading);
  if (!cell_.probe.velocities) return reading;
  const PhaseSpec& spec = cell_.phases[static_cast<std::size_t>(phase)];
  const std::vector<double> gradient = loss_gradient(data, loss_scale(spec, data.count()), w);
  find_velocities(cell_.model, observer_.factors(lane), gradient, spec.ridge, triples, reading);
  return reading;
}

template void UnitTrainer<float>::find_target_modes();
template void UnitTrainer<double>::find_target_modes();
template void UnitTrainer<Extended>::find_target_modes();
template ModeReading UnitTrainer<float>::modes(std::size_t, int, int);
template ModeReading UnitTrainer<double>::modes(std::size_t, int, int);
template ModeReading UnitTrainer<Extended>::modes(std::size_t, int, int);

}  // namespace rankfall
