// What a gradient flow must keep, bit for bit: a lane equals the scalar, whatever its neighbours do; padding changes
// nothing; a leg in pieces is the leg.
#include <gtest/gtest.h>

#include "backend/lanes.hpp"
#include "tests/kernels/buckets.hpp"
#include "tests/kernels/flow.hpp"
#include "tests/kernels/same_bits.hpp"

namespace rankfall {
namespace {

// Unlike in scale, ridge and pace; one overflows; the last lane is empty.
std::vector<Replica> unlike_flows(const kernels::Shape& shape) {
  std::vector<Replica> replicas;
  for (int q = 0; q + 1 < Lanes<double>::count; ++q) {
    replicas.push_back(make_replica(shape, 400u + q, q == 1 ? 1e200 : 0.05 + 0.1 * q));
    replicas.back().ridge = 0.01 * q;
    replicas.back().loss_scale = 0.5 + q;
  }
  return replicas;
}

std::vector<double> legs(std::size_t count, double length) {
  std::vector<double> target;
  for (std::size_t q = 0; q < count; ++q) target.push_back(length * (1.0 + 0.3 * static_cast<double>(q)));
  return target;
}

template <class A, class B>
void expect_same_flow(const A& a, int lane_a, const B& b, int lane_b) {
  expect_same_numbers(a.factors(lane_a), b.factors(lane_b));
  EXPECT_EQ(a.time(lane_a), b.time(lane_b));
  EXPECT_EQ(a.step(lane_a), b.step(lane_b));
  EXPECT_EQ(a.steps(lane_a), b.steps(lane_b));
}

template <int D>
void lanes_equal_scalars(const kernels::Shape& shape) {
  const auto replicas = unlike_flows(shape);
  const FlowSettings settings{1e-8, 0.0, 16};
  Flow<Lanes<double>, D> lanes(replicas, settings);
  lanes.advance(legs(replicas.size(), 1.0));
  lanes.advance(legs(replicas.size(), 2.5), 20);  // some do not arrive
  for (std::size_t q = 0; q < replicas.size(); ++q) {
    SCOPED_TRACE(testing::Message() << "D = " << D << ", depth " << shape.factors << ", lane " << q);
    Flow<double, D> alone({replicas[q]}, settings);
    alone.advance(legs(replicas.size(), 1.0)[q]);
    alone.advance(legs(replicas.size(), 2.5)[q], 20);
    expect_same_flow(lanes, static_cast<int>(q), alone, 0);
    EXPECT_EQ(alone.time(0) > 0.0, q != 1);
  }
}

TEST(FlowLanes, EqualScalars) {
  for (const auto& shape : {make_shape({3, 4, 2, 3}), make_shape({4, 4, 4}), make_symmetric_shape(4, 3), make_shape({4, 3})})
    lanes_equal_scalars<4>(shape);
  for (const auto& shape : {make_shape({5, 4, 3, 5}), make_shape({9, 12, 11}), make_symmetric_shape(6, 4)})
    lanes_equal_scalars<0>(shape);
}

template <int... D>
void buckets_agree(const kernels::Shape& shape, std::integer_sequence<int, D...>) {
  const auto replicas = unlike_flows(shape);
  const auto in_bucket = [&]<int bucket>(std::integral_constant<int, bucket>, int pitch) {
    Flow<Lanes<double>, bucket> flow(replicas, {1e-8, 0.0, pitch});
    flow.advance(legs(replicas.size(), 1.5));
    return flow;
  };
  const auto exact = in_bucket(std::integral_constant<int, 4>{}, 0);
  const auto expect_equal = [&](const auto& padded) {
    for (int q = 0; q < static_cast<int>(replicas.size()); ++q) expect_same_flow(padded, q, exact, q);
  };
  (expect_equal(in_bucket(std::integral_constant<int, D>{}, 0)), ...);
  for (int pitch : {8, 24, 33}) expect_equal(in_bucket(std::integral_constant<int, 0>{}, pitch));
}

TEST(FlowPadding, ChangesNothing) {
  for (const auto& shape : {make_shape({4, 4, 4, 4}), make_shape({3, 4, 2, 4}), make_shape({2, 3}), make_symmetric_shape(4, 3)})
    buckets_agree(shape, SomeWideBuckets{});
}

TEST(FlowPieces, AreTheWhole) {
  const Replica replica = make_replica(make_shape({4, 3, 4, 4}), 77u);
  const auto whole = flowed(replica, 3.0);
  Flow<double, 0> pieces({replica}, {});
  while (pieces.time(0) < 3.0) pieces.advance(3.0, 1 + pieces.steps(0) % 3);
  expect_same_flow(pieces, 0, whole, 0);
  EXPECT_GT(whole.steps(0), 10);
}

// A probe is met exactly; the step that met it does not shorten the next.
TEST(FlowPieces, MeetProbesWithoutLosingTheirStep) {
  const Replica replica = make_replica(make_shape({4, 3, 4, 4}), 77u);
  const auto whole = flowed(replica, 3.0, {1e-10});
  Flow<double, 0> probed({replica}, {1e-10});
  int probes = 0;
  for (double time : {1e-12, 0.1, 0.1 + 1e-9, 1.0, 1.0 + 1e-13, 2.0, 3.0}) {
    probed.advance(time);
    EXPECT_EQ(probed.time(0), time);
    ++probes;
  }
  EXPECT_LE(probed.steps(0), whole.steps(0) + 3 * probes);
  for (std::size_t e = 0; e < whole.factors(0).size(); ++e) EXPECT_NEAR(probed.factors(0)[e], whole.factors(0)[e], 1e-9);
}

}  // namespace
}  // namespace rankfall
