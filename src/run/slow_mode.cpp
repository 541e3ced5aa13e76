#include "run/slow_mode.hpp"

#include <cmath>

#include "backend/dense.hpp"
#include "backend/modes.hpp"

namespace rankfall {

using dense::Dense;

void SlowMode::add(const std::vector<double>& w, const std::vector<double>& a_lag_later) {
  ++count_;
  for (std::size_t i = 0; i < entries_; ++i) {
    mean_[i] += 0.5 * (w[i] + a_lag_later[i]);
    for (std::size_t j = 0; j < entries_; ++j) {
      now_[i * entries_ + j] += 0.5 * (w[i] * w[j] + a_lag_later[i] * a_lag_later[j]);
      later_[i * entries_ + j] += 0.5 * (w[i] * a_lag_later[j] + a_lag_later[i] * w[j]);
    }
  }
}

void SlowMode::settle() {
  const std::size_t n = entries_;
  const int size = static_cast<int>(n);
  const auto count = static_cast<double>(count_);
  for (double& x : mean_) x /= count;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) {
      now_[i * n + j] = now_[i * n + j] / count - mean_[i] * mean_[j];
      later_[i * n + j] = later_[i * n + j] / count - mean_[i] * mean_[j];
    }
  // In a basis in which all that varies has variance 1.
  const SingularTriples spread = singular_triples(size, size, now_);
  Dense basis{0, size, {}};  // a row per direction
  for (std::size_t k = 0; k < n && spread.value[k] > 1e-4 * spread.value[0]; ++k, ++basis.rows)
    for (std::size_t i = 0; i < n; ++i) basis.entries.push_back(spread.left[k * n + i] / std::sqrt(spread.value[k]));
  const Dense lagged = dense::product(dense::product(basis, {size, size, later_}), dense::transposed(basis));
  const SingularTriples slow = singular_triples(lagged.rows, lagged.columns, lagged.entries);
  const Dense first{1, lagged.rows, dense::Numbers(slow.left.begin(), slow.left.begin() + lagged.rows)};
  direction_ = dense::product(first, basis).entries;
  correlation_ = slow.value[0];
}

double SlowMode::operator()(const std::vector<double>& w) const {
  double sum = 0.0;
  for (std::size_t i = 0; i < entries_; ++i) sum += direction_[i] * (w[i] - mean_[i]);
  return sum;
}

}  // namespace rankfall
