// Limits of depth 2 from arbitrary starts, against direct integration in long double, against conserved quantities, and against
// the completions that are solved by other means.
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "backend/instance.hpp"
#include "tests/theory/problems.hpp"
#include "theory/coupling_limits.hpp"
#include "theory/limits.hpp"

namespace rankfall {
namespace {

using Longs = std::vector<long double>;

// Classical Runge-Kutta, `steps` steps of length h.
template <class Slope>
Longs integrated(Longs state, const Slope& slope, long double h, int steps) {
  const auto moved = [](const Longs& from, long double by, const Longs& along) {
    Longs to = from;
    for (std::size_t k = 0; k < to.size(); ++k) to[k] += by * along[k];
    return to;
  };
  for (int step = 0; step < steps; ++step) {
    const Longs a = slope(state), b = slope(moved(state, h / 2, a)), c = slope(moved(state, h / 2, b)), d = slope(moved(state, h, c));
    for (std::size_t k = 0; k < state.size(); ++k) state[k] += h / 6 * (a[k] + 2 * b[k] + 2 * c[k] + d[k]);
  }
  return state;
}

// A start of depth 2 with the diagonal observed: W_2 (d x h), W_1 (h x d), the diagonal's values.
struct DiagonalProblem {
  int d = 0, h = 0;
  Numbers second, first, target;

