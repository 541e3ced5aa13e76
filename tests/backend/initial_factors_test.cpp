// Where training starts: structure and moments of every kind, and which draws are shared.
#include <gtest/gtest.h>

#include "backend/instance.hpp"
#include "store/netcdf_file.hpp"
#include "tests/backend/reference.hpp"
#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

const std::string tail = "[[phase]]\nlearning_rate = 0.1\nsteps = 1\n";

Factors draw(const Experiment& experiment, std::int64_t replica, int cell_index = 0, int attempt = 0) {
  const Cell& cell = experiment.cells.at(static_cast<std::size_t>(cell_index));
  const DrawnFactors drawn = draw_factors(experiment, cell, replica, attempt);
  Factors factors;
  for (int l = 0; l < cell.model.factors(); ++l)
    factors.push_back(
        {cell.model.factor_rows(l), cell.model.factor_columns(l), drawn.factor[static_cast<std::size_t>(l)]});
  return factors;
}

Experiment start_of(const std::string& initialization,
                    const std::string& model = "rows = 4\ncolumns = 6\n[model]\ndepth = 3\nwidth = [7, 5]\n",
                    const std::string& more = "") {
  return parse("seed = 8\n" + more + "[problem]\n" + model + "[initialization]\n" + initialization + tail);
}

// Mean and standard deviation of all entries of many replicas, and their largest magnitude.
struct Moments {
  double mean = 0.0, deviation = 0.0, largest = 0.0, count = 0.0;
};

Moments moments_of(const Experiment& experiment, int replicas) {
  double sum = 0.0, squared = 0.0;
  Moments moments;
  for (int r = 0; r < replicas; ++r)
    for (const DenseMatrix& factor : draw(experiment, r))
      for (double x : factor.entries) {
        sum += x, squared += x * x, moments.count += 1.0;
        moments.largest = std::max(moments.largest, std::abs(x));
      }
  moments.mean = sum / moments.count;
  moments.deviation = std::sqrt(squared / moments.count - moments.mean * moments.mean);
  return moments;
}

TEST(Start, RandomKindsHaveTheirMoments) {
  const double root = 5.0 / std::sqrt(300.0 * 97.0);  // five standard errors of a mean of unit deviation: 97 entries
  const Moments gaussian = moments_of(start_of("kind = 'gaussian'\nscale = 0.3\n"), 300);
  EXPECT_EQ(gaussian.count, 300.0 * 97.0);
  EXPECT_NEAR(gaussian.mean, 0.0, 0.3 * root);
  EXPECT_NEAR(gaussian.deviation, 0.3, 0.3 * root);
  EXPECT_GT(gaussian.largest, 0.9);
  const Moments positive = moments_of(start_of("kind = 'absolute-gaussian'\nscale = 0.3\n"), 300);
  EXPECT_NEAR(positive.mean, 0.3 * std::sqrt(2.0 / M_PI), 0.3 * root);
  EXPECT_NEAR(positive.deviation, 0.3 * std::sqrt(1.0 - 2.0 / M_PI), 0.3 * root);
  const Moments uniform = moments_of(start_of("kind = 'uniform'\nscale = 0.3\n"), 300);
  EXPECT_NEAR(uniform.mean, 0.0, 0.3 * root);
  EXPECT_NEAR(uniform.deviation, 0.3 / std::sqrt(3.0), 0.3 * root);
  EXPECT_LE(uniform.largest, 0.3);
  EXPECT_GT(uniform.largest, 0.2999);
}

TEST(Start, AbsoluteGaussianHasNoSign) {
  const Experiment experiment = start_of("kind = 'absolute-gaussian'\n");
  for (const DenseMatrix& factor : draw(experiment, 0))
    for (double x : factor.entries) EXPECT_GT(x, 0.0);
}

