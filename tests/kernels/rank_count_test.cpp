// Ranks that are counted are those of the singular values, or they are said to be uncertain.
#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "kernels/rank_count.hpp"
#include "kernels/spectrum.hpp"

namespace rankfall::kernels {
namespace {

struct Counted {
  int rank;
  bool certain;
};

Counted count(int rows, int columns, std::vector<double> a, double threshold) {
  std::vector<double> workspace(static_cast<std::size_t>(rank_workspace(columns)));
  double rank = 0.0;
  const double certain = rank_above<double>(rows, columns, a.data(), threshold, workspace.data(), rank);
  return {static_cast<int>(rank), certain == 1.0};
}

std::vector<double> spectrum(int rows, int columns, std::vector<double> a) {
  std::vector<double> values(static_cast<std::size_t>(columns));
  singular_values<double>(SerialTeam{}, rows, columns, a.data(), values.data());
  return values;
}

int rank_by_spectrum(int rows, int columns, const std::vector<double>& a, double threshold) {
  int rank = 0;
  for (double s : spectrum(rows, columns, a)) rank += s > threshold ? 1 : 0;
  return rank;
}

// Columns c at c * rows: a sum of `rank` random dyads of falling size.
std::vector<double> random_matrix(int rows, int columns, int rank, double fall, std::mt19937_64& random) {
  std::normal_distribution<double> normal;
  std::vector<double> a(static_cast<std::size_t>(rows * columns), 0.0);
  for (int r = 0; r < rank; ++r) {
    std::vector<double> u(static_cast<std::size_t>(rows)), v(static_cast<std::size_t>(columns));
    for (double& x : u) x = normal(random);
    for (double& x : v) x = normal(random) * std::pow(fall, r);
    for (int j = 0; j < columns; ++j)
      for (int i = 0; i < rows; ++i) a[static_cast<std::size_t>(j * rows + i)] += u[i] * v[j];
  }
  return a;
}

TEST(RankCount, IsThatOfTheSingularValuesWheneverItIsCertain) {
  std::mt19937_64 random(7);
  int cases = 0, certain = 0;
  for (int columns : {1, 2, 3, 5, 10, 23})
    for (int more : {0, 1, 7})
      for (double fall : {1.0, 0.3, 0.01, 1e-5})
        for (int repeat = 0; repeat < 20; ++repeat) {
          const int rows = columns + more, rank = 1 + static_cast<int>(random() % static_cast<unsigned>(columns));
          const auto a = random_matrix(rows, columns, rank, fall, random);
          const double largest = spectrum(rows, columns, a).front();
          for (double relative : {0.9, 0.1, 4e-3, 1e-6, 1e-12}) {
            const Counted counted = count(rows, columns, a, relative * largest);
            ++cases;
            certain += counted.certain ? 1 : 0;
            if (counted.certain) {
              EXPECT_EQ(counted.rank, rank_by_spectrum(rows, columns, a, relative * largest));
            }
          }
          EXPECT_TRUE(count(rows, columns, a, 4e-3 * largest).certain || fall < 0.1) << rows << " x " << columns;
        }
  EXPECT_GT(certain, cases / 2);
}

// diag(s): the threshold is approached from both sides.
TEST(RankCount, DoubtsWhatIsCloseToTheThreshold) {
  for (double off : {1e-3, 1e-5, 3e-6, 1e-7, 1e-9, 1e-15, 0.0})
    for (double sign : {1.0, -1.0}) {
      const double threshold = 0.02;
      const std::vector<double> a{1.0, 0, 0, 0, threshold * (1.0 + sign * off), 0, 0, 0, 1e-9};
      const Counted counted = count(3, 3, a, threshold);
      EXPECT_EQ(counted.certain, off > 1e-6) << off;
      if (counted.certain) {
        EXPECT_EQ(counted.rank, sign > 0 ? 2 : 1) << off;
      }
    }
}

TEST(RankCount, DoubtsWhatCannotBeCounted) {
  const double nan = std::nan(""), infinity = INFINITY;
  EXPECT_FALSE(count(2, 2, {1, 0, 0, 1}, 0.0).certain);
  EXPECT_FALSE(count(2, 2, {nan, 0, 0, 1}, 0.1).certain);
  EXPECT_FALSE(count(2, 2, {infinity, 0, 0, 1}, 0.1).certain);
  EXPECT_FALSE(count(2, 2, {1e100, 0, 0, 1}, 0.1).certain);
  EXPECT_FALSE(count(2, 2, {1e9, 1e9, 1e9, 1e9 + 1}, 1e-3).certain);  // below the rounding of the squares
  const Counted zero = count(2, 2, {0, 0, 0, 0}, 0.1);
  EXPECT_TRUE(zero.certain);
  EXPECT_EQ(zero.rank, 0);
}

// A leading entry of the shifted matrix that is zero stops elimination without pivoting; it must not be believed.
TEST(RankCount, DoubtsAPivotThatVanishes) {
  const double threshold = 1.0;
  for (double b : {0.5, 2.0}) {
    const std::vector<double> a{1.0, 0.0, b, 1.0};
    const Counted counted = count(2, 2, a, threshold);
    if (counted.certain) {
      EXPECT_EQ(counted.rank, rank_by_spectrum(2, 2, a, threshold));
    }
  }
}

}  // namespace
}  // namespace rankfall::kernels