  std::vector<double> limit() const { return diagonal_limit(d, h, second, first, target); }
  // W_2 then W_1 where the flow of 1/2 sum e^2 is at time h * steps: the matrices' own gradient, nothing of x and y.
  Longs flowed(long double step, int steps) const {
    Longs state(second.begin(), second.end());
    state.insert(state.end(), first.begin(), first.end());
    const std::size_t half = second.size();
    return integrated(state, [&](const Longs& at) {
      Longs slope(at.size());
      for (int i = 0; i < d; ++i) {
        long double e = -static_cast<long double>(target[static_cast<std::size_t>(i)]);
        for (int k = 0; k < h; ++k) e += at[static_cast<std::size_t>(i * h + k)] * at[half + static_cast<std::size_t>(k * d + i)];
        for (int k = 0; k < h; ++k) {
          slope[static_cast<std::size_t>(i * h + k)] = -e * at[half + static_cast<std::size_t>(k * d + i)];
          slope[half + static_cast<std::size_t>(k * d + i)] = -e * at[static_cast<std::size_t>(i * h + k)];
        }
      }
      return slope;
    }, step, steps);
  }
};

DiagonalProblem random_diagonal(std::mt19937_64& random, double scale) {
  std::normal_distribution<double> normal;
  DiagonalProblem made;
  made.d = 1 + static_cast<int>(random() % 4);
  made.h = 1 + static_cast<int>(random() % 5);
  for (int k = 0; k < made.d * made.h; ++k) {
    made.second.push_back(scale * normal(random));
    made.first.push_back(scale * normal(random));
  }
  for (int i = 0; i < made.d; ++i) made.target.push_back((random() % 2 == 0 ? 1.0 : -1.0) * (0.3 + std::abs(normal(random))));
  return made;
}

TEST(DiagonalLimit, IsWhereTheFlowOfTheFactorsEnds) {
  std::mt19937_64 random(5);
  for (int trial = 0; trial < 30; ++trial) {
    const DiagonalProblem made = random_diagonal(random, trial % 3 == 0 ? 0.05 : 0.7);
    const Longs end = made.flowed(0.02L, 4000);
    const auto limit = made.limit();
    const auto d = static_cast<std::size_t>(made.d), h = static_cast<std::size_t>(made.h);
    for (std::size_t i = 0; i < d; ++i) {
      EXPECT_NEAR(limit[i * d + i], made.target[i], 1e-13 * (1.0 + std::abs(made.target[i])));
      for (std::size_t j = 0; j < d; ++j) {
        long double flowed = 0;
        for (std::size_t k = 0; k < h; ++k) flowed += end[i * h + k] * end[d * h + k * d + j];
        EXPECT_NEAR(limit[i * d + j], static_cast<double>(flowed), 1e-6) << trial << ": " << i << " " << j;
      }
    }
  }
}

double sum_of(const Numbers& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

// The minimum of the nuclear norm, as the independent solver has it, and never less.
TEST(DiagonalLimit, HasTheLeastNuclearNormAsTheScaleVanishes) {
  std::mt19937_64 random(6);
  for (int trial = 0; trial < 12; ++trial) {
    DiagonalProblem made = random_diagonal(random, 1.0);
    CompletionProblem problem{made.d, made.d, {}, made.target};
    for (int i = 0; i < made.d; ++i) problem.entries.push_back({i, i, 1.0});
    const double least = complete({problem}, {}).front().upper;
    double before = 1e300;
    for (const double scale : {1.0, 1e-2, 1e-4}) {
      DiagonalProblem scaled = made;
      for (Numbers* factor : {&scaled.second, &scaled.first})
        for (double& w : *factor) w *= scale;
      const double norm = sum_of(singular_values_of(made.d, made.d, scaled.limit()));
      EXPECT_GT(norm, least * (1.0 - 1e-7));
      EXPECT_LT(norm - least, before + 1e-7 * least);
      before = norm - least;
    }
    EXPECT_NEAR(before / least, 0.0, 1e-5) << trial;
  }
}

TEST(DiagonalLimit, OfTheAffineFamilyIsTheAffineLimit) {
  for (const double mixing : {0.0, 0.1, 0.5})
    for (const double scale : {0.01, 0.3}) {
      Numbers factor(16, scale * mixing);
      for (std::size_t i = 0; i < 4; ++i) factor[5 * i] = scale;
      const auto s = singular_values_of(4, 4, diagonal_limit(4, 4, factor, factor, Numbers(4, 1.7)));
      EXPECT_NEAR(s[1] / s[0], affine_ratio({2, 4, 1, scale, mixing, 1.7}), 1e-12);
    }
}

TEST(DiagonalLimit, ScalesWithTheStartAndKnowsItsSaddles) {
  std::mt19937_64 random(7);
  DiagonalProblem made = random_diagonal(random, 0.6);
  const auto limit = made.limit();
  for (Numbers* numbers : {&made.second, &made.first})
    for (double& w : *numbers) w *= 4.0;
  for (double& w : made.target) w *= 16.0;  // dW/dt is homogeneous: factors by 4, W by 16
  const auto larger = made.limit();
  for (std::size_t e = 0; e < limit.size(); ++e) EXPECT_NEAR(larger[e], 16.0 * limit[e], 1e-12 * (1.0 + std::abs(larger[e])));
  EXPECT_EQ(diagonal_limit(1, 2, Numbers{0.3, 0.4}, Numbers{-0.3, -0.4}, Numbers{2.0})[0], 0.0);  // x = 0: falls into W = 0
  EXPECT_NEAR(diagonal_limit(1, 2, Numbers{0.3, 0.4}, Numbers{-0.3, -0.4}, Numbers{-2.0})[0], -2.0, 1e-14);
  EXPECT_EQ(diagonal_limit(1, 2, Numbers{0.3, 0.4}, Numbers{0.3, 0.4}, Numbers{-2.0})[0], 0.0);
  EXPECT_EQ(diagonal_limit(1, 2, Numbers{0, 0}, Numbers{0, 0}, Numbers{1.0})[0], 0.0);
}

// The two eigenvalues of a factor of the affine family, d lam_i/dt = -s r lam_i^(L-1), on blocks of any size.
TEST(AffineLimit, OfBlocksIsWhereItsFlowEnds) {
  for (const int depth : {2, 3, 4})
    for (const auto& [blocks, block] : {std::pair{2, 3}, {3, 2}, {5, 1}})
      for (const double mixing : {0.05, 0.6}) {
        const double scale = 0.3 / block, target = 1.4;
        const long double n = blocks, s = block;
        const Longs end = integrated(
            {scale * s * (1 + (n - 1) * mixing), scale * s * (1 - static_cast<long double>(mixing))},
            [&](const Longs& at) {
              const long double r = (std::pow(at[0], depth) + (n - 1) * std::pow(at[1], depth)) / (n * s) - target;
              return Longs{-s * r * std::pow(at[0], depth - 1), -s * r * std::pow(at[1], depth - 1)};
            },
            0.005L, 8000);
        const auto ratio = static_cast<double>(std::pow(end[1] / end[0], depth));
        EXPECT_NEAR(affine_ratio({depth, blocks, block, scale, mixing, target}) / ratio, 1.0, 1e-6) << depth << blocks << mixing;
      }
}

// Blocks of rows and columns in any order: what the general solver finds.
TEST(NuclearNormOfParts, IsThatOfTheSolver) {
  std::mt19937_64 random(8);
  for (int trial = 0; trial < 12; ++trial) {
    const int rows = 5, columns = 4;
    std::array<int, 5> row_part{};
    std::array<int, 4> column_part{};
    for (int& part : row_part) part = static_cast<int>(random() % 3);
    for (int& part : column_part) part = static_cast<int>(random() % 3);
    const Numbers matrix = random_matrix(random, rows, columns, 3);
    std::vector<int> places;
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j)
        if (row_part[static_cast<std::size_t>(i)] == column_part[static_cast<std::size_t>(j)]) places.push_back(i * columns + j);
    if (places.empty()) continue;
    const CompletionProblem problem = observe(rows, columns, matrix, places);
    const auto norm = nuclear_norm_of_parts(rows, columns, problem.entries, problem.values);
    ASSERT_TRUE(norm);
    const Completion solved = complete({problem}, {}).front();
    EXPECT_GE(*norm, solved.lower * (1.0 - 1e-12));
    EXPECT_LE(*norm, solved.upper * (1.0 + 1e-12));
  }
  const std::vector<ObservedEntry> path{{0, 0, 1}, {0, 1, 1}, {1, 1, 1}};
  EXPECT_FALSE(nuclear_norm_of_parts(2, 2, path, Numbers{1, 1, 1}));  // (1, 0) is missing
}

// da/dt = -e b, db/dt = -e a with |a||b| -> product.
TEST(Hyperbola, IsKeptByTheFlow) {
  std::mt19937_64 random(9);
  std::normal_distribution<double> normal;
  for (int trial = 0; trial < 20; ++trial) {
    const double a = normal(random), b = normal(random), target = 2.0 * normal(random);
    const Longs end = integrated({a, b}, [&](const Longs& at) {
      const long double e = at[0] * at[1] - target;
      return Longs{-e * at[1], -e * at[0]};
    }, 0.001L, 10000);  // at any time, at rest or not
    const auto product = static_cast<double>(std::abs(end[0] * end[1]));
    EXPECT_NEAR(on_hyperbola(a * a - b * b, product), static_cast<double>(std::abs(end[0])), 1e-8);
    EXPECT_NEAR(on_hyperbola(b * b - a * a, product), static_cast<double>(std::abs(end[1])), 1e-8);
  }
  EXPECT_NEAR(on_hyperbola(-1e8, 1.0) * 1e4, 1.0, 1e-12);  // no cancellation
}

TEST(RankOne, IsToldFromWhatIsJoined) {
  const std::vector<ObservedEntry> path{{0, 0, 1}, {0, 1, 1}, {1, 1, 1}}, all{{0, 0, 1}, {0, 1, 1}, {1, 0, 1}, {1, 1, 1}}, apart{{0, 0, 1}, {1, 1, 1}};
  EXPECT_TRUE(fits_rank_one(2, 2, path, Numbers{1, -2, 3}));
  EXPECT_TRUE(fits_rank_one(2, 2, all, Numbers{1, -2, -1.5, 3}));
  EXPECT_FALSE(fits_rank_one(2, 2, all, Numbers{1, -2, 1.5, 3}));
  EXPECT_FALSE(fits_rank_one(2, 2, path, Numbers{1, 0, 3}));
  EXPECT_FALSE(fits_rank_one(2, 2, apart, Numbers{1, 3}));  // many fit
  EXPECT_FALSE(fits_rank_one(3, 2, path, Numbers{1, 1, 1}));
}

// Modes of factors while W is small: ds_i/dt = lambda_i s_i^(L-1), until the first is of order 1.
TEST(RankExponent, IsThatOfTwoModes) {
  const double ratio = 0.382;
  EXPECT_NEAR(rank_exponent(2, ratio), 1.236, 1e-12);
  const auto second = [&](double scale) { return std::pow(scale * std::exp(ratio * escape_time(2, scale, 1.0, 1.0)), 2.0); };
  EXPECT_NEAR(std::log10(second(1e-3) / second(1e-4)), rank_exponent(2, ratio), 1e-9);
  for (const int depth : {3, 4})
    EXPECT_NEAR(std::log10(frozen_mode(depth, 1e-3, ratio) / frozen_mode(depth, 1e-4, ratio)), rank_exponent(depth, ratio), 1e-9);
}

}  // namespace
}  // namespace rankfall
