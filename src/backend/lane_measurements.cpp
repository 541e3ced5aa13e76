#include "backend/lane_measurements.hpp"

#include <algorithm>

namespace rankfall {

template <class Number>
void LaneMeasurements<Number>::set(int lane, std::shared_ptr<const Measurements> own) {
  own_[static_cast<std::size_t>(lane)] = own;
  latest_ = std::move(own);
}

// The latest, of all lanes. A copy of them counts as the first lane's.
template <class Number>
kernels::EntryList<Number> LaneMeasurements<Number>::shared() {
  const auto count = static_cast<kernels::Word>(latest_->value.size());
  if constexpr (std::is_same_v<Number, double>) {
    return {nullptr, latest_->value.data(), nullptr, count, 1, 0, latest_->matrix.data()};
  } else {
    if (copied_.front() != latest_ || matrix_.size() != latest_->matrix.size()) {
      matrix_.assign(latest_->matrix.begin(), latest_->matrix.end());
      value_.assign(latest_->value.begin(), latest_->value.end());
      std::fill(copied_.begin(), copied_.end(), nullptr);
      copied_.front() = latest_;
    }
    return {nullptr, value_.data(), nullptr, count, 1, 0, matrix_.data()};
  }
}

template <class Number>
kernels::EntryList<Number> LaneMeasurements<Number>::list(int first) {
  bool alike = true;
  for (std::size_t lane = 0; lane < own_.size(); ++lane) alike = alike && (!is_current(lane) || own_[lane] == latest_);
  const auto count = static_cast<kernels::Word>(latest_->value.size());
  if (alike) return shared();
  copy_lanes();
  return {nullptr, value_.data() + first, nullptr, count, static_cast<int>(own_.size()), 1, matrix_.data() + first};
}

template <class Number>
void LaneMeasurements<Number>::copy_lanes() {
  const std::size_t lanes = own_.size();
  if (matrix_.size() != latest_->matrix.size() * lanes || value_.size() != latest_->value.size() * lanes) {
    matrix_.assign(latest_->matrix.size() * lanes, Number(0.0));
    value_.assign(latest_->value.size() * lanes, Number(0.0));
    std::fill(copied_.begin(), copied_.end(), nullptr);
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if (!is_current(lane) || copied_[lane] == own_[lane]) continue;
    const Measurements& own = *own_[lane];
    for (std::size_t k = 0; k < own.matrix.size(); ++k) matrix_[k * lanes + lane] = Number(own.matrix[k]);
    for (std::size_t k = 0; k < own.value.size(); ++k) value_[k * lanes + lane] = Number(own.value[k]);
    copied_[lane] = own_[lane];
  }
}

template class LaneMeasurements<double>;
template class LaneMeasurements<Extended>;

}  // namespace rankfall
