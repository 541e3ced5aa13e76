// Stochastic gradient descent: each step against the gradient of the entries it drew.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/reference.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

using kernels::BatchSgd;
using kernels::SmallBatchSgd;
using kernels::GradientDescent;
using kernels::SingleEntrySgd;

// Gradient of the objective that one step of SGD descends: drawn entries with multiplicity, scaled by N / batch size.
Exact drawn_gradient(const Replica& replica, const Exact& at, std::uint64_t first_draw, int batch_size) {
  const std::vector<int> elements = observed_elements(replica);
  const int count = static_cast<int>(elements.size());
  Replica drawn = replica;
  drawn.weight.assign(replica.weight.size(), 0.0);
  for (int k = 0; k < batch_size; ++k) {
    const int e = elements[static_cast<std::size_t>(uniform_draw(replica, first_draw + k, count))];
    drawn.weight[e] += replica.weight[e] * count / batch_size;
  }
  return reference_gradient(drawn, at);
}

template <class Optimizer, class Real, int D>
void steps_follow_drawn_entries(const Replica& replica, int batch_size, int steps) {
  TrainerSettings settings;
  settings.batch_size = batch_size;
  const auto after = trained<Optimizer, Real, D>(replica, steps, settings).factors(0);
  Exact w = exact(replica.factors);
  for (int step = 0; step < steps; ++step) {
    const std::uint64_t first = replica.draws + static_cast<std::uint64_t>(step) * batch_size;
    const Exact gradient = drawn_gradient(replica, w, first, batch_size);
    for (std::size_t k = 0; k < w.size(); ++k) w[k] -= replica.learning_rate * gradient[k];
  }
  for (std::size_t k = 0; k < w.size(); ++k)
    ASSERT_NEAR(after[k], static_cast<double>(w[k]), sizeof(Real) == 4 ? 2e-5 : 1e-13) << "factor entry " << k;
}

std::vector<kernels::Shape> deep_shapes() {
  return {make_shape({4, 4, 4}),          make_shape({5, 2, 3}),    make_shape({2, 5, 4}),
          make_shape({5, 3, 4, 2}),       make_shape({3, 5, 2, 4}), make_shape({4, 2, 5, 3, 4}),
          make_shape({3, 5, 2, 5, 4, 3}), make_shape({1, 3, 1, 1})};
}

Replica made(const kernels::Shape& shape, std::uint32_t seed, double ridge) {
  Replica replica = make_replica(shape, seed);
  replica.learning_rate = 0.02;
  replica.loss_scale = 0.2;
  replica.ridge = ridge;
  replica.draws = seed;  // in the middle of a Philox block
  return replica;
}

TEST(SingleEntrySgd, StepsAlongTheGradientOfTheDrawnEntry) {
  std::uint32_t seed = 10;
  for (const kernels::Shape& shape : deep_shapes())
    for (double ridge : {0.0, 0.3}) {
      SCOPED_TRACE(testing::Message() << "depth " << shape.factors << ", ridge " << ridge);
      const Replica replica = made(shape, ++seed, ridge);
      for (int steps : {1, 25}) {
        steps_follow_drawn_entries<SingleEntrySgd, double, 5>(replica, 1, steps);
        steps_follow_drawn_entries<SingleEntrySgd, double, 12>(replica, 1, steps);
        steps_follow_drawn_entries<SingleEntrySgd, double, 24>(replica, 1, steps);
        steps_follow_drawn_entries<SingleEntrySgd, double, 0>(replica, 1, steps);
        steps_follow_drawn_entries<SingleEntrySgd, float, 5>(replica, 1, steps);
      }
    }
}

TEST(BatchSgd, StepsAlongTheSumOverTheDrawnEntries) {
  std::vector<kernels::Shape> shapes = deep_shapes();
  shapes.push_back(make_shape({4, 3}));
  shapes.push_back(make_symmetric_shape(5, 3));
  std::uint32_t seed = 50;
  for (const kernels::Shape& shape : shapes)
    for (int batch_size : {1, 2, 7, 40}) {  // 40: more draws than entries, so some entry comes twice
      SCOPED_TRACE(testing::Message() << "depth " << shape.factors << ", batch size " << batch_size);
      const Replica replica = made(shape, ++seed, 0.1);
      steps_follow_drawn_entries<BatchSgd, double, 5>(replica, batch_size, 1);
      steps_follow_drawn_entries<BatchSgd, double, 0>(replica, batch_size, 12);
      steps_follow_drawn_entries<BatchSgd, float, 5>(replica, batch_size, 12);
    }
}

