// Runs whose end is known in closed form, or was computed by an independent float64 program.
#include <gtest/gtest.h>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

// Shin & Yun's 2 x 2 family: w* = 1 on the diagonal, W_l(0) = scale (I + (J - I) / m).
std::string affine(int depth, double m, double scale, double rate, const std::string& steps) {
  return "replicas = 1\nprecision = 'float64'\n[problem]\ntarget = [[1.0, 0.0], [0.0, 1.0]]\nobserved = 'diagonal'\n"
         "[model]\ndepth = " +
         std::to_string(depth) + "\n[initialization]\nkind = 'affine'\nscale = " + std::to_string(scale) +
         "\nmixing = " + std::to_string(1.0 / m) +
         "\n[objective]\nloss = 'half-sum-squared'\n"
         "[[phase]]\nlearning_rate = " +
         std::to_string(rate) + "\nsteps = " + steps +
         "\nstop = { gradient_norm = 1e-12 }\n[probe]\nevery = 1000\nclassify_at_end = 'numerical'\n";
}

double ratio_of(const std::string& text) {
  const ReplicaResults results = train_one_cell(text);
  EXPECT_EQ(results.outcome[0], Outcome::converged);
  EXPECT_LT(value(results, Observable::loss, 0), 1e-20);
  const double q = singular_value(results, 0, 1) / singular_value(results, 0, 0);
  EXPECT_NEAR(value(results, Observable::unobserved_error, 0), (1.0 - q) / (1.0 + q), 1e-9);
  return q;
}

// Depth 2: sigma_2 / sigma_1 = rho^2 with rho = (1 - mixing) / (1 + mixing), whatever the scale and the rate.
TEST(ClosedForms, DepthTwoKeepsTheRatioOfItsStart) {
  for (double scale : {1e-3, 0.1, 0.5})
    for (double rate : {0.01, 0.2}) {
      EXPECT_NEAR(ratio_of(affine(2, 2, scale, rate, "200000")), 1.0 / 9.0, 1e-6);
      EXPECT_NEAR(ratio_of(affine(2, 10, scale, rate, "200000")), 81.0 / 121.0, 1e-6);
    }
}

// Depth 3 and more: the smaller mode stays behind; published limits at scale .1, to what a finite rate leaves.
TEST(ClosedForms, DeeperNetsFallTowardsRankOne) {
  EXPECT_NEAR(ratio_of(affine(3, 2, 0.1, 0.005, "400000")) / 1.77374e-4, 1.0, 0.01);
  EXPECT_NEAR(ratio_of(affine(3, 10, 0.1, 0.005, "400000")) / 0.0228069, 1.0, 0.01);
  EXPECT_NEAR(ratio_of(affine(3, 100, 0.1, 0.005, "400000")) / 0.554011, 1.0, 0.01);
  EXPECT_NEAR(ratio_of(affine(4, 10, 0.1, 0.005, "2000000")) / 2.90131e-4, 1.0, 0.02);
}

// The error of a finite rate is of first order: half the rate, half the distance.
TEST(ClosedForms, DescentTendsToTheFlow) {
  const double coarse = ratio_of(affine(3, 10, 0.1, 0.04, "100000")) - 0.0228069;
  const double fine = ratio_of(affine(3, 10, 0.1, 0.02, "100000")) - 0.0228069;
  EXPECT_NEAR(coarse / fine, 2.0, 0.1);
}

// Blocks: n = 3 blocks of size 2, block-diagonal observations. Depth 2: rank n with q = rho^2; zero mixing stays
// decoupled.
TEST(ClosedForms, BlocksOfEqualEntries) {
  const auto blocks = [](int depth, double mixing) {
    return train_one_cell(
        "replicas = 1\nprecision = 'float64'\n[problem]\ntarget = "
        "[[1,1,0,0,0,0],[1,1,0,0,0,0],[0,0,1,1,0,0],[0,0,1,1,0,0],[0,0,0,0,1,1],[0,0,0,0,1,1]]\n"
        "observed = 'block-diagonal'\nblocks = [2, 2, 2]\n[model]\ndepth = " +
        std::to_string(depth) +
        "\n[initialization]\nkind = 'affine'\nscale = 0.05\nblocks = 3\nmixing = " + std::to_string(mixing) +
        "\n[objective]\nloss = 'half-sum-squared'\n[[phase]]\nlearning_rate = 0.02\nsteps = 400000\n"
        "stop = { gradient_norm = 1e-12 }\n[probe]\nevery = 1000\nclassify_at_end = 'numerical'\n");
  };
  const ReplicaResults two = blocks(2, 0.25);
  const double rho = 0.75 / 1.5;
  for (int k = 1; k < 3; ++k) EXPECT_NEAR(singular_value(two, 0, k) / singular_value(two, 0, 0), rho * rho, 1e-9);
  // lam1^2 = n s w* / (1 + (n - 1) rho^2), and sigma_1 = lam1^2.
  EXPECT_NEAR(singular_value(two, 0, 0), 6.0 / (1.0 + 2.0 * rho * rho), 1e-9);
  EXPECT_EQ(blocks(3, 0.25).rank[0], 1);  // deep and coupled
  const ReplicaResults apart = blocks(3, 0.0);
  EXPECT_EQ(apart.rank[0], 3);  // deep and decoupled
  for (int k = 0; k < 3; ++k) EXPECT_NEAR(singular_value(apart, 0, k), 2.0, 1e-9);
}

// Razin & Cohen: W_12 = W_21 = 1, W_22 = 0 observed, W_11 free. From det W(0) > 0 a fit drives |W_11| to infinity:
// |W_11| = .7071 / sqrt(loss) asymptotically (half-sum loss), 6.94 at 1e-2 and 22.3 at 1e-3. Otherwise it stays
// bounded.
TEST(ClosedForms, TheSignOfTheDeterminantDecidesWhetherNormsBlowUp) {
  const auto run = [](const std::string& stop_loss, const std::string& more) {
    return train_one_cell(
        "seed = 4\nreplicas = 40\nprecision = 'float64'\n[problem]\ntarget = [[0.0, 1.0], [1.0, 0.0]]\n"
        "observed = [[0, 1], [1, 0], [1, 1]]\n[model]\ndepth = 3\n[initialization]\nkind = 'balanced'\nscale = 0.5\n" +
        more +
        "[objective]\nloss = 'half-sum-squared'\n[[phase]]\nlearning_rate = 0.003\nsteps = 3000000\nstop = { loss = " +
        stop_loss + " }\n[probe]\nevery = 20\nclassify_at_end = 'numerical'\n");
  };
  for (const auto& [stop_loss, size] : {std::pair{"1e-2", 6.94}, std::pair{"1e-3", 22.3}}) {
    const ReplicaResults positive = run(stop_loss, "require = 'positive-determinant'\n");
    for (std::int64_t r = 0; r < 40; ++r) {
      EXPECT_EQ(positive.outcome[static_cast<std::size_t>(r)], Outcome::converged);
      // The hidden target entry is 0: the unobserved error is |W_11|.
      EXPECT_NEAR(value(positive, Observable::unobserved_error, r), size, 0.01 * size);
    }
  }
  const ReplicaResults free = run("1e-2", "");
  int bounded = 0;
  for (std::int64_t r = 0; r < 40; ++r) {
    const double size = value(free, Observable::unobserved_error, r);
    EXPECT_TRUE(size < 4.0 || size > 6.8) << size;
    bounded += size < 4.0 ? 1 : 0;
  }
  EXPECT_GT(bounded, 8);
  EXPECT_LT(bounded, 32);
}

}  // namespace
}  // namespace rankfall
