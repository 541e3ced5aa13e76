#pragma once
// What every optimizer must keep, bit for bit: a lane equals the scalar, whatever its neighbours do; two runs of n
// steps equal one of 2n. A file per precision instantiates it (compile time).
#include <cmath>

#include "backend/lanes.hpp"
#include "tests/kernels/same_bits.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {

// As many replicas as lanes, unlike in everything a lane may have of its own. The second diverges; the last is missing.
template <class V>
std::vector<Replica> unlike_replicas(const kernels::Shape& shape) {
  std::vector<Replica> replicas;
  const double scale = 0.6 / std::sqrt(static_cast<double>(shape.width[1]));
  for (int q = 0; q + 1 < kernels::ValueTraits<V>::lanes; ++q) {
    Replica replica = make_replica(shape, 200u + q, scale * (1.0 + 0.05 * q));
    replica.loss_scale = 1.0 / static_cast<double>(observed_elements(replica).size());
    replica.learning_rate = q == 1 ? 1e5 : 0.01 + 0.003 * q;
    replica.ridge = q % 3 == 0 ? 0.0 : q == 1 ? 0.0 : 0.4 * q;
    replica.draws = q % 2 == 0 ? 7u * q : (std::uint64_t{1} << 32) - 5u * q;
    replicas.push_back(replica);
  }
  return replicas;
}

template <class Optimizer, class V, int D>
void lanes_equal_scalars(const kernels::Shape& shape, const TrainerSettings& settings) {
  using Real = kernels::RealOf<V>;
  const std::vector<Replica> replicas = unlike_replicas<V>(shape);
  const int steps = 40;
  Trainer<V, D> lanes(replicas, settings);
  lanes.template train<Optimizer>(steps);
  lanes.template train<Optimizer>(steps);
  for (std::size_t q = 0; q < replicas.size(); ++q) {
    SCOPED_TRACE(testing::Message() << "D = " << D << ", depth " << shape.factors << ", lane " << q);
    const int lane = static_cast<int>(q);
    const auto alone = trained<Optimizer, Real, D>(replicas[q], 2 * steps, settings);
    expect_same_numbers(lanes.stored(lane), alone.stored(0));
    EXPECT_EQ(lanes.scale(lane), alone.scale(0));
    EXPECT_EQ(std::isfinite(lanes.stored(lane).front()), q != 1);
  }
  for (Real w : lanes.stored(kernels::ValueTraits<V>::lanes - 1)) ASSERT_EQ(w, Real(0));  // the lane without a replica
}

template <class V, int D>
void all_optimizers_keep_lanes_apart() {
  TrainerSettings settings;
  settings.pitch = 16;
  const auto small = D == 4 ? make_shape({3, 4, 2, 3}) : make_shape({5, 4, 3, 5});
  const auto square = D == 4 ? make_shape({4, 4, 4}) : make_shape({5, 5, 5, 5});
  const auto symmetric = D == 4 ? make_symmetric_shape(4, 3) : make_symmetric_shape(5, 4);
  for (const auto& shape : {small, square, symmetric, make_shape({4, 3})})
    lanes_equal_scalars<kernels::GradientDescent, V, D>(shape, settings);
  for (kernels::Sampling sampling :
       {kernels::Sampling::uniform, kernels::Sampling::shuffled, kernels::Sampling::cyclic}) {
    settings.sampling = sampling;
    for (const auto& shape : {small, square}) {
      settings.batch_size = 1;
      lanes_equal_scalars<kernels::SingleEntrySgd, V, D>(shape, settings);
      settings.batch_size = 2;
      lanes_equal_scalars<kernels::SmallBatchSgd, V, D>(shape, settings);
      settings.batch_size = 3;
      lanes_equal_scalars<kernels::BatchSgd, V, D>(shape, settings);
    }
    lanes_equal_scalars<kernels::BatchSgd, V, D>(symmetric, settings);
  }
}

}  // namespace rankfall
