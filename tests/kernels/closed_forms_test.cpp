// Gradient descent against what is known of gradient flow: exact solutions, invariants, exact symmetries.
#include <gtest/gtest.h>

#include <cmath>

#include "tests/kernels/reference.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

using kernels::GradientDescent;

// Full observation, loss 1/2 sum (W - T)^2, hence dW_l/dt = -grad with unit weights.
Replica observed_fully(const kernels::Shape& shape, const std::vector<double>& target) {
  Replica replica;
  replica.shape = shape;
  replica.factors.assign(static_cast<std::size_t>(factor_offset(shape, shape.factors)), 0.0);
  replica.target = target;
  replica.weight.assign(target.size(), 1.0);
  replica.loss_scale = 0.5;
  return replica;
}

template <int D>
std::vector<double> descend(Replica replica, double time, int steps) {
  replica.learning_rate = time / steps;
  return trained<GradientDescent, double, D>(replica, steps).factors(0);
}

std::vector<double> orthonormal(std::uint32_t seed, int n) {
  kernels::VariateSequence variates = variates_of(seed);
  std::vector<double> scratch(static_cast<std::size_t>(n) * n), q(scratch.size());
  kernels::draw_orthonormal(variates, n, n, scratch.data(), q.data());
  return q;
}

// left diag(values) right^T for n x n bases.
std::vector<double> with_spectrum(const std::vector<double>& left, const std::vector<double>& values,
                                  const std::vector<double>& right) {
  const std::size_t n = values.size();
  std::vector<double> w(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j)
      for (std::size_t k = 0; k < n; ++k) w[i * n + j] += left[i * n + k] * values[k] * right[j * n + k];
  return w;
}

std::vector<double> identity(int n) {
  std::vector<double> w(static_cast<std::size_t>(n) * n, 0.0);
  for (int i = 0; i < n; ++i) w[static_cast<std::size_t>(i) * n + i] = 1.0;
  return w;
}

// s_k = left_k . W right_k: the singular values, while the bases stay put.
std::vector<double> modes(const std::vector<double>& w, const std::vector<double>& left,
                          const std::vector<double>& right, int n) {
  std::vector<double> s(static_cast<std::size_t>(n), 0.0);
  for (int k = 0; k < n; ++k)
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) s[k] += left[i * n + k] * w[i * n + j] * right[j * n + k];
  return s;
}

std::vector<double> product(const std::vector<double>& a, const std::vector<double>& b, int n) {
  std::vector<double> c(a.size(), 0.0);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j)
      for (int k = 0; k < n; ++k) c[i * n + j] += a[i * n + k] * b[k * n + j];
  return c;
}

// Errors of GD against a flow for steps, 2 steps, 4 steps halve each time.
template <class Error>
void expect_first_order(Error&& error, int steps) {
  const double coarse = error(steps), middle = error(2 * steps), fine = error(4 * steps);
  EXPECT_NEAR(coarse / middle, 2.0, 0.1);
  EXPECT_NEAR(middle / fine, 2.0, 0.05);
  EXPECT_LT(fine, 5e-3);
}

TEST(DepthTwo, SingularValuesApproachTheLogisticCurves) {
  const int n = 4;
  const std::vector<double> targets{3.0, 2.0, 1.0, 0.5}, start{0.05, 0.02, 0.3, 0.1};
  const auto left = orthonormal(1, n), right = orthonormal(2, n);
  Replica replica = observed_fully(make_shape({n, n, n}), with_spectrum(left, targets, right));
  std::vector<double> roots;
  for (double s : start) roots.push_back(std::sqrt(s));
  const auto first = with_spectrum(identity(n), roots, right), last = with_spectrum(left, roots, identity(n));
  std::copy(first.begin(), first.end(), replica.factors.begin());
  std::copy(last.begin(), last.end(), replica.factors.begin() + n * n);
  for (double time : {0.6, 1.5, 3.0}) {
    SCOPED_TRACE(testing::Message() << "t = " << time);
    expect_first_order(
        [&](int steps) {
          const auto factors = descend<4>(replica, time, steps);
          const auto w =
              product({factors.begin() + n * n, factors.end()}, {factors.begin(), factors.begin() + n * n}, n);
          const auto s = modes(w, left, right, n);
          double worst = 0.0;
          for (int k = 0; k < n; ++k)
            worst = std::max(worst, std::abs(s[k] - logistic(targets[k], start[k], 2.0 * targets[k] * time)));
          return worst;
        },
        800);
  }
}

TEST(Symmetric, EigenvaluesApproachTheLogisticCurves) {  // ds/dt = 4 s (s* - s)
  const int n = 4;
  const std::vector<double> targets{2.0, 1.5, 1.0, 0.3}, start{0.05, 0.02, 0.3, 0.1};
  const auto basis = orthonormal(3, n);
  Replica replica = observed_fully(make_symmetric_shape(n, n), with_spectrum(basis, targets, basis));
  std::vector<double> roots;
  for (double s : start) roots.push_back(std::sqrt(s));
  replica.factors = with_spectrum(basis, roots, identity(n));
  expect_first_order(
      [&](int steps) {
        const auto u = descend<4>(replica, 0.8, steps);
        std::vector<double> w(u.size(), 0.0);
        for (int i = 0; i < n; ++i)
          for (int j = 0; j < n; ++j)
            for (int k = 0; k < n; ++k) w[i * n + j] += u[i * n + k] * u[j * n + k];
        const auto s = modes(w, basis, basis, n);
        double worst = 0.0;
        for (int k = 0; k < n; ++k)
          worst = std::max(worst, std::abs(s[k] - logistic(targets[k], start[k], 4.0 * targets[k] * 0.8)));
        return worst;
      },
      800);
}

// ||W_{l+1}^T W_{l+1} - W_l W_l^T - (its value at the start)||_F, largest over l.
double balance_drift(const kernels::Shape& shape, const std::vector<double>& before, const std::vector<double>& after) {
  const auto balance = [&](const std::vector<double>& w, int l, int a, int b) {
    const double* lower = w.data() + factor_offset(shape, l);
    const double* upper = w.data() + factor_offset(shape, l + 1);
    double sum = 0.0;
    for (int k = 0; k < shape.width[l + 2]; ++k)
      sum += upper[k * shape.width[l + 1] + a] * upper[k * shape.width[l + 1] + b];
    for (int k = 0; k < shape.width[l]; ++k) sum -= lower[a * shape.width[l] + k] * lower[b * shape.width[l] + k];
    return sum;
  };
  double worst = 0.0;
  for (int l = 0; l + 1 < shape.factors; ++l) {
    double squares = 0.0;
    for (int a = 0; a < shape.width[l + 1]; ++a)
      for (int b = 0; b < shape.width[l + 1]; ++b)
        squares += std::pow(balance(after, l, a, b) - balance(before, l, a, b), 2);
    worst = std::max(worst, std::sqrt(squares));
  }
  return worst;
}

TEST(Balance, IsConservedUpToTheOrderOfTheRate) {
  for (const kernels::Shape& shape : {make_shape({4, 3, 5}), make_shape({3, 5, 2, 4}), make_shape({4, 4, 3, 4, 4})}) {
    Replica replica = make_replica(shape, 4);
    SCOPED_TRACE(testing::Message() << "depth " << shape.factors);
    expect_first_order(
        [&](int steps) { return balance_drift(shape, replica.factors, descend<5>(replica, 2.0, steps)); }, 2000);
    EXPECT_GT(balance_drift(shape, replica.factors, descend<5>(replica, 2.0, 40)),
              1e-4);  // there is something to conserve
  }
}

}  // namespace
}  // namespace rankfall
