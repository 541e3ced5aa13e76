#include "backend/lane_measurements.hpp"

#include <algorithm>

namespace rankfall {

void LaneMeasurements::set(int lane, std::shared_ptr<const Measurements> own) {
  own_[static_cast<std::size_t>(lane)] = own;
  latest_ = std::move(own);
}

kernels::EntryList<double> LaneMeasurements::list(int first) {
  bool alike = true;
  for (std::size_t lane = 0; lane < own_.size(); ++lane) alike = alike && (!is_current(lane) || own_[lane] == latest_);
  const auto count = static_cast<kernels::Word>(latest_->value.size());
  if (alike) return {nullptr, latest_->value.data(), nullptr, count, 1, 0, latest_->matrix.data()};
  copy_lanes();
  return {nullptr, value_.data() + first, nullptr, count, static_cast<int>(own_.size()), 1, matrix_.data() + first};
}

void LaneMeasurements::copy_lanes() {
  const std::size_t lanes = own_.size();
  if (matrix_.size() != latest_->matrix.size() * lanes || value_.size() != latest_->value.size() * lanes) {
    matrix_.assign(latest_->matrix.size() * lanes, 0.0);
    value_.assign(latest_->value.size() * lanes, 0.0);
    std::fill(copied_.begin(), copied_.end(), nullptr);
  }
  for (std::size_t lane = 0; lane < lanes; ++lane) {
    if (!is_current(lane) || copied_[lane] == own_[lane]) continue;
    const Measurements& own = *own_[lane];
    for (std::size_t k = 0; k < own.matrix.size(); ++k) matrix_[k * lanes + lane] = own.matrix[k];
    for (std::size_t k = 0; k < own.value.size(); ++k) value_[k * lanes + lane] = own.value[k];
    copied_[lane] = own_[lane];
  }
}

}  // namespace rankfall
