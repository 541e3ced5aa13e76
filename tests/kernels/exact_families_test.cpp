// Families of factors that training never leaves: affine (all diagonal entries alike, all others alike) and diagonal.
#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "backend/lanes.hpp"
#include "tests/kernels/flow.hpp"

namespace rankfall {
namespace {

using kernels::GradientDescent;

// d x d, diagonal observed with target 1, loss 1/2 sum; W_l(0) = scale (I + mixing (J - I)).
Replica affine(int depth, int d, double scale, double mixing) {
  Replica replica;
  replica.shape = make_shape(std::vector<int>(static_cast<std::size_t>(depth) + 1, d));
  for (int l = 0; l < depth; ++l)
    for (int i = 0; i < d; ++i)
      for (int j = 0; j < d; ++j) replica.factors.push_back(scale * (i == j ? 1.0 : mixing));
  replica.weight.assign(static_cast<std::size_t>(d) * d, 0.0);
  replica.target = replica.weight;
  for (int i = 0; i < d; ++i) replica.weight[i * d + i] = replica.target[i * d + i] = 1.0;
  replica.loss_scale = 0.5;
  return replica;
}

// Eigenvalues of a factor in the family: once on the constant vector, d - 1 times across it.
std::pair<double, double> eigenvalues(const std::vector<double>& factors, int d) {
  return {factors[0] + (d - 1) * factors[1], factors[0] - factors[1]};
}

void expect_in_family(const std::vector<double>& factors, int depth, int d) {
  for (int l = 0; l < depth; ++l)
    for (int e = 0; e < d * d; ++e)
      ASSERT_NEAR(factors[static_cast<std::size_t>(l * d * d + e)], e / d == e % d ? factors[0] : factors[1], 1e-12);
}

TEST(Affine, DepthTwoKeepsTheRatioOfEigenvaluesAtAnyRate) {
  for (int d : {2, 5})
    for (double mixing : {0.5, 0.1})
      for (double rate : {0.01, 0.3}) {
        Replica replica = affine(2, d, 0.1, mixing);
        replica.learning_rate = rate;
        const double rho = (1.0 - mixing) / (1.0 + (d - 1) * mixing);
        for (int steps : {1, 10, 3000}) {
          const auto factors = trained<GradientDescent, double, 5>(replica, steps).factors(0);
          const auto [once, often] = eigenvalues(factors, d);
          ASSERT_NEAR(often / once, rho, 1e-12) << "d = " << d << ", rate " << rate << ", steps " << steps;
          expect_in_family(factors, 2, d);
        }
        const auto [once, often] = eigenvalues(trained<GradientDescent, double, 5>(replica, 20000).factors(0), d);
        ASSERT_NEAR(once * once, d / (1.0 + (d - 1) * rho * rho), 1e-10) << often;  // where it ends
      }
}

TEST(Affine, DepthTwoLimitsAreThoseOfTheClosedForm) {  // sigma_2 / sigma_1 = rho^2
  for (const auto& [mixing, q] : {std::pair{0.5, 0.111111111}, {0.1, 0.669421488}}) {
    const auto [once, often] =
        eigenvalues(trained<GradientDescent, double, 2>(affine(2, 2, 0.1, mixing), 20000).factors(0), 2);
    EXPECT_NEAR(often * often / (once * once), q, 1e-8);
  }
}

// lam2^-(L-2) - lam1^-(L-2) is invariant along the flow and lam1^L + lam2^L = d w* at its end (d = 2): bisection.
double flow_limit(int depth, double scale, double mixing) {
  const int power = depth - 2;
  const double invariant = std::pow(scale * (1.0 - mixing), -power) - std::pow(scale * (1.0 + mixing), -power);
  double low = 1e-12, high = 1.0;
  for (int iteration = 0; iteration < 200; ++iteration) {
    const double small = 0.5 * (low + high);
    const double large = std::pow(std::pow(small, -power) - invariant, -1.0 / power);
    const bool beyond = !(std::pow(small, -power) > invariant) || std::pow(large, depth) + std::pow(small, depth) > 2.0;
    (beyond ? high : low) = small;
  }
  return std::pow(low, depth) / (2.0 - std::pow(low, depth));
}

TEST(Affine, DeepLimitsAreThoseOfTheInvariant) {
  struct Case {
    int depth;
    double mixing, published;
  };
  for (const Case& c : {Case{3, 0.5, 1.77374e-4}, {3, 0.1, 0.0228069}, {3, 0.01, 0.554011}, {4, 0.1, 2.90131e-4}}) {
    const double limit = flow_limit(c.depth, 0.1, c.mixing);
    ASSERT_NEAR(limit / c.published, 1.0, 1e-5);
    const auto error = [&](double rate) {
      Replica replica = affine(c.depth, 2, 0.1, c.mixing);
      replica.learning_rate = rate;
      const auto steps = static_cast<std::int64_t>((c.depth == 4 ? 150.0 : 60.0) / rate);
      const auto [once, often] = eigenvalues(trained<GradientDescent, double, 2>(replica, steps).factors(0), 2);
      return std::pow(often / once, c.depth) / limit - 1.0;
    };
    const double coarse = error(0.02), fine = error(0.01);
    EXPECT_LT(std::abs(fine), 0.02) << "depth " << c.depth << ", mixing " << c.mixing;
    EXPECT_NEAR(coarse / fine, 2.0, 0.1) << "depth " << c.depth << ", mixing " << c.mixing;
  }
}

// An asymmetry of rounding would grow and reach rank 1: zeros must stay exactly zero.
template <class V, int D>
void diagonal_stays_diagonal(int depth) {
  const int d = 4;
  std::vector<Replica> replicas;
  for (int q = 0; q < kernels::ValueTraits<V>::lanes; ++q) {
    Replica replica = affine(depth, d, 0.1, 0.0);
    for (std::size_t e = 0; e < replica.factors.size(); ++e)
      if (replica.factors[e] != 0.0) replica.factors[e] += 0.01 * static_cast<double>((e + q) % 7);
    replicas.push_back(replica);
  }
  Trainer<V, D> trainer(replicas, {});
  const int steps = depth == 4 ? 8000 : 2000;
  trainer.template train<GradientDescent>(steps);
  for (std::size_t q = 0; q < replicas.size(); ++q) {
    const auto factors = trainer.factors(static_cast<int>(q));
    double product[d] = {1.0, 1.0, 1.0, 1.0};
    for (int l = 0; l < depth; ++l)
      for (int e = 0; e < d * d; ++e) {
        if (e / d != e % d)
          ASSERT_EQ(factors[static_cast<std::size_t>(l * d * d + e)], 0.0) << "layer " << l;
        else
          product[e / d] *= factors[static_cast<std::size_t>(l * d * d + e)];
      }
    for (double w : product) ASSERT_NEAR(w, 1.0, 1e-3);  // fitted, and of full rank
  }
}

TEST(Diagonal, StaysExactlyDiagonalAtEveryDepth) {
  for (int depth : {2, 3, 4}) {
    SCOPED_TRACE(testing::Message() << "depth " << depth);
    diagonal_stays_diagonal<float, 4>(depth);
    diagonal_stays_diagonal<double, 8>(depth);
    diagonal_stays_diagonal<double, 0>(depth);
    diagonal_stays_diagonal<Lanes<float>, 4>(depth);
  }
}

// Factors with the blocks 1, 2, 1 on the diagonal, the same blocks observed.
Replica in_blocks(int depth, std::uint32_t seed) {
  constexpr int block[] = {0, 1, 1, 2};
  Replica replica = make_replica(make_shape(std::vector<int>(static_cast<std::size_t>(depth) + 1, 4)), seed, 0.6, 1.0);
  replica.learning_rate = 0.01;
  for (std::size_t e = 0; e < replica.factors.size(); ++e)
    if (block[e % 16 / 4] != block[e % 4]) replica.factors[e] = 0.0;
  for (std::size_t e = 0; e < 16; ++e)
    if (block[e / 4] != block[e % 4]) replica.weight[e] = replica.target[e] = 0.0;
  return replica;
}

void expect_blocks(const std::vector<double>& factors, const Replica& start) {
  double moved = 0.0;
  for (std::size_t e = 0; e < factors.size(); ++e) {
    if (start.factors[e] == 0.0) {
      ASSERT_EQ(factors[e], 0.0) << "entry " << e;
    }
    moved = std::max(moved, std::abs(factors[e] - start.factors[e]));
  }
  EXPECT_GT(moved, 0.01);
}

template <class V, int D>
void blocks_stay_blocks(int depth) {
  std::vector<Replica> replicas;
  for (int q = 0; q < kernels::ValueTraits<V>::lanes; ++q) replicas.push_back(in_blocks(depth, 40u + static_cast<std::uint32_t>(q)));
  const auto kept = [&]<class Optimizer>(Optimizer, int batch_size) {
    Trainer<V, D> trainer(replicas, {batch_size, kernels::Sampling::uniform, 8});
    trainer.template train<Optimizer>(400);
    for (std::size_t q = 0; q < replicas.size(); ++q) expect_blocks(trainer.factors(static_cast<int>(q)), replicas[q]);
  };
  kept(GradientDescent{}, 1);
  kept(kernels::SingleEntrySgd{}, 1);
  kept(kernels::BatchSgd{}, 3);
}

TEST(Blocks, KeepTheirZerosExactly) {
  for (int depth : {2, 3, 4}) {
    SCOPED_TRACE(testing::Message() << "depth " << depth);
    blocks_stay_blocks<float, 4>(depth);
    blocks_stay_blocks<double, 0>(depth);
    blocks_stay_blocks<Lanes<float>, 4>(depth);
    const Replica start = in_blocks(depth, 7);
    expect_blocks(flowed(start, 20.0).factors(0), start);
  }
}

// Diagonal factors, one mode ahead of the other, off the diagonal by `asymmetry`: the second mode, which by itself would wait
// for its own escape, grows through the first. sigma_2/sigma_1 of W at depth 3.
double ratio_from(double asymmetry) {
  Replica replica = affine(3, 2, 0.01, 0.0);
  constexpr double off[3][2] = {{1.0, 0.3}, {-0.5, 1.0}, {0.7, -0.2}};
  for (std::size_t l = 0; l < 3; ++l) {
    replica.factors[4 * l] = 0.03;
    replica.factors[4 * l + 1] = off[l][0] * asymmetry;
    replica.factors[4 * l + 2] = off[l][1] * asymmetry;
  }
  const auto w = trained<GradientDescent, double, 2>(replica, 4000).factors(0);
  double product[2][2];
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t j = 0; j < 2; ++j) {
      product[i][j] = 0.0;
      for (std::size_t k = 0; k < 4; ++k) product[i][j] += w[8 + 2 * i + k / 2] * w[4 + k] * w[2 * (k % 2) + j];
    }
  double norm = 0.0;
  for (const auto& row : product)
    for (const double x : row) norm += x * x;
  const double determinant = std::abs(product[0][0] * product[1][1] - product[0][1] * product[1][0]);
  const double sum = std::sqrt(norm + 2.0 * determinant), apart = std::sqrt(std::max(0.0, norm - 2.0 * determinant));
  EXPECT_NEAR(product[0][0], 1.0, 1e-6);
  EXPECT_NEAR(product[1][1], 1.0, 1e-6);
  return (sum - apart) / (sum + apart);
}

TEST(Diagonal, IsUnstableBeyondDepthTwo) {
  EXPECT_GT(ratio_from(0.0), 0.999);
  EXPECT_LT(ratio_from(1e-12), 0.01);
}

}  // namespace
}  // namespace rankfall
