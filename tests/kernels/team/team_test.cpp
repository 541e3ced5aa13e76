// A team of threads gives the bits of one thread, whatever its size. Run under ThreadSanitizer it proves that no member
// reads what another has yet to write. Small and short: every sync() is a barrier of more threads than cores.
#include <gtest/gtest.h>

#include "backend/lanes.hpp"
#include "kernels/advance.hpp"
#include "kernels/normal.hpp"
#include "kernels/spectrum.hpp"
#include "tests/kernels/same_bits.hpp"
#include "tests/kernels/team/thread_team.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

using kernels::BatchSgd;
using kernels::GradientDescent;
using kernels::SensingDescent;
using kernels::SensingSgd;
using kernels::SingleEntrySgd;

template <class V>
std::vector<Replica> replicas_of(const kernels::Shape& shape) {
  std::vector<Replica> replicas;
  for (int q = 0; q < kernels::ValueTraits<V>::lanes; ++q) {
    replicas.push_back(make_replica(shape, 60u + q));
    replicas.back().ridge = 1.0 + 0.5 * q;  // renormalises within a few steps
    replicas.back().draws = 5u * q;
  }
  return replicas;
}

template <class Optimizer, class V, int D>
void team_equals_serial(const kernels::Shape& shape, const TrainerSettings& settings,
                        const std::vector<int>& sizes = {2, 3, 7}, int steps = 12) {
  std::vector<Replica> replicas = replicas_of<V>(shape);
  if (kernels::senses<Optimizer>)
    for (Replica& replica : replicas) measure(replica, 41);
  Trainer<V, D> serial(replicas, settings);
  serial.template train<Optimizer>(steps);
  for (int size : sizes) {
    Trainer<V, D> shared(replicas, settings);
    kernels::Trainee<V>& trainee = shared.template prepare<Optimizer>();
    run_team(size, [&](const ThreadTeam& team) { kernels::train<Optimizer>(team, shared.pitch(), trainee, steps); });
    for (std::size_t q = 0; q < replicas.size(); ++q) {
      SCOPED_TRACE(testing::Message() << size << " threads, depth " << shape.factors << ", lane " << q);
      expect_same_bits(shared.stored(static_cast<int>(q)), serial.stored(static_cast<int>(q)));
      EXPECT_EQ(shared.scale(static_cast<int>(q)), serial.scale(static_cast<int>(q)));
      EXPECT_LT(serial.scale(static_cast<int>(q)), 1.0);
    }
  }
}

const kernels::Shape deep_shapes[] = {make_shape({5, 5, 5}), make_shape({4, 2, 5, 3})};
const kernels::Shape batch_shapes[] = {make_shape({4, 3}), make_shape({4, 2, 5, 3}), make_symmetric_shape(5, 2)};
constexpr kernels::Sampling samplings[] = {kernels::Sampling::uniform, kernels::Sampling::shuffled,
                                           kernels::Sampling::cyclic};

template <class V, int D>
void descend() {
  for (const auto& shape : batch_shapes) team_equals_serial<GradientDescent, V, D>(shape, {});
}
template <class V, int D>
void draw_single_entries() {
  for (const auto& shape : deep_shapes)
    for (kernels::Sampling sampling : samplings) team_equals_serial<SingleEntrySgd, V, D>(shape, {1, sampling, 8});
}
template <class V, int D>
void draw_batches() {
  for (const auto& shape : batch_shapes)
    for (kernels::Sampling sampling : samplings) team_equals_serial<BatchSgd, V, D>(shape, {4, sampling, 8});
}
template <class V, int D>
void draw_small_batches() {
  for (const auto& shape : deep_shapes)
    for (kernels::Sampling sampling : samplings) team_equals_serial<kernels::SmallBatchSgd, V, D>(shape, {2, sampling, 8});
}

TEST(ThreadsOfATeam, DescendsLikeOneThread) {
  descend<float, 5>();
  descend<double, 12>();
  descend<double, 0>();
}

TEST(ThreadsOfATeam, DrawsSingleEntriesLikeOneThread) {
  draw_single_entries<float, 5>();
  draw_single_entries<double, 12>();
  draw_single_entries<float, 0>();
}

TEST(ThreadsOfATeam, DrawsSmallBatchesLikeOneThread) {
  draw_small_batches<float, 5>();
  draw_small_batches<double, 12>();
  draw_small_batches<float, 0>();
}

TEST(ThreadsOfATeam, DrawsBatchesLikeOneThread) {
  draw_batches<float, 5>();
  draw_batches<double, 12>();
  draw_batches<double, 0>();
}

TEST(ThreadsOfATeam, SenseLikeOneThread) {
  for (const auto& shape : batch_shapes) {
    team_equals_serial<SensingDescent, float, 5>(shape, {});
    team_equals_serial<SensingDescent, double, 0>(shape, {});
    for (kernels::Sampling sampling : samplings) team_equals_serial<SensingSgd, double, 12>(shape, {3, sampling, 8});
  }
  team_equals_serial<SensingSgd, Lanes<float>, 5>(batch_shapes[1], {2});
}

// The teams of a GPU: a warp, three of them, four. More threads than work in most loops.
TEST(ThreadsOfATeam, MayBeAsManyAsABlockHas) {
  const std::vector<int> sizes{32, 96, 128};
  const kernels::Shape shape = make_shape({11, 9, 12, 10});
  const TrainerSettings single{1, kernels::Sampling::shuffled, 16}, batch{4, kernels::Sampling::uniform, 16};
  team_equals_serial<GradientDescent, float, 12>(shape, {}, sizes, 2);
  team_equals_serial<SingleEntrySgd, float, 12>(shape, single, sizes, 2);
  team_equals_serial<BatchSgd, double, 0>(shape, batch, sizes, 2);
  team_equals_serial<kernels::SmallBatchSgd, float, 12>(shape, batch, sizes, 2);
}

// A team sweeps by antidiagonals, one thread row by row.
TEST(ThreadsOfATeam, FindTheSingularValuesOfOneThread) {
  for (const auto& [rows, columns] : {std::pair{7, 7}, {9, 4}, {12, 11}, {5, 2}, {3, 1}}) {
    kernels::VariateSequence variates = variates_of(static_cast<std::uint32_t>(rows));
    std::vector<double> a(static_cast<std::size_t>(rows * columns)), serial(static_cast<std::size_t>(columns));
    for (double& x : a) x = variates.normal();
    std::vector<double> by_one = a;
    kernels::singular_values<double>(kernels::SerialTeam{}, rows, columns, by_one.data(), serial.data());
    for (int size : {2, 5, 32}) {
      std::vector<double> by_team = a, value(serial.size(), -1.0);
      run_team(size, [&](const ThreadTeam& team) {
        kernels::singular_values<double>(team, rows, columns, by_team.data(), value.data());
      });
      expect_same_bits(value, serial);
      expect_same_bits(by_team, by_one);
    }
  }
}

}  // namespace
}  // namespace rankfall
