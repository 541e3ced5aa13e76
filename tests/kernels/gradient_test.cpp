// Back-propagation against finite differences of the objective in long double.
#include "kernels/gradient.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "backend/lanes.hpp"
#include "tests/kernels/reference.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

using kernels::GradientDescent;

// Shapes of every kind: square, wide, tall, hidden layers narrower and wider than W, depth 1 to 5, symmetric.
std::vector<kernels::Shape> shapes() {
  return {make_shape({4, 3}),
          make_shape({3, 5}),
          make_shape({4, 4, 4}),
          make_shape({5, 2, 3}),
          make_shape({2, 6, 4}),
          make_shape({5, 3, 4, 2}),
          make_shape({3, 3, 3, 3}),
          make_shape({2, 5, 3, 6}),
          make_shape({4, 2, 5, 3, 4}),
          make_shape({1, 3, 2, 4, 1}),
          make_shape({3, 5, 2, 6, 4, 3}),
          make_symmetric_shape(5, 3),
          make_symmetric_shape(4, 6),
          make_symmetric_shape(3, 3)};
}

template <class Real>
constexpr double tolerance() {
  return sizeof(Real) == 4 ? 2e-5 : 3e-14;
}

double largest(const Exact& values) {
  long double most = 1e-3L;
  for (long double x : values) most = std::max(most, std::abs(x));
  return static_cast<double>(most);
}

// One step of GD moves the factors by -learning_rate * gradient of the objective, ridge included.
template <class Real, int D>
void step_follows_gradient(const Replica& replica) {
  const auto after = trained<GradientDescent, Real, D>(replica, 1).factors(0);
  const Exact gradient = reference_gradient(replica, exact(replica.factors));
  ASSERT_EQ(after.size(), gradient.size());
  const double scale = largest(gradient);
  for (std::size_t k = 0; k < after.size(); ++k) {
    const long double step = (replica.factors[k] - static_cast<long double>(after[k])) / replica.learning_rate;
    ASSERT_NEAR(static_cast<double>(step), static_cast<double>(gradient[k]), tolerance<Real>() * scale * 10.0)
        << "factor entry " << k;
  }
}

TEST(Gradient, StepsFollowFiniteDifferencesInEveryShape) {
  std::uint32_t seed = 1;
  for (const kernels::Shape& shape : shapes()) {
    Replica replica = make_replica(shape, ++seed);
    replica.loss_scale = 0.3;
    replica.learning_rate = 0.5;
    for (double ridge : {0.0, 0.07}) {
      replica.ridge = ridge;
      SCOPED_TRACE(testing::Message() << "depth " << shape.factors << ", seed " << seed << ", ridge " << ridge);
      step_follows_gradient<double, 6>(replica);
      step_follows_gradient<double, 8>(replica);
      step_follows_gradient<double, 12>(replica);
      step_follows_gradient<double, 0>(replica);
      step_follows_gradient<float, 6>(replica);
      step_follows_gradient<float, 10>(replica);
    }
  }
}

TEST(Gradient, LanesGiveTheGradientOfTheirOwnReplica) {
  std::uint32_t seed = 100;
  for (const kernels::Shape& shape : shapes()) {
    std::vector<Replica> replicas;
    for (int q = 0; q < Lanes<double>::count; ++q) replicas.push_back(make_replica(shape, ++seed));
    Trainer<Lanes<double>, 6> trainer(replicas, {});
    trainer.train<GradientDescent>(1);
    for (int q = 0; q < Lanes<double>::count; ++q) {
      const Replica& replica = replicas[q];
      const Exact gradient = reference_gradient(replica, exact(replica.factors));
      const auto after = trainer.factors(q);
      for (std::size_t k = 0; k < after.size(); ++k)
        ASSERT_NEAR(after[k], static_cast<double>(replica.factors[k] - replica.learning_rate * gradient[k]), 1e-13);
    }
  }
}

// The gradient vanishes at a factorization of the target, wherever that is observed.
TEST(Gradient, IsZeroWhereTheProductIsTheTarget) {
  for (const kernels::Shape& shape : shapes()) {
    Replica replica = make_replica(shape, 77);
    const Exact w = reference_product(shape, exact(replica.factors));
    for (std::size_t e = 0; e < w.size(); ++e) replica.target[e] = static_cast<double>(w[e]);
    const auto after = trained<GradientDescent, double, 6>(replica, 1).factors(0);
    for (std::size_t k = 0; k < after.size(); ++k) ASSERT_NEAR(after[k], replica.factors[k], 1e-14);
  }
}

// The sum of many steps, so that errors of one step cannot hide: GD in long double by finite differences.
TEST(Gradient, ManyStepsFollowTheReferenceDescent) {
  Replica replica = make_replica(make_shape({4, 3, 5, 4}), 5);
  replica.ridge = 0.02;
  Exact w = exact(replica.factors);
  for (int step = 0; step < 40; ++step) {
    const Exact gradient = reference_gradient(replica, w);
    for (std::size_t k = 0; k < w.size(); ++k) w[k] -= replica.learning_rate * gradient[k];
  }
  const auto in_double = trained<GradientDescent, double, 5>(replica, 40).factors(0);
  const auto in_float = trained<GradientDescent, float, 5>(replica, 40).factors(0);
  for (std::size_t k = 0; k < w.size(); ++k) {
    ASSERT_NEAR(in_double[k], static_cast<double>(w[k]), 1e-13);
    ASSERT_NEAR(in_float[k], static_cast<double>(w[k]), 1e-5);
  }
}

}  // namespace
}  // namespace rankfall