TEST(Start, OrthogonalFactorsAreIsometries) {
  const Experiment experiment = start_of("kind = 'orthogonal'\nscale = 0.7\n");
  for (std::int64_t r = 0; r < 20; ++r)
    for (const DenseMatrix& w : draw(experiment, r)) {
      const DenseMatrix gram = w.rows >= w.columns ? times(transposed(w), w) : times(w, transposed(w));
      for (int i = 0; i < gram.rows; ++i)
        for (int j = 0; j < gram.columns; ++j) EXPECT_NEAR(gram.at(i, j), i == j ? 0.49 : 0.0, 1e-14);
    }
}

TEST(Start, BalancedFactorsAreBalanced) {
  const Experiment experiment = start_of("kind = 'balanced'\nscale = 0.9\n");
  double largest = 0.0, squared = 0.0;
  for (std::int64_t r = 0; r < 200; ++r) {
    const Factors w = draw(experiment, r);
    for (std::size_t l = 0; l + 1 < w.size(); ++l) {
      const DenseMatrix gap = difference(times(transposed(w[l + 1]), w[l + 1]), times(w[l], transposed(w[l])));
      largest = std::max(largest, std::sqrt(squares(gap)));
    }
    // s(W_l) = scale * s(A)^(1/L): W = scale^3 A.
    const std::vector<double> end = lapack_singular_values(product(w)), layer = lapack_singular_values(w[1]);
    for (std::size_t k = 0; k < end.size(); ++k) EXPECT_NEAR(layer[k], std::cbrt(end[k]), 1e-12);
    squared += squares(product(w)) / std::pow(0.9, 6);
  }
  EXPECT_LT(largest, 1e-13);
  // ||A||_F^2 of a 4 x 6 Gaussian matrix of variance 1/6: mean 4, variance 2 * 24 / 36.
  EXPECT_NEAR(squared / 200.0, 4.0, 5.0 * std::sqrt(48.0 / 36.0 / 200.0));
}

TEST(Start, IdentityAndDiagonal) {
  for (const DenseMatrix& w : draw(start_of("kind = 'identity'\nscale = 0.2\n"), 5))
    for (int i = 0; i < w.rows; ++i)
      for (int j = 0; j < w.columns; ++j) EXPECT_EQ(w.at(i, j), i == j ? 0.2 : 0.0);
  const Experiment diagonal = start_of("kind = 'diagonal'\nscale = 0.2\n");
  double sum = 0.0;
  for (std::int64_t r = 0; r < 400; ++r)
    for (const DenseMatrix& w : draw(diagonal, r))
      for (int i = 0; i < w.rows; ++i)
        for (int j = 0; j < w.columns; ++j) {
          sum += w.at(i, j);
          // Exact zeros: the diagonal manifold is unstable at depth 3.
          EXPECT_TRUE(i == j ? w.at(i, j) > 0.0 : w.at(i, j) == 0.0);
        }
  EXPECT_NEAR(sum / (400.0 * 15.0), 0.2 * std::sqrt(2.0 / M_PI), 5.0 * 0.2 * 0.603 / std::sqrt(6000.0));
}

// Eigenvalues of scale * (I_n + mixing (J_n - I_n)) (x) 1_s 1_s^T: scale s (1 + (n-1) mixing) once, scale s (1 -
// mixing) n - 1 times (Shin & Yun 2026), the rest zero.
TEST(Start, AffineFactorsHaveTheirEigenvalues) {
  for (const auto& [blocks, n, s] :
       {std::tuple{"", 6, 1}, std::tuple{"blocks = 3\n", 3, 2}, std::tuple{"blocks = 2\n", 2, 3}}) {
    const Experiment experiment = start_of(std::string("kind = 'affine'\nscale = 0.1\nmixing = 0.25\n") + blocks,
                                           "rows = 6\n[model]\ndepth = 3\n");
    for (const DenseMatrix& w : draw(experiment, 0)) {
      EXPECT_EQ(squares(difference(w, transposed(w))), 0.0);
      const std::vector<double> values = lapack_singular_values(w);
      EXPECT_NEAR(values[0], 0.1 * s * (1.0 + (n - 1) * 0.25), 1e-14);
      for (int k = 1; k < 6; ++k) EXPECT_NEAR(values[static_cast<std::size_t>(k)], k < n ? 0.1 * s * 0.75 : 0.0, 1e-14);
    }
  }
}

