// Learning on from a decoupled start: numbers of an independent program, and the program's own flows.
#include "theory/plasticity.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

// W21 where a 2 x 2 flow ends on W11 = W12 = W22 = 1, from factors that are all alike.
double hidden_end(int depth, const dense::Dense& factor) {
  const std::vector<ObservedEntry> entries{{0, 0, 1.0}, {0, 1, 1.0}, {1, 1, 1.0}};
  const auto w = end_of_flow(std::vector<dense::Dense>(static_cast<std::size_t>(depth), factor), entries, {1, 1, 1, 1});
  return w ? w->entries[2] : std::nan("");
}

// Mixing that pre-trains depth 2 to [[1, c], [c, 1]].
AffineFamily with_off_diagonal(double c) {
  const double root = std::sqrt((1 - c) / (1 + c));
  return {2, 2, 1, 0.1, (1 - root) / (1 + root), 1.0};
}

TEST(Plasticity, HasTheEndsOfAnIndependentProgram) {
  EXPECT_NEAR(hidden_end(2, affine_factor_at_rest(with_off_diagonal(0.0))), -0.0347156, 1e-6);
  EXPECT_NEAR(hidden_end(2, affine_factor_at_rest(with_off_diagonal(0.5))), 0.401106, 1e-6);
  EXPECT_NEAR(hidden_end(2, affine_factor_at_rest(with_off_diagonal(0.9))), 0.834230, 1e-6);
  EXPECT_NEAR(hidden_end(3, affine_factor_at_rest({3, 2, 1, 0.1, 0.1, 1.0})), 0.915431, 1e-6);
  EXPECT_NEAR(hidden_end(3, {2, 2, {0.1, 0.01, 0.01, 0.1}}), 0.995598, 1e-6);
}

// The product of the factors at rest has the observed diagonal, and the ratio of the affine family.
TEST(Plasticity, StartsWhereTheDiagonalEnds) {
  for (const int depth : {2, 3, 4})
    for (const double mixing : {0.0, 0.2, 0.7}) {
      const AffineFamily family{depth, 4, 1, 0.05, mixing, 1.5};
      const dense::Dense factor = affine_factor_at_rest(family);
      dense::Dense w = factor;
      for (int l = 1; l < depth; ++l) w = dense::product(factor, w);
      EXPECT_NEAR(w(2, 2), 1.5, 1e-12);
      const double apart = w(0, 0) - w(0, 1), joint = apart + 4 * w(0, 1);
      EXPECT_NEAR(apart / joint, affine_ratio(family), 1e-12);
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
  EXPECT_FALSE(learns_on(experiment, test::parse(text, {"phase.pre.observed=full"}).cells[0]));
  EXPECT_FALSE(learns_on(experiment, test::parse(text, {"problem.noise=0.1"}).cells[0]));
}

}  // namespace
}  // namespace rankfall