// Up to rounding what a full gradient with the drawn entries' weights makes; entries that come twice included.
TEST(SmallBatchSgd, StepsAlongTheSumOverTheDrawnEntries) {
  std::uint32_t seed = 70;
  for (const kernels::Shape& shape : deep_shapes())
    for (int batch_size : {1, 2, 4}) {
      SCOPED_TRACE(testing::Message() << "depth " << shape.factors << ", batch size " << batch_size);
      const Replica replica = made(shape, ++seed, 0.1);
      if (batch_size < 4) steps_follow_drawn_entries<SmallBatchSgd, double, 5>(replica, batch_size, 1);
      steps_follow_drawn_entries<SmallBatchSgd, double, 0>(replica, batch_size, 12);
      steps_follow_drawn_entries<SmallBatchSgd, double, 24>(replica, batch_size, 12);
      steps_follow_drawn_entries<SmallBatchSgd, float, 12>(replica, batch_size, 12);
    }
}

// By the cost of each: not where a batch sees most of the matrix, nor where its vectors would outgrow the workspace.
TEST(SmallBatchSgd, IsForFewDrawsOfLargeMatrices) {
  const auto square = [](int d, int depth) { return make_shape(std::vector<int>(static_cast<std::size_t>(depth) + 1, d)); };
  EXPECT_TRUE(kernels::takes_chains(square(4, 3), 2));
  EXPECT_FALSE(kernels::takes_chains(square(4, 3), 3));
  EXPECT_TRUE(kernels::takes_chains(square(10, 3), 5));
  EXPECT_FALSE(kernels::takes_chains(square(10, 3), 6));
  EXPECT_TRUE(kernels::takes_chains(square(64, 4), 32));
  EXPECT_TRUE(kernels::takes_chains(make_shape({100, 2, 100}), 50));
  EXPECT_FALSE(kernels::takes_chains(make_shape({100, 2, 100}), 51));
  EXPECT_FALSE(kernels::takes_chains(square(30, 1), 2));
  EXPECT_FALSE(kernels::takes_chains(make_symmetric_shape(30, 30), 2));
}

// The mean over all entries of SGD's steps is the step of GD: the noise has no drift.
TEST(SingleEntrySgd, IsUnbiased) {
  for (const kernels::Shape& shape : deep_shapes()) {
    Replica replica = made(shape, 90, 0.0);
    const int count = static_cast<int>(observed_elements(replica).size());
    const auto whole = trained<GradientDescent, double, 5>(replica, 1).factors(0);
    Exact mean(whole.size(), 0.0L);
    std::vector<int> times(static_cast<std::size_t>(count), 0);
    int found = 0;
    for (replica.draws = 0; found < count && replica.draws < 10000; ++replica.draws) {
      const int entry = uniform_draw(replica, replica.draws, count);
      if (times[static_cast<std::size_t>(entry)]++ > 0) continue;
      ++found;
      const auto after = trained<SingleEntrySgd, double, 5>(replica, 1).factors(0);
      for (std::size_t k = 0; k < after.size(); ++k) mean[k] += after[k] / static_cast<long double>(count);
    }
    ASSERT_EQ(found, count);
    for (std::size_t k = 0; k < whole.size(); ++k) ASSERT_NEAR(static_cast<double>(mean[k]), whole[k], 1e-14);
  }
}

// Both optimizers descend the same gradient when one entry is drawn, so they part by rounding alone.
TEST(SingleEntrySgd, AgreesWithABatchOfOne) {
  for (const kernels::Shape& shape : deep_shapes()) {
    const Replica replica = made(shape, 91, 0.05);
    for (kernels::Sampling sampling :
         {kernels::Sampling::uniform, kernels::Sampling::shuffled, kernels::Sampling::cyclic}) {
      TrainerSettings settings;
      settings.sampling = sampling;
      const auto chain = trained<SingleEntrySgd, double, 8>(replica, 100, settings).factors(0);
      const auto batch = trained<BatchSgd, double, 8>(replica, 100, settings).factors(0);
      for (std::size_t k = 0; k < chain.size(); ++k) ASSERT_NEAR(chain[k], batch[k], 1e-12);
    }
  }
}

// One shuffled epoch in one batch is full-batch descent.
TEST(BatchSgd, OneEpochInOneBatchIsGradientDescent) {
  for (kernels::Sampling sampling : {kernels::Sampling::shuffled, kernels::Sampling::cyclic}) {
    Replica replica = made(make_shape({5, 3, 4, 4}), 92, 0.05);
    replica.draws = 0;
    TrainerSettings settings;
    settings.sampling = sampling;
    settings.batch_size = static_cast<int>(observed_elements(replica).size());
    const auto batch = trained<BatchSgd, double, 5>(replica, 30, settings).factors(0);
    const auto descent = trained<GradientDescent, double, 5>(replica, 30).factors(0);
    for (std::size_t k = 0; k < batch.size(); ++k) ASSERT_NEAR(batch[k], descent[k], 1e-13);
  }
}

}  // namespace
}  // namespace rankfall
