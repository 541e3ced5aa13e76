// Learning on from a decoupled start: numbers of an independent program, and the program's own flows.
#include "theory/plasticity.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

// W21 where a 2 x 2 flow ends on W11 = W12 = W22 = 1: from an affine start, after the diagonal alone or at once.
double hidden_end(int depth, double scale, double mixing, bool pretrained) {
  const std::vector<ObservedEntry> diagonal{{0, 0, 1.0}, {1, 1, 1.0}}, more{{0, 0, 1.0}, {0, 1, 1.0}, {1, 1, 1.0}};
  const double off = scale * mixing;
  std::optional<std::vector<dense::Dense>> factors(std::vector<dense::Dense>(static_cast<std::size_t>(depth), {2, 2, {scale, off, off, scale}}));
  if (pretrained) factors = flowed(*factors, diagonal, {1, 1, 1, 1}, 1e6);
  factors = flowed(*factors, more, {1, 1, 1, 1}, 1e6);
  dense::Dense w = (*factors)[0];
  for (int l = 1; l < depth; ++l) w = dense::product((*factors)[static_cast<std::size_t>(l)], w);
  return w.entries[2];
}

// Mixing that pre-trains depth 2 to [[1, c], [c, 1]].
double mixing_for(double c) {
  const double root = std::sqrt((1 - c) / (1 + c));
  return (1 - root) / (1 + root);
}

TEST(Plasticity, HasTheEndsOfAnIndependentProgram) {
  EXPECT_NEAR(hidden_end(2, 0.1, mixing_for(0.0), true), -0.0347156, 1e-6);
  EXPECT_NEAR(hidden_end(2, 0.01, mixing_for(0.5), true), 0.401106, 1e-6);
  EXPECT_NEAR(hidden_end(2, 0.1, mixing_for(0.9), true), 0.834230, 1e-6);
  EXPECT_NEAR(hidden_end(3, 0.1, 0.1, true), 0.915431, 1e-6);
  EXPECT_NEAR(hidden_end(3, 0.1, 0.1, false), 0.995598, 1e-6);
}

// Depth 2 on the diagonal: the eigenvalues of a factor keep their ratio, and s = l^2 of the diagonal start follows the
// logistic curve s(t) = w / (1 + (w/s0 - 1) exp(-2 w t)).
TEST(Plasticity, FollowsTheLogisticCurve) {
  const std::vector<ObservedEntry> diagonal{{0, 0, 1.0}, {1, 1, 1.0}};
  for (const double time : {0.5, 1.5, 4.0}) {
    const auto factors = flowed({{2, 2, {0.2, 0, 0, 0.2}}, {2, 2, {0.2, 0, 0, 0.2}}}, diagonal, {1.5, 0, 0, 1.5}, time);
    ASSERT_TRUE(factors);
    const double s = std::pow((*factors)[0].entries[0], 2.0);
    EXPECT_NEAR(s, 1.5 / (1 + (1.5 / 0.04 - 1) * std::exp(-3.0 * time)), 1e-6);
    EXPECT_EQ((*factors)[1].entries[1], 0.0);
  }
}

TEST(Plasticity, StandsBesideWarmAndColdStarts) {
  const std::string text =
      "precision = 'float64'\nreplicas = 1\n[problem]\ntarget = [[1, 1, 1], [1, 1, 1], [1, 1, 1]]\nobserved = 'diagonal'\n"
      "[model]\ndepth = 2\n[initialization]\nkind = 'affine'\nscale = 0.1\nmixing = 0.3\n[objective]\nloss = 'half-sum-squared'\n"
      "[[phase]]\nname = 'pre'\noptimizer = 'gradient-flow'\ntime = 1e4\nrelative_tolerance = 1e-10\nstop = { loss = 1e-22 }\n"
      "[[phase]]\nname = 'more'\noptimizer = 'gradient-flow'\nobserved = 'chain'\ntime = 1e4\nrelative_tolerance = 1e-10\n"
      "stop = { loss = 1e-20 }\n[probe]\nevery = 20\n[compare]\ncold_start = true\n[sweep]\n\"model.depth\" = [2, 3]\n";
  const Experiment experiment = test::parse(text);
  const RunResults results = test::train(experiment);
  std::vector<CellEstimate> estimates(results.size());
  add_laws(experiment, results, estimates);
  for (const CellEstimate& estimate : estimates) {
    const auto found = std::find_if(estimate.laws.begin(), estimate.laws.end(), [](const auto& law) { return law.law == "plasticity_limit"; });
    ASSERT_NE(found, estimate.laws.end());
    EXPECT_LT(found->largest_difference, 1e-5);
  }
  EXPECT_FALSE(learns_on(experiment, test::parse(text, {"phase.more.observed=diagonal"}).cells[0]));
  EXPECT_FALSE(learns_on(experiment, test::parse(text, {"objective.ridge=1e-3"}).cells[0]));
  EXPECT_FALSE(learns_on(experiment, test::parse(text, {"phase.pre.stop.rank_at_least=2"}).cells[0]));
  EXPECT_FALSE(learns_on(experiment, test::parse(text, {"problem.noise=0.1"}).cells[0]));
}

}  // namespace
}  // namespace rankfall
