// The training loops in double-double: gradient descent and gradient flow, for every size.
#include "backend/step_kernels.hpp"

namespace rankfall {
namespace {

using V = RegisterOf<Extended>;

template <class Optimizer>
void descend(kernels::Trainee<V>& trainee, int pitch, std::int64_t steps) {
  kernels::train<Optimizer>(kernels::SerialTeam{}, kernels::make_pitch<0>(pitch), trainee, steps);
}

template <class Loss>
void flow(kernels::Trainee<V>& trainee, const kernels::FlowTerms<V>& terms, V* scratch, kernels::FlowLeg<V>& leg, int pitch) {
  kernels::follow_flow<Loss>(kernels::SerialTeam{}, kernels::make_pitch<0>(pitch), trainee, terms, scratch, leg);
}

}  // namespace

template <>
const std::vector<StepKernels<Extended>>& compiled_kernels<Extended>() {
  static const std::vector<StepKernels<Extended>> table{
      {0, descend<kernels::GradientDescent>, nullptr, nullptr, nullptr, flow<kernels::EntryLoss>, nullptr,
       descend<kernels::SensingDescent>, nullptr, flow<kernels::MeasuredLoss>}};
  return table;
}

}  // namespace rankfall