TEST(Start, FactorsComeFromAFile) {
  const std::string path = testing::TempDir() + "rankfall_factors_" + std::to_string(getpid()) + ".nc";
  {
    NetcdfFile file(path, NetcdfFile::Mode::create);
    const int a = file.add_dimension("a", 2), b = file.add_dimension("b", 3);
    const int w1 = file.add_variable("W1", NumberType::float64, {b, a});
    const int w2 = file.add_variable("W2", NumberType::float64, {a, b});
    file.end_definitions();
    const double first[] = {1, 2, 3, 4, 5, 6}, second[] = {-1, -2, -3, -4, -5, -6};
    file.put(w1, {0, 0}, {3, 2}, first);
    file.put(w2, {0, 0}, {2, 3}, second);
    file.close();
  }
  const Experiment experiment =
      start_of("kind = 'file'\nfile = '" + path + "'\nscale = 0.5\n", "rows = 2\n[model]\nwidth = 3\n");
  const Factors factors = draw(experiment, 4);
  EXPECT_EQ(factors[0].entries, (std::vector<double>{0.5, 1, 1.5, 2, 2.5, 3}));
  EXPECT_EQ(factors[1].entries, (std::vector<double>{-0.5, -1, -1.5, -2, -2.5, -3}));
  std::remove(path.c_str());
}

TEST(Start, IsOneDrawForAllOrOneForEach) {
  const Experiment own = start_of("kind = 'gaussian'\n");
  EXPECT_NE(draw(own, 0)[0].entries, draw(own, 1)[0].entries);
  EXPECT_NE(draw(own, 0)[0].entries, draw(own, 0, 0, 1)[0].entries);  // another attempt
  const Experiment shared = start_of("kind = 'gaussian'\ninstances = 'shared'\n");
  EXPECT_EQ(draw(shared, 0)[0].entries, draw(shared, 1)[0].entries);
  EXPECT_NE(draw(shared, 0)[0].entries, draw(shared, 0, 0, 1)[0].entries);
  const Experiment reseeded = parse(shared.text, {"problem.instance_seed=77"});
  EXPECT_NE(draw(shared, 0)[0].entries, draw(reseeded, 0)[0].entries);
}

TEST(Start, CommonSeedingGivesEveryCellTheSameDraws) {
  const std::string sweep = "[sweep]\n'phase.phase0.learning_rate' = [0.1, 0.2]\n";
  const auto experiment = [&](const std::string& seeding) {
    return parse(
        "seeding = '" + seeding +
        "'\n[problem]\nrows = 3\n[model]\ndepth = 2\n[[phase]]\nname = 'phase0'\nlearning_rate = 0.1\nsteps = 1\n" +
        sweep);
  };
  const Experiment common = experiment("common"), independent = experiment("independent");
  EXPECT_EQ(draw(common, 3, 0)[0].entries, draw(common, 3, 1)[0].entries);
  EXPECT_NE(draw(common, 3, 0)[0].entries, draw(common, 4, 0)[0].entries);
  EXPECT_NE(draw(independent, 3, 0)[0].entries, draw(independent, 3, 1)[0].entries);
  const auto source = [](const Experiment& e, std::size_t cell) {
    return draw_source(e, e.cells[cell], 3, kernels::Stream::sampling, 0, 0).key0;
  };
  EXPECT_EQ(source(common, 0), source(common, 1));
  EXPECT_NE(source(independent, 0), source(independent, 1));
}

}  // namespace
}  // namespace rankfall
