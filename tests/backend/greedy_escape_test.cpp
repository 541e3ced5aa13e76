// The pieces of greedy low-rank learning: escapes, velocities of W, and distances from a polyline.
#include "backend/greedy_escape.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "backend/greedy_polyline.hpp"

namespace rankfall {
namespace {

using Dense = std::vector<double>;

Dense random_entries(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  Dense entries(count);
  for (double& x : entries) x = normal(random);
  return entries;
}

Factorization made_model(std::vector<int> widths, Symmetry symmetry) {
  return {symmetry == Symmetry::symmetric ? 2 : static_cast<int>(widths.size()) - 1, std::move(widths), symmetry};
}

std::size_t entries_in(const Factorization& model) {
  std::size_t count = 0;
  for (int l = 0; l < model.factors(); ++l)
    count += static_cast<std::size_t>(model.factor_rows(l)) * static_cast<std::size_t>(model.factor_columns(l));
  return count;
}

// W of dense factors, by the definition.
Dense end_to_end(const Factorization& model, const Dense& factors) {
  const auto columns = static_cast<std::size_t>(model.columns());
  if (model.symmetry == Symmetry::symmetric) {
    const auto d = static_cast<std::size_t>(model.rows()), k = static_cast<std::size_t>(model.widths[0]);
    Dense w(d * d, 0.0);
    for (std::size_t i = 0; i < d; ++i)
      for (std::size_t j = 0; j < d; ++j)
        for (std::size_t q = 0; q < k; ++q) w[i * d + j] += factors[i * k + q] * factors[j * k + q];
    return w;
  }
  std::size_t begin = 0;
  Dense product;
  for (int l = 0; l < model.factors(); ++l) {
    const auto rows = static_cast<std::size_t>(model.factor_rows(l)),
               inner = static_cast<std::size_t>(model.factor_columns(l));
    if (l == 0) {
      product.assign(factors.begin(), factors.begin() + static_cast<std::ptrdiff_t>(rows * inner));
    } else {
      Dense next(rows * columns, 0.0);
      for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t q = 0; q < inner; ++q)
          for (std::size_t j = 0; j < columns; ++j)
            next[i * columns + j] += factors[begin + i * inner + q] * product[q * columns + j];
      product = next;
    }
    begin += rows * inner;
  }
  return product;
}

ObservedData half_observed(int rows, int columns) {
  ObservedData data;
  const auto n = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  data.weight.assign(n, 0.0);
  data.target.assign(n, 0.0);
  const Dense values = random_entries(n, 5);
  for (std::size_t e = 0; e < n; e += 2) {
    data.entries.push_back({static_cast<int>(e) / columns, static_cast<int>(e) % columns, 1.0});
    data.weight[e] = 1.0 + 0.1 * static_cast<double>(e);
    data.target[e] = values[e];
  }
  return data;
}

double loss_of(const ObservedData& data, const Dense& w) {
  double sum = 0.0;
  for (std::size_t e = 0; e < w.size(); ++e)
    sum += 0.5 * data.weight[e] * (w[e] - data.target[e]) * (w[e] - data.target[e]);
  return sum;
}

struct MadeModel {
  std::vector<int> widths;
  Symmetry symmetry;
};
class Velocity : public testing::TestWithParam<MadeModel> {};

// Along -gradient of the loss by the factors, both by central differences.
TEST_P(Velocity, IsThatOfTheFlow) {
  const Factorization model = made_model(GetParam().widths, GetParam().symmetry);
  const ObservedData data = half_observed(model.rows(), model.columns());
  const Dense factors = random_entries(entries_in(model), 3);
  Dense slope(factors.size());
  for (std::size_t k = 0; k < factors.size(); ++k) {
    Dense up = factors, down = factors;
    up[k] += 1e-5;
    down[k] -= 1e-5;
    slope[k] = -(loss_of(data, end_to_end(model, up)) - loss_of(data, end_to_end(model, down))) / 2e-5;
  }
  const Dense w = end_to_end(model, factors);
  const Dense found = velocity(model, factors, loss_gradient(data, 0.5, w));
  Dense later = factors, earlier = factors;
  for (std::size_t k = 0; k < factors.size(); ++k) {
    later[k] += 1e-6 * slope[k];
    earlier[k] -= 1e-6 * slope[k];
  }
  const Dense after = end_to_end(model, later), before = end_to_end(model, earlier);
  double scale = 0.0;
  for (const double v : found) scale = std::max(scale, std::fabs(v));
  for (std::size_t e = 0; e < w.size(); ++e) EXPECT_NEAR(found[e], (after[e] - before[e]) / 2e-6, 1e-6 * scale) << e;
}

INSTANTIATE_TEST_SUITE_P(All, Velocity,
                         testing::Values(MadeModel{{3, 4}, Symmetry::general}, MadeModel{{3, 2, 4}, Symmetry::general},
                                         MadeModel{{3, 5, 4, 2}, Symmetry::general},
                                         MadeModel{{3, 3, 3, 3, 3}, Symmetry::general},
                                         MadeModel{{2, 4}, Symmetry::symmetric}));

// -G = 5 u v^T + 3 u' v'^T: the pair, its rate, the next; and W gains size * u v^T through an unused index.
TEST(GreedyEscape, TakesTheTopPair) {
  for (const std::vector<int>& widths : {std::vector<int>{3, 2, 4}, {3, 2, 2, 4}, {4, 2, 3}, {4, 3, 2, 2, 3}}) {
    const Factorization model = made_model(widths, Symmetry::general);
    const auto rows = static_cast<std::size_t>(model.rows()), columns = static_cast<std::size_t>(model.columns());
    Dense gradient(rows * columns, 0.0);
    gradient[0 * columns + 1] = -5.0;
    gradient[2 * columns + 0] = 3.0;
    const Escape escape = find_escape(model, EscapePair::singular, gradient);
    EXPECT_NEAR(escape.rate, 5.0, 1e-13);
    EXPECT_NEAR(escape.runner_up, 3.0, 1e-13);
    EXPECT_NEAR(escape.gap(), 0.6, 1e-13);
    Dense factors(entries_in(model), 0.0);
    add_escape(model, escape, 1e-3, 1, factors);
    const Dense w = end_to_end(model, factors);
    for (std::size_t e = 0; e < w.size(); ++e) EXPECT_NEAR(w[e], e == 1 ? 1e-3 : 0.0, 1e-17) << e;
    EXPECT_NEAR(drive(model, factors, 1, gradient), 5.0, 1e-13);
    // Balanced: all factors have one norm.
    EXPECT_NEAR(std::fabs(*std::max_element(factors.begin(), factors.end(),
                                            [](double a, double b) { return std::fabs(a) < std::fabs(b); })),
                std::pow(1e-3, 1.0 / model.factors()), 1e-15);
  }
}

// Eigenvalues of the negative gradient 2, 1 and -4: the top one, not the largest in modulus; 3 and -3 are two.
TEST(GreedyEscape, TakesEigenvectorsOfTheSymmetricModel) {
  const Factorization model = made_model({2, 3}, Symmetry::symmetric);
  const Escape escape = find_escape(model, EscapePair::eigenvector, {4, 0, 0, 0, -2, 0, 0, 0, -1});
  EXPECT_NEAR(escape.rate, 2.0, 1e-14);
  EXPECT_NEAR(escape.runner_up, 1.0, 1e-14);
  EXPECT_NEAR(std::fabs(escape.left[1]), 1.0, 1e-14);
  const Escape swap = find_escape(model, EscapePair::eigenvector, {0, -3, 0, -3, 0, 0, 0, 0, 0});
  EXPECT_NEAR(swap.rate, 3.0, 1e-14);
  EXPECT_NEAR(swap.runner_up, 0.0, 1e-14);
  EXPECT_NEAR(swap.left[0] * swap.left[1], 0.5, 1e-14);
  const Escape downhill = find_escape(model, EscapePair::eigenvector, {4, 0, 0, 0, 2, 0, 0, 0, 1});
  EXPECT_NEAR(downhill.rate, -1.0, 1e-14);  // a minimum over the cone
  EXPECT_EQ(find_escape(model, EscapePair::eigenvector, Dense(9, 0.0)).rate, 0.0);
  EXPECT_EQ(find_escape(made_model({3, 2, 3}, Symmetry::general), EscapePair::singular, Dense(9, 0.0)).rate, 0.0);
}

TEST(GreedyPolyline, DistancesInClosedForm) {
  GreedyPolyline path(3);
  path.add_solution({0, 0, 0});
  path.add({2, 0, 0});
  path.add_solution({2, 3, 0});
  EXPECT_DOUBLE_EQ(path.length(), 5.0);
  EXPECT_EQ(path.distance({2, 0, 0}), 0.0);
  EXPECT_DOUBLE_EQ(path.distance({1, 0, 4}), 4.0);  // off the first segment
  EXPECT_DOUBLE_EQ(path.distance({1.5, -2, 0}), 2.0);
  EXPECT_DOUBLE_EQ(path.distance({5, 2, 4}), 5.0);                            // off the second
  EXPECT_DOUBLE_EQ(path.distance({-3, 3.5, 0}), std::sqrt(9.0 + 3.5 * 3.5));  // of the first vertex
  EXPECT_DOUBLE_EQ(path.distance({2, 7, 3}), 5.0);                            // of the last vertex
  EXPECT_DOUBLE_EQ(path.solution_distance({0, 4, 0}, 0), 4.0);
  EXPECT_DOUBLE_EQ(path.solution_distance({2, 7, 3}, 1), 5.0);
}

// What the triangle inequality leaves out is never nearer.
TEST(GreedyPolyline, AgreesWithEverySegment) {
  constexpr std::size_t n = 5, vertices = 200;
  GreedyPolyline path(n);
  Dense walk(n, 0.0);
  for (unsigned k = 0; k < vertices; ++k) {
    const Dense step = random_entries(n, k);
    for (std::size_t e = 0; e < n; ++e) walk[e] += 0.2 * step[e];
    path.add(walk);
  }
  for (unsigned seed = 0; seed < 50; ++seed) {
    Dense w = random_entries(n, 1000 + seed);
    for (double& x : w) x *= seed % 5;
    double least = 1e300;
    for (std::size_t k = 0; k + 1 < vertices; ++k) {
      const double *p = path.vertex(k), *q = path.vertex(k + 1);
      double along = 0.0, length = 0.0, apart = 0.0;
      for (std::size_t e = 0; e < n; ++e) {
        along += (w[e] - p[e]) * (q[e] - p[e]);
        length += (q[e] - p[e]) * (q[e] - p[e]);
      }
      const double share = std::clamp(along / length, 0.0, 1.0);
      for (std::size_t e = 0; e < n; ++e) {
        const double x = w[e] - p[e] - share * (q[e] - p[e]);
        apart += x * x;
      }
      least = std::min(least, std::sqrt(apart));
    }
    EXPECT_NEAR(path.distance(w), least, 1e-12 * (1.0 + least)) << seed;
  }
}

// A quarter of a circle from three points of it: the cubic between them is off by 1e-3, chords of it by the deviation.
TEST(GreedyPolyline, ChordsKeepToTheCurve) {
  const double half_turn = std::acos(-1.0);
  for (const double deviation : {1e-2, 1e-3, 1e-4}) {
    PathTracer tracer(2, deviation);
    const auto on_circle = [](double t) { return Dense{std::cos(t), std::sin(t)}; };
    const auto velocity_there = [](double t) { return Dense{-std::sin(t), std::cos(t)}; };
    tracer.begin(on_circle(0.0), velocity_there(0.0));
    for (int k = 1; k <= 8; ++k)
      tracer.go_on(half_turn / 16, on_circle(k * half_turn / 16), velocity_there(k * half_turn / 16));
    tracer.solution(on_circle(half_turn / 2));
    const GreedyPolyline path = tracer.path();
    for (int k = 0; k <= 100; ++k)
      EXPECT_LE(path.distance(on_circle(k * half_turn / 200)), 2.0 * deviation + 1e-5) << deviation;
    EXPECT_NEAR(path.length(), half_turn / 2, 10.0 * deviation);
    EXPECT_EQ(path.distance(on_circle(half_turn / 2)), 0.0);
  }
}

}  // namespace
}  // namespace rankfall
