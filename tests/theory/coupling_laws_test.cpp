// Laws of coupling beside the program's own flows and descents, from experiment texts.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/backend/support.hpp"
#include "theory/coupling_laws.hpp"

namespace rankfall {
namespace {

struct Trained {
  Experiment experiment;
  RunResults results;
  std::vector<CellEstimate> estimates;

  explicit Trained(const std::string& text, const Overrides& overrides = {}) : experiment(test::parse(text, overrides)) {
    results = test::train(experiment);
    estimates.resize(results.size());
    add_laws(experiment, results, estimates);
  }
  const LawComparison* law(const std::string& name, std::size_t cell = 0) const {
    for (const LawComparison& each : estimates.at(cell).laws)
      if (each.law == name) return &each;
    return nullptr;
  }
};

const std::string half_loss = "[objective]\nloss = 'half-sum-squared'\n";
const std::string flow_phase = "[[phase]]\noptimizer = 'gradient-flow'\ntime = 1e5\nrelative_tolerance = 1e-10\nstop = { loss = 1e-18 }\n[probe]\nevery = 50\n";

const std::string diagonal_text =
    "precision = 'float64'\nreplicas = 6\n[problem]\ntarget = [[1, 0, 0], [0, -0.5, 0], [0, 0, 2]]\nobserved = 'diagonal'\n"
    "[model]\nwidth = 4\n[initialization]\nscale = 0.5\nrequire = 'positive-determinant'\n" + half_loss;

TEST(DiagonalLaw, IsThatOfEveryStart) {
  const Trained flowed(diagonal_text + flow_phase);
  ASSERT_NE(flowed.law("diagonal_limit"), nullptr);
  EXPECT_EQ(flowed.law("diagonal_limit")->replicas, 6);
  EXPECT_LT(flowed.law("diagonal_limit")->largest_difference, 1e-7);
  EXPECT_GT(flowed.law("diagonal_limit")->predicted, 1.05);
  const auto& tries = flowed.results[0].tries;
  EXPECT_GT(*std::max_element(tries.begin(), tries.end()), 1);  // or redrawn starts were not seen
}

// Of gd the distance from the flow's limit is of the order of the rate.
TEST(DiagonalLaw, IsOffByAsMuchAsTheRateOfDescent) {
  double difference[2];
  for (const int k : {0, 1}) {
    const Trained descended(diagonal_text + "[[phase]]\nlearning_rate = " + (k == 0 ? "0.02" : "0.01") +
                            "\nsteps = 20000\nstop = { loss = 1e-20 }\n[probe]\nevery = 100\n");
    ASSERT_NE(descended.law("diagonal_limit"), nullptr);
    difference[k] = descended.law("diagonal_limit")->largest_difference;
  }
  EXPECT_LT(difference[0], 0.05);
  EXPECT_NEAR(difference[0] / difference[1], 2.0, 0.2);
}

TEST(DiagonalLaw, HoldsForNoiseAndProblemsOfTheirOwn) {
  const Trained own("precision = 'float64'\nreplicas = 4\n[problem]\nrows = 3\nrank = 2\nnoise = 0.3\nobserved = 'diagonal'\ninstances = 'per-replica'\n"
                    "[initialization]\nscale = 0.4\n" + half_loss + flow_phase);
  ASSERT_NE(own.law("diagonal_limit"), nullptr);
  EXPECT_LT(own.law("diagonal_limit")->largest_difference, 1e-6);
  EXPECT_NE(own.law("nuclear_norm_limit"), nullptr);
  EXPECT_EQ(Trained(diagonal_text + flow_phase, {"model.depth=3"}).law("diagonal_limit"), nullptr);
  EXPECT_EQ(Trained(diagonal_text + flow_phase, {"objective.ridge=0.01", "phase.phase1.time=5"}).law("diagonal_limit"), nullptr);
}

// Bai, Zhao & Zhang: complete components, here 2 x 2 and 1 x 1 in any order.
TEST(NuclearNormLaw, HoldsInTheLimitOfSmallStarts) {
  const std::string text = "precision = 'float64'\nreplicas = 5\n[problem]\ntarget = [[1, 5, 2], [0, 3, 0], [-1, 4, 1]]\n"
                           "observed = [[0, 0], [0, 2], [2, 0], [2, 2], [1, 1]]\n[initialization]\nscale = 1e-4\n" + half_loss + flow_phase;
  const Trained small(text), large(text, {"initialization.scale=0.5"});
  ASSERT_NE(small.law("nuclear_norm_limit"), nullptr);
  EXPECT_NEAR(small.law("nuclear_norm_limit")->predicted, std::sqrt(13.0) + 3.0, 1e-9);  // of [[1, 2], [-1, 1]]: s1^2 + s2^2 = 7, s1 s2 = 3
  EXPECT_LT(small.law("nuclear_norm_limit")->largest_difference, 1e-3);
  EXPECT_GT(large.law("nuclear_norm_limit")->largest_difference, 10.0 * small.law("nuclear_norm_limit")->largest_difference);
  EXPECT_EQ(Trained(text, {"problem.observed=[[0,0],[0,2],[2,0],[1,1]]"}).law("nuclear_norm_limit"), nullptr);
  EXPECT_EQ(Trained(text, {"problem.observed=[[0,0],[0,2],[0,1],[1,1]]"}).law("nuclear_norm_limit"), nullptr);
}

TEST(RankExponentLaw, IsThatOfTheObservedTargetsGap) {
  const std::string text = "precision = 'float64'\nreplicas = 1\n[problem]\ntarget = [[1, 1], [1, 1]]\nobserved = [[0, 0], [0, 1], [1, 1]]\n"
                           "[initialization]\nkind = 'identity'\n" + half_loss + flow_phase +
                           "[sweep]\n'model.depth' = [2, 3, 4]\n'initialization.scale' = [0.005, 0.015, 0.045]\n";
  const Trained trained(text);
  for (const std::size_t depth : {2u, 3u, 4u}) {
    const std::size_t first = (depth - 2) * 3;
    EXPECT_EQ(trained.law("rank_exponent", first + 2), nullptr);  // nothing larger
    ASSERT_NE(trained.law("rank_exponent", first), nullptr) << depth;
    EXPECT_NEAR(trained.law("rank_exponent", first)->predicted, depth == 2 ? 1.236068 : static_cast<double>(depth), 1e-6);
    EXPECT_LT(trained.law("rank_exponent", first)->difference, 0.03) << depth;
    ASSERT_NE(trained.law("rank_exponent", first + 1), nullptr);
  }
  // Of rank 2, sigma_2/sigma_1 = .007, which the scale has no part in.
  const Trained two(text, {"problem.target=[[1,1.2],[0.9,1.05]]", "problem.observed='full'", "sweep.\"model.depth\"=[2]"});
  for (std::size_t cell = 0; cell < 3; ++cell) EXPECT_EQ(two.law("rank_exponent", cell), nullptr);
  const Trained early(text, {"phase.phase1.time=6", "sweep.\"model.depth\"=[2]"});  // the first mode has yet to grow
  for (std::size_t cell = 0; cell < 3; ++cell) EXPECT_EQ(early.law("rank_exponent", cell), nullptr);
}

// The singular values of [[1, 1], [1, 0]] are 1.618 and 0.618, but the second mode is of the eigenvalue -0.618: it does not grow
// from W_l = s I. From a start without symmetry it does.
TEST(RankExponentLaw, IsNotOfModesThatASymmetricStartHides) {
  const std::string text = "precision = 'float64'\nreplicas = 40\n[problem]\ntarget = [[1, 1], [1, 1]]\nobserved = [[0, 0], [0, 1], [1, 0]]\n"
                           "[initialization]\n" + half_loss + flow_phase + "[sweep]\n'initialization.scale' = [1e-4, 1e-2]\n";
  EXPECT_EQ(Trained(text, {"initialization.kind='identity'", "replicas=1"}).law("rank_exponent"), nullptr);
  const Trained generic(text, {"seeding='common'"});
  ASSERT_NE(generic.law("rank_exponent"), nullptr);
  EXPECT_NEAR(generic.law("rank_exponent")->predicted, 1.236068, 1e-6);
  EXPECT_LT(generic.law("rank_exponent")->difference, 0.05);
}

const std::string resumed =
    "precision = 'float64'\nreplicas = 1\n[problem]\ntarget = [[1, 0.6, 0], [0.6, 1, 0], [0, 0, 1]]\nobserved = 'diagonal'\n"
    "[initialization]\nkind = 'affine'\nscale = 0.1\n" + half_loss +
    "[[phase]]\nname = 'apart'\noptimizer = 'gradient-flow'\ntime = 1e4\nstop = { loss = 1e-20 }\n"
    "[[phase]]\nname = 'joined'\noptimizer = 'gradient-flow'\ntime = 1e4\nstop = { loss = 1e-20 }\nobserved = [[0, 0], [0, 1], [1, 1], [2, 2]]\n"
    "[probe]\nevery = 1\ntrajectory = true\n[sweep]\n'initialization.mixing' = [0, 0.05]\n";

// sigma_min(W_pre) = 1 and |e| = 0.6, so that 0.4 is not passed.
TEST(LockIn, IsABoundFromBelow) {
  const Trained trained(resumed);
  const LawComparison* found = trained.law("lock_in", 0);
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->kind, LawKind::lower_bound);
  EXPECT_NEAR(found->predicted, 0.4, 1e-8);
  EXPECT_GT(found->measured, found->predicted);
  EXPECT_LT(found->measured, 1.0 - 1e-3);  // it did fall
  EXPECT_NEAR(found->largest_difference, found->measured / found->predicted - 1.0, 1e-12);
  ASSERT_NE(trained.law("lock_in", 1), nullptr);
  EXPECT_GE(trained.law("lock_in", 1)->largest_difference, 0.0);
}

TEST(LockIn, NeedsASmallErrorShallowFactorsAndProbes) {
  EXPECT_EQ(Trained(resumed, {"problem.target=[[1,1.2,0],[1.2,1,0],[0,0,1]]"}).law("lock_in"), nullptr);
  EXPECT_EQ(Trained(resumed, {"model.depth=3"}).law("lock_in"), nullptr);
  EXPECT_EQ(Trained(resumed, {"probe.trajectory=false"}).law("lock_in"), nullptr);
}

TEST(HyperbolaLaw, IsThatOfDepthTwoAndWidthOne) {
  const std::string text = "precision = 'float64'\nreplicas = 20\n[problem]\ntarget = [[1.5]]\n[initialization]\nscale = 1.0\n" + half_loss + flow_phase;
  const Trained scalar(text);
  ASSERT_NE(scalar.law("hyperbola"), nullptr);
  EXPECT_EQ(scalar.law("hyperbola")->replicas, 20);
  EXPECT_LT(scalar.law("hyperbola")->largest_difference, 1e-7);
  const Trained wide(text, {"problem.target=[[1,2],[3,-1]]", "model.width=1", "phase.phase1.time=3"});
  ASSERT_NE(wide.law("hyperbola"), nullptr);
  EXPECT_LT(wide.law("hyperbola")->largest_difference, 1e-7);
  EXPECT_EQ(Trained(text, {"problem.target=[[1,2],[3,-1]]", "phase.phase1.time=3"}).law("hyperbola"), nullptr);
}

}  // namespace
}  // namespace rankfall
