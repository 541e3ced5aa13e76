#pragma once
// The slowest linear coordinate of a stationary process: what the weighted ensemble is binned by.
#include <cstdint>
#include <vector>

namespace rankfall {

// Time-lagged independent component analysis (Molgedey & Schuster 1994; Perez-Hernandez et al. 2013), reversible: of all
// linear functions of a vector w, the one whose values a lag apart are correlated most. Escapes from a metastable state
// begin along it where one mode is much slower than the others. Its mean is 0, its variance 1, its sign without a meaning.
class SlowMode {
 public:
  explicit SlowMode(std::size_t entries)
      : entries_(entries), mean_(entries, 0.0), now_(entries * entries, 0.0), later_(entries * entries, 0.0) {}

  void add(const std::vector<double>& w, const std::vector<double>& a_lag_later);
  // After the last pair. Directions whose variance is below 1e-4 of the largest do not count: W is of low rank.
  void settle();
  double operator()(const std::vector<double>& w) const;
  double correlation() const { return correlation_; }  // a lag apart
  std::int64_t samples() const { return count_; }

 private:
  std::size_t entries_;
  std::int64_t count_ = 0;
  std::vector<double> mean_, now_, later_;  // sums, until it is settled
  std::vector<double> direction_;
  double correlation_ = 0.0;
};

}  // namespace rankfall
