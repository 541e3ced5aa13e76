#pragma once
// The compiled training loops of the CPU: one per padded dimension (bucket) and precision; in double-double one for all.
#include <cstdint>
#include <vector>

#include "backend/register_of.hpp"
#include "kernels/gradient_flow.hpp"
#include "kernels/memory_descent.hpp"
#include "kernels/train.hpp"

namespace rankfall {

template <class Real>
struct StepKernels {
  using V = RegisterOf<Real>;
  using Run = void (*)(kernels::Trainee<V>& trainee, int pitch, std::int64_t steps);
  using Flow = void (*)(kernels::Trainee<V>& trainee, const kernels::FlowTerms<V>& terms, V* scratch, kernels::FlowLeg<V>& leg,
                        int pitch);
  using Memory = void (*)(kernels::Trainee<V>& trainee, const kernels::DescentTerms<Real>& terms, V* scratch,
                          kernels::DescentMemory<V>& memory, int pitch, std::int64_t steps);
  int bucket;  // padded dimension; 0: any, as a run-time multiple of 8
  Run gradient_descent;
  Run single_entry_sgd;
  Run batch_sgd;
  Run small_batch_sgd;
  Flow gradient_flow;  // null in float32; in double-double all null but flows and full-batch descent
  Memory memory_descent;             // null where the seldom loops were not compiled, as those of measurements:
  Run sensing_descent, sensing_sgd;
  Flow sensing_flow;                 // null in float32, too
};

// All that were compiled (RANKFALL_BUCKETS), ascending, the any-size one last.
template <class Real>
const std::vector<StepKernels<Real>>& compiled_kernels();
template <>
const std::vector<StepKernels<Extended>>& compiled_kernels<Extended>();  // step_kernels_double_double.cpp

// Loops that remember and loops on measurements are compiled for fewer buckets (RANKFALL_SELDOM_BUCKETS): each costs a
// compiler as much as the others, and padding costs those of measurements little.
enum class Loops { frequent, seldom };

// The smallest bucket that has these loops and holds matrices of this dimension.
template <class Real>
const StepKernels<Real>& kernels_for(int largest_dimension, Loops wanted = Loops::frequent) {
  for (const auto& candidate : compiled_kernels<Real>())
    if ((candidate.bucket == 0 || candidate.bucket >= largest_dimension) &&
        (wanted == Loops::frequent || candidate.memory_descent != nullptr))
      return candidate;
  return compiled_kernels<Real>().back();
}

// Row pitch of padded matrices under these kernels.
template <class Real>
int pitch_of(const StepKernels<Real>& chosen, int largest_dimension) {
  return kernels::row_pitch(chosen.bucket > 0 ? chosen.bucket : (largest_dimension + 7) / 8 * 8);
}

}  // namespace rankfall
