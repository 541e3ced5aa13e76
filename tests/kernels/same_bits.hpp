#pragma once
// Equality of trained replicas.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <vector>

namespace rankfall {

// Equal as bits: distinguishes zeros of either sign, and takes NaN as equal to itself.
template <class Real>
void expect_same_bits(const std::vector<Real>& a, const std::vector<Real>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t k = 0; k < a.size(); ++k)
    ASSERT_EQ(std::memcmp(&a[k], &b[k], sizeof(Real)), 0) << "element " << k << ": " << a[k] << " and " << b[k];
}

// Likewise, but any NaN equals any other: payload and sign of a NaN are the machine's business.
template <class Real>
void expect_same_numbers(const std::vector<Real>& a, const std::vector<Real>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t k = 0; k < a.size(); ++k) {
    if (std::isnan(a[k]) && std::isnan(b[k])) continue;
    ASSERT_EQ(std::memcmp(&a[k], &b[k], sizeof(Real)), 0) << "element " << k << ": " << a[k] << " and " << b[k];
  }
}

}  // namespace rankfall
