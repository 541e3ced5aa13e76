// What a UnitTrainer reads where [probe] asks for it: the modes of W beside the target's, how fast they grow, how the
// observed entries couple, and how the factors stand to the sets B_r.
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

// Of the factors in `lane`, where [probe] monitor asks for it, after Observer::read_layers.
template <class Real>
FactorReading UnitTrainer<Real>::layers(std::size_t run, int lane, int phase) const {
  FactorReading reading = observer_.layers(lane);
  reading.layer_rank = AbsorbingSets(cell_, phase, instance(run)).layer_rank(reading);
  return reading;
}

// At a probe of the last phase, before it decides: what the probe before was is still in the run's progress.
template <class Real>
void UnitTrainer<Real>::note_monitor(Run& run, std::size_t index, const LaneReading& reading) const {
  if (run.progress.phase_steps == 0) run.monitor = {};
  AbsorbingSets(cell_, static_cast<int>(cell_.phases.size()) - 1, instance(index))
      .note(run.monitor, reading.finite() ? &reading.layers : nullptr, run.progress.steps - run.progress.probed_steps);
}

template void UnitTrainer<float>::find_target_modes();
template void UnitTrainer<double>::find_target_modes();
template void UnitTrainer<Extended>::find_target_modes();
template ModeReading UnitTrainer<float>::modes(std::size_t, int, int);
template ModeReading UnitTrainer<double>::modes(std::size_t, int, int);
template ModeReading UnitTrainer<Extended>::modes(std::size_t, int, int);
template FactorReading UnitTrainer<float>::layers(std::size_t, int, int) const;
template FactorReading UnitTrainer<double>::layers(std::size_t, int, int) const;
template FactorReading UnitTrainer<Extended>::layers(std::size_t, int, int) const;
template void UnitTrainer<float>::note_monitor(Run&, std::size_t, const LaneReading&) const;
template void UnitTrainer<double>::note_monitor(Run&, std::size_t, const LaneReading&) const;
template void UnitTrainer<Extended>::note_monitor(Run&, std::size_t, const LaneReading&) const;

}  // namespace rankfall
