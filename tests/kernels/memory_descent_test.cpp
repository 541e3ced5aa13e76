// Momentum and group-RMSprop: their definitions in long double, the closed form of a quadratic, what they note of the
// objective, and bits.
#include <gtest/gtest.h>

#include <complex>

#include "backend/lanes.hpp"
#include "tests/kernels/memory.hpp"
#include "tests/kernels/reference.hpp"
#include "tests/kernels/same_bits.hpp"

namespace rankfall {
namespace {

constexpr kernels::DescentTerms<double> heavy_ball{0.03, 0.02, 0.9, 0.0, 1.0};
constexpr kernels::DescentTerms<double> adaptive{0.02, 0.02, 0.0, 0.9, 1e-3};

// The factors after `steps` steps, from the definitions.
Exact defined(Replica replica, const kernels::DescentTerms<double>& terms, int steps) {
  replica.ridge = terms.ridge;
  Exact factors = exact(replica.factors), velocity(factors.size(), 0.0L);
  long double mean = 0.0L, undecayed = 1.0L;
  for (int step = 0; step < steps; ++step) {
    const Exact gradient = reference_gradient(replica, factors);
    long double square = 0.0L, length = terms.learning_rate;
    for (const long double g : gradient) square += g * g;
    if (terms.smoothing > 0.0) {
      mean = terms.smoothing * mean + (1.0L - terms.smoothing) * square;
      undecayed *= terms.smoothing;
      length /= std::sqrt(mean / (1.0L - undecayed)) + terms.epsilon;
    }
    for (std::size_t k = 0; k < factors.size(); ++k) {
      velocity[k] = terms.momentum * velocity[k] + gradient[k];
      factors[k] -= length * velocity[k];
    }
  }
  return factors;
}

template <class Real>
void expect_as_defined(const kernels::Shape& shape, const kernels::DescentTerms<double>& terms, double tolerance) {
  const Replica replica = make_replica(shape, 31u);
  Remembering<Real, 0> trained({replica}, terms);
  trained.train(15);
  const Exact expected = defined(replica, terms, 15);
  const auto factors = trained.factors(0);
  for (std::size_t k = 0; k < expected.size(); ++k)
    EXPECT_NEAR(factors[k], static_cast<double>(expected[k]), tolerance) << shape.factors << " " << k;
}

TEST(MemoryDescent, TakesTheStepsOfItsDefinition) {
  for (const auto& terms : {heavy_ball, adaptive})
    for (const auto& shape : {make_shape({4, 3}), make_shape({4, 2, 5, 3}), make_symmetric_shape(5, 2)}) {
      expect_as_defined<double>(shape, terms, 1e-13);
      expect_as_defined<float>(shape, terms, 1e-5);
    }
}

Replica scalar(double start) {
  Replica replica = make_replica(make_shape({1, 1}), 1u, 1.0, 1.0);
  replica.factors = {start};
  replica.target = {0.0};
  replica.weight = {1.0};
  return replica;
}

// On w^2 / 2: w(t+1) = (1 + mu - eta) w(t) - mu w(t-1), a sum of two powers; here they spiral.
TEST(MemoryDescent, SpiralsIntoAQuadraticsMinimum) {
  const double rate = 0.4, momentum = 0.8;
  const std::complex<double> half = (1.0 + momentum - rate) / 2.0;
  const std::complex<double> first = half + std::sqrt(half * half - momentum), second = half - std::sqrt(half * half - momentum);
  const std::complex<double> share = ((1.0 - rate) - second) / (first - second);  // w(0) = 1, w(1) = 1 - eta
  double lowest = 1.0, rise = 1.0;  // of w^2, at the start of every step
  for (int steps = 1; steps <= 40; ++steps) {
    Remembering<double, 0> trained({scalar(1.0)}, {rate, 0.0, momentum, 0.0, 1.0});
    trained.train(steps);
    const auto w = share * std::pow(first, steps) + (1.0 - share) * std::pow(second, steps);
    EXPECT_NEAR(trained.factors(0)[0], w.real(), 1e-13) << steps;
    EXPECT_NEAR(trained.rise(0) / rise, 1.0, 1e-9) << steps;
    rise = std::max(rise, w.real() * w.real() / lowest);
    lowest = std::min(lowest, w.real() * w.real());
  }
  EXPECT_GT(rise, 2.0);
}

TEST(MemoryDescent, FirstAdaptiveStepHasTheLengthOfTheRate) {
  const Replica replica = make_replica(make_shape({4, 2, 5, 3}), 8u);
  Remembering<double, 0> trained({replica}, {0.01, 0.0, 0.0, 0.99, 1e-12});
  trained.train(1);
  double moved = 0.0;
  for (std::size_t k = 0; k < replica.factors.size(); ++k) moved += std::pow(trained.factors(0)[k] - replica.factors[k], 2);
  EXPECT_NEAR(std::sqrt(moved), 0.01, 1e-12);
}

// Nothing rises where steps are small; a step of constant length comes to swing about the minimum.
TEST(MemoryDescent, TellsOfObjectivesThatRise) {
  Remembering<double, 0> calm({make_replica(make_shape({4, 4, 4}), 3u)}, {0.01, 0.01, 0.0, 0.0, 1.0});
  calm.train(500);
  EXPECT_EQ(calm.rise(0), 1.0);
  Remembering<double, 0> swinging({scalar(0.35)}, {0.1, 0.0, 0.0, 0.9, 1e-6});
  swinging.train(50);
  EXPECT_GT(swinging.rise(0), 1.5);
}

// What is below a trillionth of the first objective is rounding, and no rise.
TEST(MemoryDescent, RoundingIsNoRise) {
  Remembering<float, 0> trained({make_replica(make_shape({4, 4, 4}), 3u)}, {0.1, 0.0, 0.0, 0.0, 1.0});
  trained.train(20000);
  EXPECT_LT(trained.memory().lowest, trained.memory().floor);
  EXPECT_EQ(trained.rise(0), 1.0);
}

// Alone, in a register among others, in another padding, and in two pieces.
template <class V, int D>
void expect_bits_of_one(const kernels::Shape& shape, const kernels::DescentTerms<double>& terms) {
  using Real = kernels::RealOf<V>;
  std::vector<Replica> replicas;
  for (unsigned q = 0; q < static_cast<unsigned>(kernels::ValueTraits<V>::lanes); ++q)
    replicas.push_back(make_replica(shape, 50u + q));
  Remembering<V, D> together(replicas, terms, 16);
  together.train(4);
  together.train(7);
  for (std::size_t q = 0; q < replicas.size(); ++q) {
    Remembering<Real, 0> alone({replicas[q]}, terms);
    alone.train(11);
    expect_same_bits(together.stored(static_cast<int>(q)), alone.stored(0));
    EXPECT_EQ(together.rise(static_cast<int>(q)), alone.rise(0));
  }
}

TEST(MemoryDescent, BitsAreThoseOfAReplicaAlone) {
  for (const auto& terms : {heavy_ball, adaptive}) {
    for (const auto& shape : {make_shape({4, 2, 5, 3}), make_symmetric_shape(5, 2)}) {
      expect_bits_of_one<Lanes<double>, 5>(shape, terms);
      expect_bits_of_one<Lanes<float>, 0>(shape, terms);
      expect_bits_of_one<float, 8>(shape, terms);
    }
  }
}

}  // namespace
}  // namespace rankfall
