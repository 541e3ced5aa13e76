// Singular values against LAPACK and against spectra known in closed form; lanes against scalars.
#include "kernels/spectrum.hpp"

#include <gtest/gtest.h>
#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "backend/lanes.hpp"
#include "tests/kernels/trainer.hpp"

namespace rankfall {
namespace {

// A matrix by columns, rows >= columns, as both LAPACK and the kernel take it.
struct Tall {
  int rows, columns;
  std::vector<double> a;
};

std::vector<double> by_kernel(Tall matrix) {
  std::vector<double> value(static_cast<std::size_t>(matrix.columns));
  kernels::singular_values<double>(kernels::SerialTeam{}, matrix.rows, matrix.columns, matrix.a.data(), value.data());
  return value;
}

// Accurate relative to the largest singular value.
std::vector<double> by_lapack(Tall matrix) {
  std::vector<double> value(static_cast<std::size_t>(matrix.columns));
  const int info = LAPACKE_dgesdd(LAPACK_COL_MAJOR, 'N', matrix.rows, matrix.columns, matrix.a.data(), matrix.rows,
                                  value.data(), nullptr, 1, nullptr, 1);
  EXPECT_EQ(info, 0);
  return value;
}

// Accurate relative to each singular value of a well-conditioned matrix with scaled columns (Drmac & Veselic 2008).
std::vector<double> by_accurate_lapack(Tall matrix) {
  std::vector<double> value(static_cast<std::size_t>(matrix.columns)), statistics(7);
  std::vector<lapack_int> integers(3);
  const int info = LAPACKE_dgejsv(LAPACK_COL_MAJOR, 'C', 'N', 'N', 'N', 'N', 'N', matrix.rows, matrix.columns,
                                  matrix.a.data(), matrix.rows, value.data(), nullptr, matrix.rows, nullptr,
                                  matrix.columns, statistics.data(), integers.data());
  EXPECT_EQ(info, 0);
  for (double& x : value) x *= statistics[0] / statistics[1];
  return value;
}

Tall gaussian(std::uint32_t seed, int rows, int columns) {
  kernels::VariateSequence variates = variates_of(seed);
  Tall matrix{rows, columns, std::vector<double>(static_cast<std::size_t>(rows) * columns)};
  for (double& x : matrix.a) x = variates.normal();
  return matrix;
}

// Q diag(values) with random orthonormal columns Q, then mixed by a random orthogonal matrix of the columns.
Tall with_values(std::uint32_t seed, int rows, const std::vector<double>& values) {
  const int columns = static_cast<int>(values.size());
  kernels::VariateSequence variates = variates_of(seed);
  std::vector<double> scratch(static_cast<std::size_t>(rows) * rows), q(static_cast<std::size_t>(rows) * columns),
      mix(static_cast<std::size_t>(columns) * columns);
  kernels::draw_orthonormal(variates, rows, columns, scratch.data(), q.data());
  kernels::draw_orthonormal(variates, columns, columns, scratch.data(), mix.data());
  Tall matrix{rows, columns, std::vector<double>(static_cast<std::size_t>(rows) * columns, 0.0)};
  for (int c = 0; c < columns; ++c)
    for (int i = 0; i < rows; ++i)
      for (int k = 0; k < columns; ++k)
        matrix.a[static_cast<std::size_t>(c) * rows + i] += q[i * columns + k] * values[k] * mix[c * columns + k];
  return matrix;
}

void expect_near(const std::vector<double>& values, const std::vector<double>& truth, double tolerance) {
  ASSERT_EQ(values.size(), truth.size());
  for (std::size_t k = 0; k < truth.size(); ++k)
    ASSERT_NEAR(values[k], truth[k], tolerance * std::max(truth.front(), 1e-300)) << "singular value " << k;
}

TEST(SingularValues, OfRandomRectanglesAgreeWithLapack) {
  std::uint32_t seed = 0;
  for (const auto& [rows, columns] :
       {std::pair{1, 1}, {7, 1}, {2, 2}, {5, 5}, {9, 4}, {12, 12}, {30, 20}, {100, 25}, {60, 60}})
    for (int trial = 0; trial < 5; ++trial) {
      const Tall matrix = gaussian(++seed, rows, columns);
      SCOPED_TRACE(testing::Message() << rows << " x " << columns);
      expect_near(by_kernel(matrix), by_lapack(matrix), 2e-15 + 3e-16 * rows);  // rounding adds up over the rotations
    }
}

TEST(SingularValues, ScaleWithTheMatrix) {  // deep factorizations start at W = scale^depth
  for (double scale : {1e-60, 1e-12, 1e60}) {
    const Tall matrix = gaussian(6, 7, 5);
    Tall scaled = matrix;
    for (double& x : scaled.a) x *= scale;
    const auto values = by_kernel(scaled), truth = by_lapack(matrix);
    for (std::size_t k = 0; k < truth.size(); ++k) ASSERT_NEAR(values[k] / scale / truth[k], 1.0, 1e-14) << scale;
  }
}

TEST(SingularValues, OfClustersAreThoseBuiltIn) {
  for (const std::vector<double>& values :
       {std::vector<double>(8, 1.0), {3.0, 3.0, 3.0, 1.0, 1.0, 1.0}, {2.0, 2.0 - 1e-12, 2.0 - 2e-12, 1e-6, 1e-6}}) {
    const Tall matrix = with_values(7, 9, values);
    expect_near(by_kernel(matrix), values, 4e-15);
    expect_near(by_kernel(matrix), by_lapack(matrix), 4e-15);
  }
}

TEST(SingularValues, OfLowRankAreZeroToRounding) {
  const Tall matrix = with_values(8, 12, {5.0, 4.0, 1.0, 0.0, 0.0, 0.0, 0.0});
  expect_near(by_kernel(matrix), {5.0, 4.0, 1.0, 0.0, 0.0, 0.0, 0.0}, 2e-15);
}

TEST(SingularValues, OfEmptyColumnsAreExactlyZero) {
  Tall matrix = gaussian(9, 6, 5);
  std::fill(matrix.a.begin() + 6, matrix.a.begin() + 18, 0.0);
  const auto values = by_kernel(matrix);
  expect_near(values, by_lapack(matrix), 4e-15);
  EXPECT_EQ(values[3], 0.0);
  EXPECT_EQ(values[4], 0.0);
  EXPECT_EQ(by_kernel({4, 3, std::vector<double>(12, 0.0)}), (std::vector<double>{0.0, 0.0, 0.0}));
}

TEST(SingularValues, OfScaledColumnsAreRelativelyAccurate) {
  for (std::uint32_t seed = 20; seed < 40; ++seed) {
    Tall matrix = gaussian(seed, 10, 7);
    for (int c = 0; c < 7; ++c)
      for (int i = 0; i < 10; ++i)
        matrix.a[static_cast<std::size_t>(c) * 10 + i] *= std::pow(10.0, -2.0 * ((c * 3) % 7));
    const auto values = by_kernel(matrix), truth = by_accurate_lapack(matrix);
    ASSERT_LT(truth.back(), 1e-10);
    for (std::size_t k = 0; k < truth.size(); ++k)
      ASSERT_NEAR(values[k] / truth[k], 1.0, 1e-13) << "singular value " << k;
  }
}

TEST(SingularValues, OfGradedMatricesReachTenToTheMinusTwelve) {
  std::vector<double> grades;
  for (int k = 0; k <= 12; ++k) grades.push_back(std::pow(10.0, -k));
  const auto values = by_kernel(with_values(41, 13, grades));
  for (std::size_t k = 0; k < grades.size(); ++k) ASSERT_NEAR(values[k], grades[k], 1e-15) << k;
}

TEST(SingularValues, OfADiagonalAreItsEntriesSorted) {
  Tall matrix{5, 5, std::vector<double>(25, 0.0)};
  const double diagonal[] = {1e-9, -7.0, 0.0, 3.5, 1e-30};
  for (int k = 0; k < 5; ++k) matrix.a[static_cast<std::size_t>(k) * 6] = diagonal[k];
  EXPECT_EQ(by_kernel(matrix), (std::vector<double>{7.0, 3.5, 1e-9, 1e-30, 0.0}));
}

TEST(SingularValues, OfTheSecondDifferenceAreCosines) {  // 2 - 2 cos(k pi / (n + 1))
  const int n = 24;
  Tall matrix{n, n, std::vector<double>(static_cast<std::size_t>(n) * n, 0.0)};
  std::vector<double> truth;
  for (int k = 0; k < n; ++k) {
    matrix.a[static_cast<std::size_t>(k) * n + k] = 2.0;
    if (k + 1 < n)
      matrix.a[static_cast<std::size_t>(k) * n + k + 1] = matrix.a[static_cast<std::size_t>(k + 1) * n + k] = -1.0;
    truth.push_back(2.0 - 2.0 * std::cos((n - k) * std::acos(-1.0) / (n + 1)));
  }
  expect_near(by_kernel(matrix), truth, 2e-15);
}

TEST(SingularValues, OfTheHilbertMatrixAreThePublishedOnes) {  // order 5; Todd 1954
  Tall matrix{5, 5, std::vector<double>(25)};
  for (int e = 0; e < 25; ++e) matrix.a[static_cast<std::size_t>(e)] = 1.0 / (e / 5 + e % 5 + 1);
  expect_near(by_kernel(matrix),
              {1.5670506910982, 0.20853421861101, 0.011407491623419, 3.0589804015119e-4, 3.2879287721719e-6}, 1e-13);
}

// The matrices of a register's lanes, of most different kinds.
std::vector<Tall> mixed_matrices(int rows, int columns, int count) {
  std::vector<Tall> matrices;
  for (int q = 0; q < count; ++q) {
    Tall matrix = gaussian(100u + q, rows, columns);
    if (q % 4 == 1) std::fill(matrix.a.begin(), matrix.a.begin() + 2 * rows, 0.0);
    if (q % 4 == 2)
      for (double& x : matrix.a) x *= 1e-20;
    if (q % 4 == 3)
      for (std::size_t e = 0; e < matrix.a.size(); ++e)
        matrix.a[e] *= std::pow(10.0, -2.0 * static_cast<double>(e / rows));
    matrices.push_back(matrix);
  }
  return matrices;
}

void expect_lanes_equal_scalars(const std::vector<Tall>& matrices) {
  using V = Lanes<double>;
  const int rows = matrices.front().rows, columns = matrices.front().columns;
  AlignedVector<V> a(matrices.front().a.size()), value(static_cast<std::size_t>(columns));
  for (int q = 0; q < V::count; ++q)
    for (std::size_t e = 0; e < a.size(); ++e) a[e].v[q] = matrices[q].a[e];
  kernels::singular_values<V>(kernels::SerialTeam{}, rows, columns, a.data(), value.data());
  for (int q = 0; q < V::count; ++q) {
    const auto alone = by_kernel(matrices[q]);
    for (int k = 0; k < columns; ++k) {
      const double lane = value[static_cast<std::size_t>(k)].v[q];
      if (std::isnan(lane) && std::isnan(alone[k])) continue;
      ASSERT_EQ(lane, alone[k]) << "lane " << q << ", singular value " << k;
    }
  }
}

TEST(SingularValues, OfALaneDoNotDependOnItsNeighbours) {
  for (const auto& [rows, columns] : {std::pair{5, 5}, {9, 4}, {16, 12}}) {
    std::vector<Tall> matrices = mixed_matrices(rows, columns, Lanes<double>::count);
    expect_lanes_equal_scalars(matrices);
    // A diverged replica beside them: all NaN, one NaN, one infinity, too large to square.
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    for (const auto& [from, value] :
         {std::pair{0, nan}, {rows * columns - 1, nan}, {rows * columns - 1, infinity}, {rows * columns - 1, 1e200}}) {
      std::vector<Tall> diverged = matrices;
      std::fill(diverged[1].a.begin() + from, diverged[1].a.end(), value);
      SCOPED_TRACE(testing::Message() << rows << " x " << columns << ", " << value << " from element " << from);
      expect_lanes_equal_scalars(diverged);
    }
  }
}

}  // namespace
}  // namespace rankfall
