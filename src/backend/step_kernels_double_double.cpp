// The training loops in double-double: gradient descent and gradient flow on entries, for every size.
#include "backend/step_kernels.hpp"

namespace rankfall {
namespace {

using V = RegisterOf<Extended>;

void descend(kernels::Trainee<V>& trainee, int pitch, std::int64_t steps) {
  kernels::train<kernels::GradientDescent>(kernels::SerialTeam{}, kernels::make_pitch<0>(pitch), trainee, steps);
}

void flow(kernels::Trainee<V>& trainee, const kernels::FlowTerms<V>& terms, V* scratch, kernels::FlowLeg<V>& leg, int pitch) {
  kernels::follow_flow(kernels::SerialTeam{}, kernels::make_pitch<0>(pitch), trainee, terms, scratch, leg);
}

}  // namespace

template <>
const std::vector<StepKernels<Extended>>& compiled_kernels<Extended>() {
  static const std::vector<StepKernels<Extended>> table{
      {0, descend, nullptr, nullptr, nullptr, flow, nullptr, nullptr, nullptr, nullptr}};
  return table;
}

}  // namespace rankfall
