// Steps on measurements against finite differences of the objective in long double; lanes, padding and sharing against one
// replica alone; the flow against a closed form.
#include <gtest/gtest.h>

#include <cmath>

#include "backend/lanes.hpp"
#include "tests/kernels/flow.hpp"
#include "tests/kernels/reference.hpp"
#include "tests/kernels/same_bits.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

using kernels::SensingDescent;
using kernels::SensingSgd;

std::vector<kernels::Shape> sensed_shapes() {
  return {make_shape({4, 3}),          make_shape({4, 4, 4}),       make_shape({5, 2, 3}),          make_shape({2, 6, 4}),
          make_shape({5, 3, 4, 2}),    make_shape({2, 5, 3, 6}),    make_shape({1, 3, 2, 4, 1}),    make_symmetric_shape(5, 3),
          make_symmetric_shape(4, 6), make_symmetric_shape(1, 1)};
}

double size_of(const Exact& gradient) {
  long double most = 1e-3L;
  for (long double x : gradient) most = std::max(most, std::abs(x));
  return static_cast<double>(most);
}

template <class Optimizer, class Real, int D>
void expect_step_along(const Replica& replica, const Exact& gradient, const TrainerSettings& settings = {}) {
  const auto after = trained<Optimizer, Real, D>(replica, 1, settings).factors(0);
  ASSERT_EQ(after.size(), gradient.size());
  const double tolerance = (sizeof(Real) == 4 ? 4e-6 : 1e-14) * (1.0 + replica.learning_rate * size_of(gradient));
  for (std::size_t k = 0; k < after.size(); ++k)
    ASSERT_NEAR(after[k], static_cast<double>(replica.factors[k] - replica.learning_rate * gradient[k]), tolerance);
}

// Every size of a tile; 47: more than one chunk.
TEST(Sensing, StepsFollowFiniteDifferencesInEveryShape) {
  std::uint32_t seed = 300;
  for (const kernels::Shape& shape : sensed_shapes())
    for (int count : {1, 4, 8, 15, 47}) {
      Replica replica = make_sensing_replica(shape, ++seed, count);
      replica.learning_rate = 0.5;
      replica.ridge = count % 2 == 0 ? 0.07 : 0.0;
      SCOPED_TRACE(testing::Message() << "depth " << shape.factors << ", " << count << " measurements");
      const Exact gradient = reference_gradient(replica, exact(replica.factors));
      expect_step_along<SensingDescent, double, 6>(replica, gradient);
      expect_step_along<SensingDescent, double, 12>(replica, gradient);
      expect_step_along<SensingDescent, double, 0>(replica, gradient);
      expect_step_along<SensingDescent, float, 6>(replica, gradient);
    }
}

TEST(Sensing, DrawsFollowTheirMeasurements) {
  std::uint32_t seed = 400;
  for (const kernels::Shape& shape : sensed_shapes())
    for (int batch_size : {1, 5}) {
      Replica replica = make_sensing_replica(shape, ++seed, 11);
      replica.draws = seed;
      Replica drawn = replica;  // what is drawn, counted with multiplicity
      drawn.measurement.clear(), drawn.measured.clear();
      const std::size_t size = replica.target.size();
      for (int k = 0; k < batch_size; ++k) {
        const int which = uniform_draw(replica, replica.draws + static_cast<std::uint64_t>(k), 11);
        const auto begin = replica.measurement.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(which) * size);
        drawn.measurement.insert(drawn.measurement.end(), begin, begin + static_cast<std::ptrdiff_t>(size));
        drawn.measured.push_back(replica.measured[static_cast<std::size_t>(which)]);
      }
      drawn.loss_scale = replica.loss_scale * 11.0 / batch_size;
      SCOPED_TRACE(testing::Message() << "depth " << shape.factors << ", batch of " << batch_size);
      const Exact gradient = reference_gradient(drawn, exact(replica.factors));
      expect_step_along<SensingSgd, double, 6>(replica, gradient, {batch_size});
      expect_step_along<SensingSgd, double, 0>(replica, gradient, {batch_size});
      expect_step_along<SensingSgd, float, 6>(replica, gradient, {batch_size});
    }
}

