// Uniform and normal variates: accuracy of the functions, and the distribution of what is drawn.
#include "kernels/normal.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace rankfall {
namespace {

using kernels::normal_quantile;
using kernels::portable_log;
using kernels::uniform_from_words;
using kernels::Word;

double ulps_off(double value, long double truth) {
  const double rounded = static_cast<double>(truth);
  const double ulp = std::nextafter(std::abs(rounded), std::numeric_limits<double>::infinity()) - std::abs(rounded);
  return static_cast<double>(std::abs(static_cast<long double>(value) - truth) / ulp);
}

TEST(PortableLog, IsWithinTwoUlpsOverAllMagnitudes) {
  std::mt19937_64 bits(1);
  std::uniform_real_distribution<double> mantissa(1.0, 2.0);
  double worst = 0.0;
  for (int exponent = -1022; exponent <= 1023; ++exponent)
    for (int k = 0; k < 100; ++k) {
      const double x = std::ldexp(mantissa(bits), exponent);
      worst = std::max(worst, ulps_off(portable_log(x), std::log(static_cast<long double>(x))));
    }
  EXPECT_LT(worst, 2.0);
}

TEST(PortableLog, IsWithinTwoUlpsNearOne) {
  double worst = 0.0;
  for (int k = 1; k < 1000; ++k)
    for (double step : {1e-3, 1e-6, 1e-10, 0x1p-52})
      for (double x : {1.0 + k * step, 1.0 - k * step / 2.0})
        if (x > 0.0) worst = std::max(worst, ulps_off(portable_log(x), std::log(static_cast<long double>(x))));
  EXPECT_LT(worst, 2.0);
  EXPECT_EQ(portable_log(1.0), 0.0);
}

// In long double: float64 tails of the oracle would be the larger error.
long double oracle_quantile(double p) {
  return boost::math::quantile(boost::math::normal_distribution<long double>(), static_cast<long double>(p));
}

TEST(NormalQuantile, AgreesWithBoostInTheCentreAndTheTails) {
  std::vector<double> points;
  for (int k = 1; k < 4000; ++k) points.push_back(k / 4000.0);
  for (int k = -530; k < -2; ++k) points.push_back(std::pow(10.0, k / 10.0 - 0.0123) / 8.0);  // down to 1e-54
  for (double delta : {1e-15, 1e-12, 1e-6}) {  // at the joints of the three branches
    for (double joint : {0.075, 0.925, std::exp(-25.0)}) {
      points.push_back(joint * (1.0 - delta));
      points.push_back(joint * (1.0 + delta));
    }
  }
  for (double p : points) {
    if (p == 0.5) continue;
    const long double truth = oracle_quantile(p);
    ASSERT_LT(std::abs((normal_quantile(p) - truth) / truth), 1e-14L) << "p = " << p;
  }
  EXPECT_EQ(normal_quantile(0.5), 0.0);
}

TEST(NormalQuantile, IsAntisymmetricWhereOneMinusPIsExact) {
  for (int k = 1; k < 4096; ++k) {
    const double p = k * 0x1p-13;
    ASSERT_EQ(normal_quantile(p), -normal_quantile(1.0 - p)) << p;
  }
}

TEST(Uniform, IsNeverZeroNorOneAndSymmetric) {
  const Word all = 0xffffffffu;
  EXPECT_EQ(uniform_from_words(0, 0), 0x1p-53);
  EXPECT_EQ(uniform_from_words(all, all), 1.0 - 0x1p-53);
  EXPECT_TRUE(std::isfinite(normal_quantile(uniform_from_words(0, 0))));
  EXPECT_TRUE(std::isfinite(normal_quantile(uniform_from_words(all, all))));
  std::mt19937 words(2);
  for (int k = 0; k < 10000; ++k) {
    const Word a = static_cast<Word>(words()), b = static_cast<Word>(words());
    const double u = uniform_from_words(a, b);
    ASSERT_GT(u, 0.0);
    ASSERT_LT(u, 1.0);
    ASSERT_EQ(uniform_from_words(~a, ~b), 1.0 - u);
  }
}

// Largest distance of the empirical from the given distribution function, times sqrt(n).
template <class Cdf>
double kolmogorov(std::vector<double> sample, Cdf&& cdf) {
  std::sort(sample.begin(), sample.end());
  const double n = static_cast<double>(sample.size());
  double distance = 0.0;
  for (std::size_t k = 0; k < sample.size(); ++k) {
    const double f = cdf(sample[k]);
    distance = std::max({distance, f - static_cast<double>(k) / n, static_cast<double>(k + 1) / n - f});
  }
  return distance * std::sqrt(n);
}

TEST(Variates, NormalsHaveTheNormalDistribution) {
  kernels::VariateSequence variates({11u, 12u, 13u, 14u});
  const int n = 1000000;
  std::vector<double> sample(static_cast<std::size_t>(n));
  double moment[5] = {};
  for (double& x : sample) {
    x = variates.normal();
    for (int power = 1; power <= 4; ++power) moment[power] += std::pow(x, power) / n;
  }
  const double error = 1.0 / std::sqrt(static_cast<double>(n));  // variances of x .. x^4: 1, 2, 15, 96; five sigma
  EXPECT_NEAR(moment[1], 0.0, 5.0 * error);
  EXPECT_NEAR(moment[2], 1.0, 5.0 * std::sqrt(2.0) * error);
  EXPECT_NEAR(moment[3], 0.0, 5.0 * std::sqrt(15.0) * error);
  EXPECT_NEAR(moment[4], 3.0, 5.0 * std::sqrt(96.0) * error);
  EXPECT_LT(kolmogorov(sample, [](double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }), 1.95);  // p = 1e-3
  double neighbours = 0.0;
  for (std::size_t k = 0; k + 1 < sample.size(); ++k) neighbours += sample[k] * sample[k + 1] / n;
  EXPECT_NEAR(neighbours, 0.0, 5.0 * error);
}

TEST(Variates, UniformsAreUniform) {
  kernels::VariateSequence variates({21u, 22u, 23u, 24u});
  std::vector<double> sample(200000);
  for (double& x : sample) x = variates.uniform();
  EXPECT_LT(kolmogorov(sample, [](double x) { return x; }), 1.95);
}

TEST(Variates, AreAFunctionOfTheSourceAndTheirNumber) {
  const kernels::RandomSource<Word> source{31u, 32u, 33u, 34u};
  kernels::VariateSequence variates(source);
  for (Word k = 0; k < 50; ++k) {
    const auto block = kernels::random_block<Word>(source, k / 2, 0u);
    const int half = static_cast<int>(k % 2) * 2;
    ASSERT_EQ(variates.uniform(), uniform_from_words(block.word[half], block.word[half + 1]));
  }
}

}  // namespace
}  // namespace rankfall
