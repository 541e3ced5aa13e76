// Plateaus: in made-up gradient norms, and in flows whose escapes are known in closed form.
#include "backend/plateaus.hpp"

#include <gtest/gtest.h>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

std::vector<Rest> found_in(const std::vector<double>& norms, const PlateauRule& rule) { return rests(norms, rule); }
const PlateauRule tenth{true, 0.1}, below_one{false, 1.0};

TEST(Plateaus, LieBetweenPeaks) {
  using All = std::vector<Rest>;
  EXPECT_EQ(found_in({1, 30, 200, 20, 0.5, 0.4, 0.45, 8, 80, 3, 0.1, 0.01}, tenth), (All{{0, 0, 0}, {3, 7, 5}}));
  EXPECT_EQ(found_in({50, 4, 1, 5, 20, 90, 4}, tenth), (All{{1, 3, 2}}));  // the start is a peak, too
  EXPECT_EQ(found_in({9, 8, 5, 3, 9, 4, 8}, tenth), All{});                // swings that are too small
  EXPECT_EQ(found_in({5, 3, 1, 0.1, 0.01, 0.001}, tenth), All{});          // never left: a minimum
  EXPECT_EQ(found_in({0, 0, 2, 1}, tenth), (All{{0, 1, 0}}));              // a saddle, exactly
  EXPECT_EQ(found_in({}, tenth), All{});
  EXPECT_EQ(found_in({1, 0.1, 7, 0.2, 3, 0.1, 7}, {true, 0.5}), (All{{1, 1, 1}, {3, 3, 3}, {5, 5, 5}}));
}

TEST(Plateaus, OfAnAbsoluteLevelEndWhereItIsExceeded) {
  using All = std::vector<Rest>;
  EXPECT_EQ(found_in({0.5, 1, 2, 0.9, 0.2, 0.3, 4, 0.1}, below_one), (All{{0, 1, 0}, {3, 5, 4}}));
  EXPECT_EQ(found_in({3, 2, 0.5}, below_one), All{});
}

// Depth 3 from W_l = s I on diag(2, 1): mode i escapes at 1 / (s lambda_i) (docs/theory.md). The plateau ends where x^2
// (lambda - x^3) of that mode is a tenth of its peak, at x = x_e: earlier by 1 / (x_e lambda), and by the integral's rest.
const std::string two_escapes = R"(
replicas = 2
[problem]
target = [[2, 0], [0, 1]]
[model]
depth = 3
[initialization]
kind = 'identity'
scale = 1e-3
[objective]
loss = 'half-sum-squared'
[[phase]]
optimizer = 'gradient-flow'
time = 1200
[probe]
times = { linspace = [0, 1200, 1201] }
trajectory = true
plateau = {}
)";

TEST(Plateaus, OfDepthThreeLastAsLongAsTheoryHasIt) {
  const ReplicaResults found = train_one_cell(two_escapes);
  ASSERT_EQ(found.plateaus.size(), 4u);
  const double left[] = {0.2285, 0.1815};  // x_e for lambda = 2, 1
  const double loss[] = {2.5, 0.5};
  double begin = 0.0;
  for (int k = 0; k < 2; ++k) {
    const Plateau &plateau = found.plateaus[static_cast<std::size_t>(k)], &other = found.plateaus[static_cast<std::size_t>(k) + 2];
    const double lambda = 2.0 - k, end = (1000.0 - 1.0 / left[k]) / lambda;
    EXPECT_EQ(plateau.rank, k);
    EXPECT_NEAR(plateau.loss, loss[k], 1e-3);
    EXPECT_NEAR(plateau.time_end, end, 2.0);
    EXPECT_NEAR(plateau.time_end, 1000.0 / lambda, 0.01 * 1000.0 / lambda);
    EXPECT_GE(plateau.time_begin, begin);
    EXPECT_LT(plateau.time_begin, begin + 6.0);  // ends of relaxation
    EXPECT_EQ(plateau.replica, 0);
    EXPECT_EQ(other.replica, 1);
    EXPECT_EQ(other.time_end, plateau.time_end);
    begin = end;
  }
  EXPECT_EQ(found.plateaus[0].time_begin, 0.0);
}

TEST(Plateaus, OfAnAbsoluteLevelAreTheSameButForTheirEnds) {
  const ReplicaResults found = train_one_cell(two_escapes, {"probe.plateau={gradient_norm=0.01}"});
  ASSERT_EQ(found.plateaus.size(), 4u);
  for (int k = 0; k < 2; ++k) {
    EXPECT_EQ(found.plateaus[static_cast<std::size_t>(k)].rank, k);
    EXPECT_LE(found.plateaus[static_cast<std::size_t>(k)].gradient_norm, 0.01);
    EXPECT_NEAR(found.plateaus[static_cast<std::size_t>(k)].time_end, 1000.0 / (2 - k), 0.02 * 1000.0 / (2 - k));
  }
}

TEST(Plateaus, OfALaterPhaseCountFromTheRunsStart) {
  const std::string twice = two_escapes + "[[phase]]\nname = 'again'\noptimizer = 'gradient-flow'\ntime = 1\nobserved = [[0, 1]]\n";
  const ReplicaResults once = train_one_cell(two_escapes), both = train_one_cell(twice);
  ASSERT_EQ(both.plateaus.size(), once.plateaus.size());  // the second phase has nothing to leave
  for (std::size_t k = 0; k < once.plateaus.size(); ++k) EXPECT_EQ(both.plateaus[k].step_end, once.plateaus[k].step_end);
}

}  // namespace
}  // namespace rankfall
