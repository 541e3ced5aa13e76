// How long the steps of a gradient flow are once it has come to rest.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/flow.hpp"
#include "tests/kernels/reference.hpp"

namespace rankfall {
namespace {

// Largest eigenvalue of the objective's Hessian at `factors`, by the power method on differences of gradients.
double largest_curvature(const Replica& replica, const std::vector<double>& factors) {
  const Exact at = exact(factors), gradient = reference_gradient(replica, at);
  Exact direction(at.size(), 1.0L);
  long double length = 1.0L;
  for (int iteration = 0; iteration < 40; ++iteration) {
    Exact near = at;
    for (std::size_t e = 0; e < at.size(); ++e) near[e] += 1e-7L * direction[e] / length;
    direction = reference_gradient(replica, near);
    long double squared = 0.0L;
    for (std::size_t e = 0; e < at.size(); ++e) {
      direction[e] = (direction[e] - gradient[e]) / 1e-7L;
      squared += direction[e] * direction[e];
    }
    length = std::sqrt(squared);
  }
  return static_cast<double>(length);
}

// At rest all that is left is rounding, which is no stiffness: however tight or loose the tolerance is, a step is near
// 2 / (largest curvature).
TEST(GradientFlow, AtRestTakesStepsOfTheLargestCurvature) {
  for (double relative : {1e-13, 1e-8, 1e-2})
    for (std::uint32_t seed : {1, 2, 3}) {
      const Replica replica = make_replica(make_shape({8, 8, 8, 8}), seed, 0.3);
      Flow<double, 0> flow({replica}, {relative});
      flow.advance(200.0);
      const int before = flow.steps(0);
      flow.advance(400.0, 1e4);
      const double least = 0.5 * largest_curvature(replica, flow.factors(0)) * 200.0;
      EXPECT_EQ(flow.time(0), 400.0);
      EXPECT_GT(flow.steps(0) - before, 0.5 * least) << relative << " " << seed;
      EXPECT_LT(flow.steps(0) - before, 2.0 * least) << relative << " " << seed;
    }
}

}  // namespace
}  // namespace rankfall