// One replica per lane, with measurements of its own or those of the first.
template <class Optimizer, class V, int D>
void lanes_equal_replicas_alone(const kernels::Shape& shape, const TrainerSettings& settings) {
  using Real = kernels::RealOf<V>;
  std::vector<Replica> replicas;
  for (int q = 0; q + 1 < kernels::ValueTraits<V>::lanes; ++q) {
    replicas.push_back(make_sensing_replica(shape, 500u + static_cast<std::uint32_t>(q), 37));
    replicas.back().ridge = q % 2 == 0 ? 0.0 : 0.3 * q;
    replicas.back().draws = 7u * static_cast<std::uint64_t>(q);
  }
  Trainer<V, D> own(replicas, settings), common(replicas, settings);
  common.share_measurements();
  own.template train<Optimizer>(7);
  own.template train<Optimizer>(6);
  common.template train<Optimizer>(13);
  for (std::size_t q = 0; q < replicas.size(); ++q) {
    SCOPED_TRACE(testing::Message() << "D = " << D << ", depth " << shape.factors << ", lane " << q);
    const int lane = static_cast<int>(q);
    expect_same_bits(own.stored(lane), trained<Optimizer, Real, 0>(replicas[q], 13, settings).stored(0));
    Replica with_common = replicas[q];
    with_common.measurement = replicas.front().measurement;
    with_common.measured = replicas.front().measured;
    expect_same_bits(common.stored(lane), trained<Optimizer, Real, 6>(with_common, 13, settings).stored(0));
  }
}

template <class V>
void all_sensing_keeps_lanes_apart() {
  TrainerSettings settings;
  for (const auto& shape : {make_shape({5, 4, 3, 5}), make_shape({4, 3}), make_symmetric_shape(5, 4)}) {
    lanes_equal_replicas_alone<SensingDescent, V, 6>(shape, settings);
    lanes_equal_replicas_alone<SensingDescent, V, 0>(shape, settings);
    for (kernels::Sampling sampling : {kernels::Sampling::uniform, kernels::Sampling::shuffled, kernels::Sampling::cyclic})
      for (int batch_size : {1, 3}) {
        lanes_equal_replicas_alone<SensingSgd, V, 6>(shape, {batch_size, sampling, 8});
        lanes_equal_replicas_alone<SensingSgd, V, 0>(shape, {batch_size, sampling, 16});
      }
  }
}

TEST(Sensing, KeepsLanesApartInFloat) { all_sensing_keeps_lanes_apart<Lanes<float>>(); }
TEST(Sensing, KeepsLanesApartInDouble) { all_sensing_keeps_lanes_apart<Lanes<double>>(); }

// W = w, 1 x 1, seen through one number A: with c = 1/2, depth 2 and equal factors, w' = 2 A^2 w (y/A - w): logistic.
TEST(SensingFlow, OfOneNumberIsLogistic) {
  for (double a : {0.7, -1.3}) {
    Replica replica = make_sensing_replica(make_shape({1, 1, 1}), 9, 1);
    replica.measurement = {a};
    replica.measured = {2.0 * a};
    replica.factors = {0.1, 0.1};
    replica.loss_scale = 0.5;
    for (double time : {0.5, 1.0, 3.0}) {
      Flow<double, 0, kernels::MeasuredLoss> flow({replica}, {1e-11});
      flow.advance(time);
      EXPECT_NEAR(flow.factors(0)[0] * flow.factors(0)[1], logistic(2.0, 0.01, 2.0 * a * a * 2.0 * time), 1e-9);
    }
  }
}

}  // namespace
}  // namespace rankfall
