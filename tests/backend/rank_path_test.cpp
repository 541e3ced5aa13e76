// A probe that only counts ranks decides as one that finds the singular values, and seldom has to find them.
#include <gtest/gtest.h>

#include "backend/observer.hpp"
#include "backend/replica_run.hpp"
#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

template <class Real>
class RankPath : public testing::Test {};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(RankPath, Reals);

// Lanes of random replicas, at the start and in the middle of training.
template <class Real>
struct Group {
  Experiment experiment;
  const Cell& cell = experiment.cells.front();
  ProblemInstance problem = draw_problem(experiment, cell, 0);
  LaneGroup<Real> group{cell.model};
  Observer<Real> observer{cell.model};

  explicit Group(const std::string& text) : experiment(parse(text)) {
    const ObservedData& data = problem.phase.front();
    group.open_phase(cell.phases.front(), data);
    observer.set_data(data, problem.target);
    observer.set_objective(loss_scale(cell.phases.front(), data.entries.size()), cell.phases.front().ridge);
    for (int lane = 0; lane < LaneGroup<Real>::lanes; ++lane) {
      const DrawnFactors drawn = draw_factors(experiment, cell, lane, 0);
      ReplicaState<Real> state;
      for (const auto& factor : drawn.factor)
        for (double w : factor) state.factors.push_back(static_cast<Real>(w));
      group.load(lane, state, {draw_source(experiment, cell, lane, kernels::Stream::sampling, 0, 0), 0,
                               cell.phases.front().learning_rate, cell.phases.front().ridge});
    }
  }
  std::vector<WantedRank> wanted(double tolerance) const {
    std::vector<WantedRank> all;
    for (int lane = 0; lane < LaneGroup<Real>::lanes; ++lane) all.push_back({lane, tolerance * (1.0 + 0.1 * lane)});
    return all;
  }
};

std::string text_of(int rows, int columns) {
  return "seed = 2\nreplicas = 1\n[problem]\nrows = " + std::to_string(rows) + "\ncolumns = " + std::to_string(columns) +
         "\nrank = 2\n[model]\ndepth = 3\n[initialization]\nscale = 0.4\n[objective]\nridge = 0.01\n"
         "[[phase]]\nlearning_rate = 0.02\nsteps = 1000\n";
}

TYPED_TEST(RankPath, CountsWhatTheSpectrumHas) {
  for (const auto& [rows, columns] : {std::pair{5, 5}, {3, 7}, {10, 4}, {2, 6}, {12, 12}}) {
    Group<TypeParam> lanes(text_of(rows, columns));
    for (int round = 0; round < 20; ++round) {
      lanes.group.advance(40);
      for (double tolerance : {1.0, 0.1, 4e-3, 1e-5, 1e-9}) {
        const auto wanted = lanes.wanted(tolerance);
        lanes.observer.observe(lanes.group, Detail::rank, wanted);
        std::vector<int> counted;
        for (const WantedRank& want : wanted) counted.push_back(lanes.observer.rank(want.lane));
        const LaneReading reading = lanes.observer.reading(0);
        lanes.observer.observe(lanes.group, Detail::spectrum);
        for (const WantedRank& want : wanted)
          EXPECT_EQ(counted[static_cast<std::size_t>(want.lane)], lanes.observer.rank(want.lane, want.tolerance));
        EXPECT_EQ(reading.objective, lanes.observer.reading(0).objective);
      }
    }
  }
}

TYPED_TEST(RankPath, SeldomFindsSingularValues) {
  Group<TypeParam> lanes(text_of(8, 8));
  for (int round = 0; round < 50; ++round) {
    lanes.group.advance(20);
    lanes.observer.observe(lanes.group, Detail::rank, lanes.wanted(4e-3));
  }
  EXPECT_LE(lanes.observer.spectra_found(), 5);
}

// Only replicas that are asked about can cause a doubt, and numbers that are not finite are one.
TYPED_TEST(RankPath, FindsThemWhereThereIsADoubt) {
  Group<TypeParam> lanes(text_of(4, 4));
  ReplicaState<TypeParam> broken;
  lanes.group.store(1, broken);
  broken.factors[0] = std::numeric_limits<TypeParam>::infinity();
  lanes.group.load(1, broken, {});
  const std::vector<WantedRank> sound{{0, 0.1}}, both{{0, 0.1}, {1, 0.1}};
  lanes.observer.observe(lanes.group, Detail::rank, sound);
  EXPECT_EQ(lanes.observer.spectra_found(), 0);
  lanes.observer.observe(lanes.group, Detail::rank, both);
  EXPECT_EQ(lanes.observer.spectra_found(), 1);
  EXPECT_FALSE(lanes.observer.reading(1).finite());
  EXPECT_TRUE(lanes.observer.reading(0).finite());
}

}  // namespace
}  // namespace rankfall
