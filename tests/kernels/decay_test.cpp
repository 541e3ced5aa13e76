// Lazy weight decay: the float64 scale keeps what float32 would lose, and its renormalisation changes nothing.
#include <gtest/gtest.h>

#include <cmath>

#include "backend/lanes.hpp"
#include "tests/kernels/reference.hpp"
#include "tests/kernels/same_bits.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

using kernels::GradientDescent;

double norm(const std::vector<double>& values) {
  double squares = 0.0;
  for (double x : values) squares += x * x;
  return std::sqrt(squares);
}

Replica without_data(std::uint32_t seed) {
  Replica replica = make_replica(make_shape({2, 2, 2}), seed);
  replica.weight.assign(replica.weight.size(), 0.0);
  return replica;
}

TEST(Decay, OfARidgeThatFloatCannotSeeIsExponential) {
  Replica replica = without_data(1);
  replica.learning_rate = 1e-3;
  replica.ridge = 1e-6;
  const float eager = 1.0f - 2.0f * 1e-9f;
  ASSERT_EQ(eager, 1.0f);  // what the scale is for
  const std::int64_t steps = 1000000;
  for (const auto& after : {trained<GradientDescent, float, 2>(replica, steps).factors(0),
                            trained<GradientDescent, double, 2>(replica, steps).factors(0)})
    EXPECT_NEAR(norm(after) / norm(replica.factors), std::exp(-2e-3), 1e-9);  // 1 - 2e-9 itself is rounded, to 1e-16
}

TEST(Decay, OfManyHalvingsIsThePowerOfTheFactor) {
  Replica replica = without_data(2);
  replica.learning_rate = 0.1;
  replica.ridge = 1.3;  // factor .74 per step
  for (int steps : {1, 2, 3, 10, 77}) {
    const auto in_float = trained<GradientDescent, float, 2>(replica, steps);
    const auto in_double = trained<GradientDescent, double, 2>(replica, steps);
    EXPECT_GE(in_float.scale(0), 0.5);
    EXPECT_LE(in_float.scale(0), 1.0);
    for (std::size_t k = 0; k < replica.factors.size(); ++k) {
      const double truth = replica.factors[k] * std::pow(0.74, steps);
      ASSERT_NEAR(in_float.factors(0)[k] / truth, 1.0, 1e-13)
          << steps;  // halving a float is exact, all else is float64
      ASSERT_NEAR(in_double.factors(0)[k] / truth, 1.0, 1e-13) << steps;
    }
  }
}

// Depth 1 with all entries observed is ridge regression: W = T / (1 + 2 ridge), also where one step of decay is more
// than a halving (factor .2), or changes the sign (factor -.1).
TEST(Decay, BeyondAHalvingPerStepReachesTheMinimum) {
  Replica replica = make_replica(make_shape({2, 2}), 4, 0.5, 1.0);
  replica.weight.assign(replica.weight.size(), 1.0);
  replica.ridge = 1.0;
  for (double rate : {0.4, 0.55}) {
    replica.learning_rate = rate;
    const auto in_float = trained<GradientDescent, float, 2>(replica, 2000).factors(0);
    const auto in_double = trained<GradientDescent, double, 2>(replica, 2000).factors(0);
    for (std::size_t k = 0; k < replica.target.size(); ++k) {
      EXPECT_NEAR(in_float[k], replica.target[k] / 3.0, 1e-6) << "learning rate " << rate;
      EXPECT_NEAR(in_double[k], replica.target[k] / 3.0, 1e-14) << "learning rate " << rate;
    }
  }
}

// Eager decay of every weight in every step, in long double: W <- (1 - 2 eta lambda) W - eta grad.
Exact eager(const Replica& replica, int steps) {
  Replica data = replica;
  data.ridge = 0.0;
  Exact w = exact(replica.factors);
  for (int step = 0; step < steps; ++step) {
    const Exact gradient = reference_gradient(data, w);
    for (std::size_t k = 0; k < w.size(); ++k)
      w[k] = (1.0L - 2.0L * replica.learning_rate * replica.ridge) * w[k] - replica.learning_rate * gradient[k];
  }
  return w;
}

TEST(Decay, WithDataEqualsEagerDecayThroughManyRenormalisations) {
  for (const kernels::Shape& shape :
       {make_shape({3, 3}), make_shape({3, 2, 4}), make_shape({3, 4, 2, 3}), make_symmetric_shape(3, 2)}) {
    Replica replica = make_replica(shape, 3);
    for (double& x : replica.target) x *= 4.0;
    replica.learning_rate = 0.02;
    replica.ridge = 1.0;  // 300 steps of factor .96: 17 halvings
    const Exact truth = eager(replica, 300);
    const auto in_double = trained<GradientDescent, double, 4>(replica, 300);
    const auto in_float = trained<GradientDescent, float, 4>(replica, 300);
    const double size = norm(in_double.factors(0));
    for (std::size_t k = 0; k < truth.size(); ++k) {
      ASSERT_NEAR(in_double.factors(0)[k], static_cast<double>(truth[k]), 1e-12 * (1.0 + size)) << shape.factors;
      ASSERT_NEAR(in_float.factors(0)[k], static_cast<double>(truth[k]), 1e-5 * (1.0 + size)) << shape.factors;
    }
  }
}

// Lanes halve at different steps; one that halves does not disturb its neighbours.
template <class V>
void lanes_decay_alone() {
  using Real = kernels::RealOf<V>;
  std::vector<Replica> replicas;
  for (int q = 0; q < kernels::ValueTraits<V>::lanes; ++q) {
    replicas.push_back(make_replica(make_shape({3, 3, 3}), 20u + q));
    replicas.back().ridge = 0.37 * q;
  }
  Trainer<V, 4> trainer(replicas, {});
  trainer.template train<GradientDescent>(200);
  for (std::size_t q = 0; q < replicas.size(); ++q) {
    const auto alone = trained<GradientDescent, Real, 4>(replicas[q], 200);
    expect_same_bits(trainer.stored(static_cast<int>(q)), alone.stored(0));
    EXPECT_EQ(trainer.scale(static_cast<int>(q)), alone.scale(0));
  }
}

TEST(Decay, LanesDecayAlone) {
  lanes_decay_alone<Lanes<float>>();
  lanes_decay_alone<Lanes<double>>();
}

}  // namespace
}  // namespace rankfall
