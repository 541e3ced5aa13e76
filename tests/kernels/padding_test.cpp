// Padding changes no value: the same replica in its smallest and in larger buckets.
#include <gtest/gtest.h>

#include "backend/lanes.hpp"
#include "tests/kernels/buckets.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

template <class Optimizer, class V, int D>
std::vector<std::vector<kernels::RealOf<V>>> in_bucket(const std::vector<Replica>& replicas, TrainerSettings settings) {
  Trainer<V, D> trainer(replicas, settings);
  trainer.template train<Optimizer>(60);
  std::vector<std::vector<kernels::RealOf<V>>> factors;
  for (std::size_t q = 0; q < replicas.size(); ++q) factors.push_back(trainer.stored(static_cast<int>(q)));
  return factors;
}

template <class Optimizer, class V, int... D>
void buckets_agree(const kernels::Shape& shape, TrainerSettings settings, std::integer_sequence<int, D...>) {
  std::vector<Replica> replicas;
  for (int q = 0; q < kernels::ValueTraits<V>::lanes; ++q) {
    replicas.push_back(make_replica(shape, 300u + q));
    replicas.back().ridge = 0.3;
    replicas.back().learning_rate = 0.02;
  }
  const auto exact = in_bucket<Optimizer, V, 4>(replicas, settings);
  const auto expect_equal = [&](const auto& padded, int bucket) {
    for (std::size_t q = 0; q < exact.size(); ++q)
      for (std::size_t k = 0; k < exact[q].size(); ++k)
        ASSERT_EQ(padded[q][k], exact[q][k]) << "bucket " << bucket << ", lane " << q << ", element " << k;
  };
  (expect_equal(in_bucket<Optimizer, V, D>(replicas, settings), D), ...);
  for (int pitch : {8, 24, 33}) {  // 33: row_pitch of 32
    settings.pitch = pitch;
    expect_equal(in_bucket<Optimizer, V, 0>(replicas, settings), 0);
  }
}

template <class V, class Buckets>
void all_optimizers(Buckets buckets) {
  const TrainerSettings single{1, kernels::Sampling::uniform, 8}, batch{3, kernels::Sampling::shuffled, 8};
  for (const auto& shape : {make_shape({4, 4, 4, 4}), make_shape({3, 4, 2, 4}), make_shape({2, 3})})
    buckets_agree<kernels::GradientDescent, V>(shape, single, buckets);
  buckets_agree<kernels::GradientDescent, V>(make_symmetric_shape(4, 3), single, buckets);
  for (const auto& shape : {make_shape({4, 4, 4, 4}), make_shape({3, 4, 2, 4}), make_shape({4, 1, 3})}) {
    buckets_agree<kernels::SingleEntrySgd, V>(shape, single, buckets);
    buckets_agree<kernels::BatchSgd, V>(shape, batch, buckets);
    buckets_agree<kernels::SmallBatchSgd, V>(shape, {2, kernels::Sampling::shuffled, 8}, buckets);
  }
}

TEST(Padding, ChangesNoFloat) { all_optimizers<float>(WideBuckets{}); }
TEST(Padding, ChangesNoDouble) { all_optimizers<double>(SomeWideBuckets{}); }
TEST(Padding, ChangesNoLane) { all_optimizers<Lanes<float>>(SomeWideBuckets{}); }

}  // namespace
}  // namespace rankfall
