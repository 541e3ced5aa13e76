// A gradient flow in double-double: lanes with starts of their own give both words of what each gives alone.
#include <gtest/gtest.h>

#include <vector>

#include "backend/aligned.hpp"
#include "backend/register_of.hpp"
#include "kernels/gradient_flow.hpp"

namespace rankfall {
namespace {

constexpr int flow_factors = 3, flow_width = 3, flow_pitch = 8, flow_matrix = flow_pitch * flow_pitch;

// W_{l+1} = 0.1 (0.3 i - 0.7 j + 0.2 l + 0.05) + shift, to T_ij = 0.5 i - 0.2 j^2, c = 1 / 9, as long as 2.
template <class V>
AlignedVector<V> followed(V shift, double& steps) {
  kernels::Shape shape{};
  shape.factors = flow_factors;
  for (int l = 0; l <= flow_factors; ++l) shape.width[l] = flow_width;
  const V zero(0.0), one(1.0);
  AlignedVector<V> factors(flow_factors * flow_matrix, zero), weight(flow_matrix, zero), target(flow_matrix, zero);
  AlignedVector<V> workspace(flow_matrix * kernels::workspace_matrices(flow_factors), zero);
  AlignedVector<V> scratch(kernels::flow_scratch_numbers(flow_factors, flow_pitch), zero);
  for (int i = 0; i < flow_width; ++i)
    for (int j = 0; j < flow_width; ++j) {
      weight[i * flow_pitch + j] = one;
      target[i * flow_pitch + j] = V(0.5 * i - 0.2 * j * j);
      for (int l = 0; l < flow_factors; ++l)
        factors[l * flow_matrix + i * flow_pitch + j] = V(0.1) * V(0.3 * i - 0.7 * j + 0.2 * l + 0.05) + shift;
    }
  kernels::Trainee<V> trainee{};
  V scale[1] = {one}, decay[1] = {one};
  trainee.shape = &shape;
  kernels::place_factors(trainee, factors.data(), flow_pitch);
  trainee.scale = scale;
  trainee.decay = decay;
  trainee.rate = V(2.0) / V(9.0);
  trainee.weight = weight.data();
  trainee.target = target.data();
  trainee.workspace = workspace.data();
  using C = kernels::LeadingOf<V>;
  kernels::FlowLeg<V> leg{C(0.0), C(0.0), C(0.0), C(0.0), C(0.0), C(2.0), C(1e5), C(0.0)};
  kernels::follow_flow(kernels::SerialTeam{}, kernels::make_pitch<0>(flow_pitch), trainee,
                       kernels::FlowTerms<V>{V(1e-15), zero, V(0.01)}, scratch.data(), leg);
  steps = reinterpret_cast<const double*>(&leg.taken)[0];
  return factors;
}

TEST(DoubleDoubleFlow, IsTheSameInLanes) {
  RegisterOf<Extended> shift;
  for (int q = 0; q < Lanes<double>::count; ++q) set_lane(shift, q, Extended(0.01 * q * q) / Extended(7.0));
  double first = 0.0, steps = 0.0;
  const auto together = followed(shift, first);
  for (int q = 0; q < Lanes<double>::count; ++q) {
    const auto alone = followed(lane_of(shift, q), steps);
    if (q == 0) {
      EXPECT_EQ(first, steps);
    }
    EXPECT_GT(steps, 20.0);
    for (std::size_t e = 0; e < alone.size(); ++e) EXPECT_EQ(lane_of(together[e], q), alone[e]) << e << " in lane " << q;
  }
}

}  // namespace
}  // namespace rankfall
