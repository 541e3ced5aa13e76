// Gradient flow against what is known exactly: closed forms, invariants, the order of the method. (Formulas without a
// paper's name are derived: docs/theory.md.)
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/flow.hpp"
#include "tests/kernels/reference.hpp"

namespace rankfall {
namespace {

// d x d, c = 1/2; everything observed, or the diagonal alone.
Replica square_problem(int depth, int d, const std::vector<double>& factor, bool diagonal_only) {
  Replica replica;
  replica.shape = make_shape(std::vector<int>(static_cast<std::size_t>(depth) + 1, d));
  for (int l = 0; l < depth; ++l) replica.factors.insert(replica.factors.end(), factor.begin(), factor.end());
  replica.weight.assign(static_cast<std::size_t>(d) * d, diagonal_only ? 0.0 : 1.0);
  replica.target.assign(replica.weight.size(), 0.0);
  for (int i = 0; i < d; ++i) replica.weight[i * d + i] = replica.target[i * d + i] = 1.0;
  replica.loss_scale = 0.5;
  return replica;
}

std::vector<double> affine_factor(int d, double scale, double mixing) {
  std::vector<double> factor;
  for (int e = 0; e < d * d; ++e) factor.push_back(scale * (e / d == e % d ? 1.0 : mixing));
  return factor;
}

// W_l = root * I, target diag(values), all observed.
Replica diagonal_start(int depth, const std::vector<double>& values, double root) {
  const int d = static_cast<int>(values.size());
  Replica replica = square_problem(depth, d, affine_factor(d, root, 0.0), false);
  for (int i = 0; i < d; ++i) replica.target[i * d + i] = values[i];
  return replica;
}

// Largest relative deviation of the modes' values at `time` from s* / (1 + (s*/s0 - 1) exp(-2 s* t)).
double logistic_error(double relative, double start, double time) {
  const std::vector<double> target{2.0, 1.0, 0.5};
  const auto factors = flowed(diagonal_start(2, target, std::sqrt(start)), time, {relative}).factors(0);
  double error = 0.0;
  for (int i = 0; i < 3; ++i) {
    const double expected = logistic(target[i], start, 2.0 * target[i] * time);
    error = std::max(error, std::abs(factors[i * 4] * factors[9 + i * 4] / expected - 1.0));
  }
  return error;
}

TEST(GradientFlow, DepthTwoFollowsTheLogisticCurve) {
  for (double start : {1e-2, 1e-6, 1e-12})
    for (double time : {0.5, 5.0, 20.0}) EXPECT_LT(logistic_error(1e-9, start, time), 1e-7) << start << " " << time;
}

TEST(GradientFlow, ErrsInProportionToTheTolerance) {
  for (double relative : {1e-5, 1e-7, 1e-9, 1e-11}) {
    const double error = logistic_error(relative, 1e-3, 3.0);
    EXPECT_LT(error, 50.0 * relative);
    EXPECT_GT(error, 1e-3 * relative);
  }
}

// Error against steps as the tolerance falls: the fifth order.
TEST(GradientFlow, IsOfFifthOrder) {
  Replica replica = make_replica(make_shape({4, 4, 4, 4}), 5u);
  replica.ridge = 0.02;
  const auto exact = flowed(replica, 2.0, {1e-13}).factors(0);
  const auto run = [&](double relative) {
    const auto flow = flowed(replica, 2.0, {relative});
    double error = 0.0;
    for (std::size_t e = 0; e < exact.size(); ++e) error = std::max(error, std::abs(flow.factors(0)[e] - exact[e]));
    return std::pair{std::log(error), std::log(static_cast<double>(flow.steps(0)))};
  };
  const auto [coarse, few] = run(1e-7);
  const auto [fine, many] = run(1e-11);
  EXPECT_NEAR((coarse - fine) / (many - few), 5.0, 0.7);
}

// What is not in the family of closed forms: the slope is minus the gradient, ridge and weights included.
TEST(GradientFlow, FollowsMinusTheGradient) {
  for (const auto& shape : {make_shape({5, 3, 4, 5}), make_shape({4, 3}), make_symmetric_shape(5, 2)}) {
    Replica replica = make_replica(shape, 8u);
    replica.ridge = 0.3;
    const double time = 1e-5;
    const auto after = flowed(replica, time, {1e-12}).factors(0);
    const Exact gradient = reference_gradient(replica, exact(replica.factors));
    for (std::size_t e = 0; e < after.size(); ++e)
      EXPECT_NEAR((after[e] - replica.factors[e]) / time, -static_cast<double>(gradient[e]), 1e-3);
  }
}

// W_{l+1}^T W_{l+1} - W_l W_l^T does not change without a ridge.
TEST(GradientFlow, ConservesTheImbalanceToTheTolerance) {
  const int d = 4;
  const auto imbalance = [](const std::vector<double>& factors) {
    std::vector<double> difference;
    for (int l = 0; l < 2; ++l)
      for (int i = 0; i < d; ++i)
        for (int j = 0; j < d; ++j) {
          double sum = 0.0;
          for (int k = 0; k < d; ++k) {
            sum += factors[(l + 1) * d * d + k * d + i] * factors[(l + 1) * d * d + k * d + j];
            sum -= factors[l * d * d + i * d + k] * factors[l * d * d + j * d + k];
          }
          difference.push_back(sum);
        }
    return difference;
  };
  const Replica replica = make_replica(make_shape({d, d, d, d}), 21u);
  const auto before = imbalance(replica.factors);
  for (double relative : {1e-6, 1e-10}) {
    const auto after = imbalance(flowed(replica, 10.0, {relative}).factors(0));
    for (std::size_t e = 0; e < after.size(); ++e) EXPECT_NEAR(after[e], before[e], 300.0 * relative);
  }
}

// The affine family (docs/theory.md): at depth 2 the ratio of the factors' eigenvalues stays, at depth >= 3
// lam2^-(L-2) - lam1^-(L-2) does; the limits of sigma_2 / sigma_1.
TEST(GradientFlow, LeadsTheAffineFamilyToItsLimits) {
  struct Limit {
    int depth;
    double scale, mixing, ratio;
  };
  for (const Limit& limit : {Limit{2, 0.1, 0.5, 0.111111}, {2, 0.1, 0.1, 0.669421}, {3, 0.1, 0.5, 1.77374e-4},
                             {3, 0.1, 0.1, 0.0228069}, {3, 0.1, 0.01, 0.554011}, {4, 0.1, 0.1, 2.90131e-4}}) {
    const Replica replica = square_problem(limit.depth, 2, affine_factor(2, limit.scale, limit.mixing), true);
    const auto factors = flowed(replica, 2e4, {1e-10}).factors(0);
    const double first = factors[0] + factors[1], second = factors[0] - factors[1];
    EXPECT_NEAR(std::pow(second / first, limit.depth) / limit.ratio, 1.0, 1e-5) << limit.depth << " " << limit.mixing;
    const double first0 = limit.scale * (1.0 + limit.mixing), second0 = limit.scale * (1.0 - limit.mixing);
    const double power = -(limit.depth - 2.0);
    const double invariant = limit.depth == 2 ? second / first : std::pow(second, power) - std::pow(first, power);
    const double at_first = limit.depth == 2 ? second0 / first0 : std::pow(second0, power) - std::pow(first0, power);
    EXPECT_NEAR(invariant / at_first, 1.0, 1e-7);
  }
}

// Depth 2, diagonal observed, whatever the start and the targets: with a_i the rows of W_2, b_j the columns of W_1,
// x = (a + b) / 2, y = (a - b) / 2, |x_i| |y_i| stays and x_i, y_i keep their directions, so that
//   W_ij(inf) = (g_i x_i + y_i / g_i) . (g_j x_j - y_j / g_j),  g_i^2 = (w_i + sqrt(w_i^2 + 4 |x_i|^2 |y_i|^2)) / (2 |x_i|^2).
TEST(GradientFlow, EndsWhereTheClosedFormOfTheDiagonalSays) {
  const int d = 4;
  Replica replica = make_replica(make_shape({d, d, d}), 44u, 0.4);
  for (int e = 0; e < d * d; ++e) {
    replica.weight[e] = e / d == e % d ? 1.0 : 0.0;
    replica.target[e] = e / d == e % d ? 0.5 + 0.3 * (e % d) : 0.0;
  }
  double x[d][d], y[d][d], g[d];
  for (int i = 0; i < d; ++i) {
    double xx = 0.0, yy = 0.0;
    for (int k = 0; k < d; ++k) {
      const double a = replica.factors[d * d + i * d + k], b = replica.factors[k * d + i];
      x[i][k] = 0.5 * (a + b);
      y[i][k] = 0.5 * (a - b);
      xx += x[i][k] * x[i][k];
      yy += y[i][k] * y[i][k];
    }
    const double w = replica.target[i * d + i];
    g[i] = std::sqrt((w + std::sqrt(w * w + 4.0 * xx * yy)) / (2.0 * xx));
  }
  const Exact end = reference_product(replica.shape, exact(flowed(replica, 200.0, {1e-11}).factors(0)));
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) {
      double expected = 0.0;
      for (int k = 0; k < d; ++k) expected += (g[i] * x[i][k] + y[i][k] / g[i]) * (g[j] * x[j][k] - y[j][k] / g[j]);
      EXPECT_NEAR(static_cast<double>(end[i * d + j]), expected, 1e-8) << i << " " << j;
    }
}

// Loss of plasticity: trained to [[1, c], [c, 1]] on the diagonal, then (1, 2) = 1 is observed, too; where W_21 ends.
TEST(GradientFlow, LosesPlasticityAfterDecoupledTraining) {
  for (const auto& [c, expected] : {std::pair{0.0, -0.0347156}, {0.5, 0.401106}, {0.9, 0.834230}}) {
    const double sum = std::sqrt(1.0 + c), difference = std::sqrt(1.0 - c);  // of the symmetric root, which is balanced
    const double on = 0.5 * (sum + difference), off = 0.5 * (sum - difference);
    Replica replica = square_problem(2, 2, {on, off, off, on}, true);
    replica.weight[1] = replica.target[1] = 1.0;
    const Exact end = reference_product(replica.shape, exact(flowed(replica, 500.0, {1e-10}).factors(0)));
    EXPECT_NEAR(static_cast<double>(end[2]), expected, 1e-6) << c;
  }
}

// W_l = s I leaves the origin at the time s^-(L-2) / (lambda (L-2)), however small s: dw/dt = lambda w^(L-1) until then.
TEST(GradientFlow, CrossesLongPlateausInFewSteps) {
  for (const auto& [depth, scale] : {std::pair{3, 1e-3}, {3, 1e-9}, {3, 1e-12}, {4, 1e-3}, {4, 1e-6}}) {
    const double lambda = 2.0, escape = std::pow(scale, 2.0 - depth) / (lambda * (depth - 2));
    const Replica replica = diagonal_start(depth, {lambda, 1.0}, scale);
    const auto before = flowed(replica, 0.75 * escape, {1e-10});
    EXPECT_NEAR(before.factors(0)[0] / (scale * std::pow(0.25, -1.0 / (depth - 2))), 1.0, 1e-7);
    const auto after = flowed(replica, escape * (1.0 + 2e-7) + 200.0, {1e-10});
    EXPECT_NEAR(std::pow(after.factors(0)[0], depth), lambda, 1e-6) << depth << " " << scale;
    EXPECT_LT(before.steps(0), 100);
  }
}

// The other modes stay at scale (1 - lambda_i / lambda_1)^(-1 / (L-2)) when the first has escaped.
TEST(GradientFlow, FreezesTheOtherModesAtAnEscape) {
  const double scale = 1e-6;
  const Replica replica = diagonal_start(3, {2.0, 1.0}, scale);
  const auto factors = flowed(replica, 0.5 / scale + 1000.0, {1e-10}).factors(0);
  EXPECT_NEAR(factors[3] / (2.0 * scale), 1.0, 0.02);
}

// Without its damping, what lies beneath the tolerance would grow to it: a gradient norm far below is reached.
TEST(GradientFlow, ComesToRest) {
  const Replica replica = make_replica(make_shape({4, 4, 4, 4}), 33u);
  const auto at_rest = flowed(replica, 1e4, {1e-6}).factors(0);
  long double norm = 0.0L;
  for (long double g : reference_gradient(replica, exact(at_rest))) norm += g * g;
  EXPECT_LT(std::sqrt(static_cast<double>(norm)), 1e-12);
}

// Razin and Cohen (NeurIPS 2020): W_12 = W_21 = 1, W_22 = 0 observed, det W(0) > 0. |W_11| grows as 1 / sqrt(2 loss).
TEST(GradientFlow, BlowsUpWhereFittingForbidsABoundedMatrix) {
  for (const auto& [loss, expected] : {std::pair{1e-2, 6.94}, {1e-3, 22.3}, {1e-4, 70.7}}) {
    Replica replica = square_problem(2, 2, affine_factor(2, 0.1, 0.0), false);
    replica.weight[0] = replica.target[0] = replica.target[3] = 0.0;
    replica.target[1] = replica.target[2] = 1.0;
    Flow<double, 0> flow({replica}, {1e-10});
    const auto state = [&] {
      const Exact w = reference_product(replica.shape, exact(flow.factors(0)));
      const long double l = 0.5L * ((w[1] - 1) * (w[1] - 1) + (w[2] - 1) * (w[2] - 1) + w[3] * w[3]);
      return std::pair{static_cast<double>(w[0]), static_cast<double>(l)};
    };
    for (double time = 1.0; state().second > loss; time *= 1.01) flow.advance(time);
    EXPECT_NEAR(std::abs(state().first) / expected, 1.0, 0.01) << loss;
  }
}

// A factor of exact zeros stays; numbers that overflow end in a step that is too small, not in a loop without end.
TEST(GradientFlow, EndsAtWhateverItIsGiven) {
  const auto still = flowed(square_problem(3, 2, {0.0, 0.0, 0.0, 0.0}, false), 1e6);
  for (double w : still.factors(0)) EXPECT_EQ(w, 0.0);
  EXPECT_EQ(still.time(0), 1e6);
  const auto stuck = flowed(square_problem(3, 2, affine_factor(2, 1e120, 0.0), false), 1.0);
  EXPECT_LT(stuck.time(0), 1.0);
  EXPECT_LT(stuck.steps(0), 2000);
  EXPECT_LE(stuck.step(0), kernels::smallest_flow_step);
}

}  // namespace
}  // namespace rankfall
