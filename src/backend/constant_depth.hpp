#pragma once
// Steps of SGD on small square factors of the commonest depths: with the depth a constant, too, a step's vectors stay in
// registers or at addresses known in advance.
#include <cstdint>

#include "backend/lanes.hpp"
#include "kernels/train.hpp"

namespace rankfall {

template <int L, int D, class V>
bool train_if_depth(kernels::Trainee<V>& trainee, std::int64_t steps) {
  const kernels::Shape& shape = *trainee.shape;
  if (shape.factors != L || shape.model != kernels::Model::general) return false;
  for (int l = 0; l <= L; ++l)
    if (shape.width[l] != D) return false;
  const kernels::FixedShape<L, D> fixed{};
  kernels::Trainee<V, V*, const V*, V*, kernels::FixedShape<L, D>> exact{
      &fixed,         trainee.factors, trainee.last,   trainee.interior,  trainee.scale, trainee.decay,
      trainee.rate,   trainee.weight,  trainee.target, trainee.workspace, trainee.draws};
  kernels::train<kernels::SingleEntrySgd>(kernels::SerialTeam{}, kernels::Pitch<D>{}, exact, steps);
  return true;
}

// False where there is no such loop, and nothing was done.
template <int D, class V>
bool train_at_constant_depth([[maybe_unused]] kernels::Trainee<V>& trainee, [[maybe_unused]] std::int64_t steps) {
  if constexpr (D > 0 && D <= 20) return train_if_depth<2, D>(trainee, steps) || train_if_depth<3, D>(trainee, steps);
  return false;
}

}  // namespace rankfall
