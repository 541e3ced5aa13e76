#include "estimate/quantile.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace rankfall {
namespace {

// numpy.quantile([7, 1, 3, 10], q), whose default is type 7.
TEST(Quantile, IsLinearBetweenOrderStatistics) {
  const std::vector<double> values{7, 1, 3, 10};
  EXPECT_DOUBLE_EQ(quantile(values, 0.0), 1.0);
  EXPECT_DOUBLE_EQ(quantile(values, 0.25), 2.5);
  EXPECT_DOUBLE_EQ(quantile(values, 0.5), 5.0);
  EXPECT_DOUBLE_EQ(quantile(values, 0.9), 9.1);
  EXPECT_DOUBLE_EQ(quantile(values, 1.0), 10.0);
}

TEST(Quantile, OfOddCountIsTheMiddleOne) { EXPECT_EQ(quantile({5, -2, 9}, 0.5), 5.0); }

TEST(Quantile, DoesNotCountMissingValues) {
  const double missing = std::numeric_limits<double>::quiet_NaN();
  EXPECT_DOUBLE_EQ(quantile({missing, 4, missing, 2, 9}, 0.5), 4.0);
  EXPECT_TRUE(std::isnan(quantile({missing}, 0.5)));
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
}

}  // namespace
}  // namespace rankfall
