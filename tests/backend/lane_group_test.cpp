// A register of replicas in training: a lane computes what its replica would compute alone, whoever was there before.
#include "backend/lane_group.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/same_bits.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

Factorization factorization(const Replica& replica) {
  Factorization model;
  model.depth = replica.shape.factors;
  model.widths.assign(replica.shape.width, replica.shape.width + replica.shape.factors + 1);
  if (replica.shape.model == kernels::Model::symmetric) model.symmetry = Symmetry::symmetric;
  return model;
}

ObservedData observed_data(const Replica& replica) {
  ObservedData data;
  data.weight = replica.weight;
  data.target = replica.target;
  for (int e : observed_elements(replica))
    data.entries.push_back({e / replica.columns(), e % replica.columns(), replica.weight[e]});
  return data;
}

PhaseSpec phase_of(Optimizer optimizer, int batch_size, Sampling sampling) {
  PhaseSpec phase;
  phase.optimizer = optimizer;
  phase.batch_size = batch_size;
  phase.sampling = sampling;
  phase.loss = LossKind::half_sum_squared;
  return phase;
}

template <class Real>
ReplicaState<Real> state_of(const Replica& replica) {
  return {std::vector<Real>(replica.factors.begin(), replica.factors.end()), 1.0, {}};
}

template <class Real>
void load(LaneGroup<Real>& group, int lane, const Replica& replica) {
  group.set_data(lane, observed_data(replica));
  group.load(lane, state_of<Real>(replica), {replica.source, replica.draws, replica.learning_rate, replica.ridge});
}

std::vector<kernels::Shape> lane_shapes() {
  return {make_shape({3, 3, 3}), make_shape({5, 2, 3, 4}), make_shape({5, 5, 5, 5}), make_shape({7, 3, 6}),
          make_symmetric_shape(7, 3)};
}

const PhaseSpec phases[] = {
    phase_of(Optimizer::gradient_descent, 1, Sampling::uniform), phase_of(Optimizer::sgd, 1, Sampling::uniform),
    phase_of(Optimizer::sgd, 1, Sampling::shuffled), phase_of(Optimizer::sgd, 3, Sampling::cyclic)};

template <class Real>
ReplicaState<Real> advanced(LaneGroup<Real>& group, int lane, int steps) {
  group.advance(steps);
  ReplicaState<Real> state;
  group.store(lane, state);
  return state;
}

template <class Real>
void lane_is_clean_after_divergence(const kernels::Shape& shape, const PhaseSpec& phase) {
  Replica replica = make_replica(shape, 1);
  replica.learning_rate = 0.003;
  Replica diverging = make_replica(shape, 2);
  diverging.learning_rate = 1e6;
  const ObservedData observed = observed_data(replica);
  LaneGroup<Real> fresh(factorization(replica)), used(factorization(replica));
  fresh.open_phase_per_lane(phase, observed);
  used.open_phase_per_lane(phase, observed);
  for (int lane : {0, LaneGroup<Real>::lanes - 1}) {
    load(used, lane, diverging);
    ASSERT_TRUE(std::isnan(advanced(used, lane, 300).factors.front()));
    load(fresh, lane, replica);
    load(used, lane, replica);
    const auto truth = advanced(fresh, lane, 30), state = advanced(used, lane, 30);
    ASSERT_TRUE(std::isfinite(truth.factors.front()));
    expect_same_bits(state.factors, truth.factors);
    EXPECT_EQ(state.scale, truth.scale);
  }
}

TEST(LaneGroup, ReplicaStartsCleanWhereAnotherDiverged) {
  for (const kernels::Shape& shape : lane_shapes())
    for (const PhaseSpec& phase : phases) {
      SCOPED_TRACE(testing::Message() << "depth " << shape.factors << ", batch size " << phase.batch_size);
      lane_is_clean_after_divergence<float>(shape, phase);
      lane_is_clean_after_divergence<double>(shape, phase);
    }
}

// The settings and rates that LaneGroup derives from a phase are those of the kernels' own description.
template <class Real>
void lanes_equal_scalar_replicas(const kernels::Shape& shape) {
  std::vector<Replica> replicas;
  for (int lane = 0; lane < LaneGroup<Real>::lanes; ++lane) {
    replicas.push_back(make_replica(shape, 10u + lane));
    replicas.back().ridge = 0.05 * lane;
    replicas.back().draws = 3u * lane;
  }
  LaneGroup<Real> group(factorization(replicas.front()));
  group.open_phase_per_lane(phases[0], observed_data(replicas.front()));
  for (int lane = 0; lane < LaneGroup<Real>::lanes; ++lane) load(group, lane, replicas[lane]);
  group.advance(20);
  for (int lane = 0; lane < LaneGroup<Real>::lanes; ++lane) {
    ReplicaState<Real> state;
    group.store(lane, state);
    const auto alone = trained<kernels::GradientDescent, Real, 0>(replicas[lane], 20);
    const auto truth = alone.stored(0);
    for (std::size_t k = 0; k < truth.size(); ++k) ASSERT_EQ(state.factors[k], truth[k]) << "lane " << lane;
    EXPECT_EQ(state.scale, alone.scale(0));
  }
}

TEST(LaneGroup, LanesEqualScalarReplicas) {
  for (const kernels::Shape& shape : lane_shapes()) {
    lanes_equal_scalar_replicas<float>(shape);
    lanes_equal_scalar_replicas<double>(shape);
  }
}

}  // namespace
}  // namespace rankfall
