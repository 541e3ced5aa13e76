// A gradient flow by a team of threads has the bits of one thread's, whatever its size.
#include <gtest/gtest.h>

#include "tests/kernels/flow.hpp"
#include "tests/kernels/memory.hpp"
#include "tests/kernels/same_bits.hpp"
#include "tests/kernels/team/thread_team.hpp"

namespace rankfall {
namespace {

template <int D, class Loss = kernels::EntryLoss>
void team_equals_serial(const kernels::Shape& shape, const std::vector<int>& sizes, double steps) {
  Replica replica = make_replica(shape, 70u);
  replica.ridge = 0.1;
  if (std::is_same_v<Loss, kernels::MeasuredLoss>) measure(replica, 41);
  const FlowSettings settings{1e-8, 0.0, 16};
  Flow<double, D, Loss> serial({replica}, settings);
  serial.advance(5.0, steps);
  for (int size : sizes) {
    SCOPED_TRACE(testing::Message() << size << " threads, depth " << shape.factors);
    Flow<double, D, Loss> shared({replica}, settings);
    const auto& leg = shared.begin_leg({5.0}, steps);
    const kernels::FlowLeg<double> begin = leg;
    run_team(size, [&](const ThreadTeam& team) { shared.advance_by(team, begin); });
    expect_same_bits(shared.factors(0), serial.factors(0));
    EXPECT_EQ(shared.time(0), serial.time(0));
    EXPECT_EQ(shared.step(0), serial.step(0));
    EXPECT_EQ(shared.steps(0), serial.steps(0));
  }
}

TEST(ThreadsOfATeam, FlowLikeOneThread) {
  for (const auto& shape : {make_shape({4, 3}), make_shape({4, 2, 5, 3}), make_symmetric_shape(5, 2)})
    team_equals_serial<5>(shape, {2, 3, 7}, 12);
  team_equals_serial<12>(make_shape({11, 9, 12, 10}), {32, 96}, 2);
  team_equals_serial<0>(make_shape({11, 9, 12, 10}), {4}, 3);
  team_equals_serial<5, kernels::MeasuredLoss>(make_shape({4, 2, 5, 3}), {2, 7}, 6);
  team_equals_serial<12, kernels::MeasuredLoss>(make_symmetric_shape(11, 3), {32}, 2);
}

template <int D>
void memory_of_a_team_equals_serial(const kernels::Shape& shape, const std::vector<int>& sizes) {
  const Replica replica = make_replica(shape, 71u);
  for (const kernels::DescentTerms<double>& terms : {kernels::DescentTerms<double>{0.03, 0.02, 0.9, 0.0, 1.0}, {0.02, 0.02, 0.0, 0.9, 1e-3}}) {
    Remembering<float, D> serial({replica}, terms, 16);
    serial.train(5);
    for (int size : sizes) {
      Remembering<float, D> shared({replica}, terms, 16);
      auto& trainee = shared.prepare();
      const auto begin = shared.memory();
      run_team(size, [&](const ThreadTeam& team) { shared.train_by(team, trainee, begin, 5); });
      expect_same_bits(shared.stored(0), serial.stored(0));
      EXPECT_EQ(shared.rise(0), serial.rise(0));
      EXPECT_EQ(shared.memory().mean_square, serial.memory().mean_square);
    }
  }
}

TEST(ThreadsOfATeam, RememberLikeOneThread) {
  for (const auto& shape : {make_shape({4, 3}), make_shape({4, 2, 5, 3}), make_symmetric_shape(5, 2)})
    memory_of_a_team_equals_serial<5>(shape, {2, 7});
  memory_of_a_team_equals_serial<0>(make_shape({11, 9, 12, 10}), {4, 32});
}

}  // namespace
}  // namespace rankfall
