#include "backend/observer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/monitor.hpp"
#include "kernels/rank_count.hpp"

namespace rankfall {

template <class Real>
Observer<Real>::Observer(const Factorization& model)
    : model_(model),
      pitch_((model.largest_dimension() + 7) / 8 * 8),
      square_(static_cast<std::size_t>(pitch_) * pitch_) {
  const Wide zero(0.0);
  factors_.assign(parts * square_ * model.factors(), zero);
  weight_.assign(parts * square_, zero);
  target_.assign(parts * square_, zero);
  clean_.assign(parts * square_, zero);
  // Products rely on zeros around what they write, so each of these serves one purpose only.
  workspace_.assign(square_ * kernels::workspace_matrices(model.factors()), zero);
  matrix_.assign(parts * square_, zero);
  scratch_.assign(square_, zero);
  gram_.assign(square_, zero);
  counting_.assign(static_cast<std::size_t>(kernels::rank_workspace(model.singular_values())), zero);
  values_.assign(parts * static_cast<std::size_t>(model.singular_values()), zero);
}

template <class Real>
void Observer<Real>::set_objective(double loss_scale, double ridge) {
  loss_scale_ = loss_scale;
  ridge_ = ridge;
}

template <class Real>
void Observer<Real>::set_data(int lane, const ObservedData& data, const std::vector<double>& clean_target) {
  const int p = lane / wide_lanes, q = lane % wide_lanes;
  for (int i = 0; i < model_.rows(); ++i)
    for (int j = 0; j < model_.columns(); ++j) {
      const std::size_t from = static_cast<std::size_t>(i) * model_.columns() + j;
      const std::size_t to = static_cast<std::size_t>(i) * pitch_ + j;
      set_lane(part(weight_, p, 1)[to], q, Number(data.weight[from]));
      set_lane(part(target_, p, 1)[to], q, Number(data.target[from]));
      set_lane(part(clean_, p, 1)[to], q, Number(clean_target[from]));
    }
  measurements_.set(lane, data.measurements);
}

template <class Real>
void Observer<Real>::set_data(const ObservedData& data, const std::vector<double>& clean_target) {
  for (int lane = 0; lane < lanes; ++lane) set_data(lane, data, clean_target);
}

template <class Real>
void Observer<Real>::observe(const LaneGroup<Real>& group, Detail detail, std::span<const WantedRank> wanted) {
  for (int p = 0; p < parts; ++p) {
    if (measurements_.any()) observe_part<kernels::MeasuredLoss>(p, group, detail, wanted);
    else observe_part<kernels::EntryLoss>(p, group, detail, wanted);
  }
}

template <class Real>
auto Observer<Real>::subject_of(int p, const kernels::Shape& shape) -> kernels::Subject<Wide> {
  return {&shape,              {pitch_},           part(factors_, p, model_.factors()), part(weight_, p, 1),
          part(target_, p, 1), part(clean_, p, 1), loss_scale_,                         ridge_};
}

template <class Real>
template <class Loss>
void Observer<Real>::observe_part(int p, const LaneGroup<Real>& group, Detail detail, std::span<const WantedRank> wanted) {
  const kernels::Shape shape = kernel_shape(model_);
  const kernels::SerialTeam team;
  group.copy_true_factors(p, pitch_, part(factors_, p, model_.factors()));
  kernels::Subject<Wide> subject = subject_of(p, shape);
  if constexpr (std::is_same_v<Loss, kernels::MeasuredLoss>) subject.measured = measurements_.list(p * wide_lanes);
  const Wide nan(std::nan(""));
  seen_[p].gradient_norm = seen_[p].balancedness = nan;
  kernels::observe_losses<Loss>(team, subject, workspace_.data(), part(matrix_, p, 1), seen_[p]);
  const bool ranks_only = detail == Detail::rank || detail == Detail::rank_and_gradient;
  has_spectrum_[static_cast<std::size_t>(p)] = false;
  if (detail != Detail::gradient && !(ranks_only && count_ranks(p, wanted))) find_spectrum(p, wanted);
  if (detail != Detail::spectrum && detail != Detail::rank)
    seen_[p].gradient_norm = kernels::gradient_norm<Loss>(team, subject, workspace_.data(), gram_.data());
  if (detail == Detail::full) seen_[p].balancedness = kernels::balancedness(team, subject, gram_.data());
}

template <class Real>
void Observer<Real>::find_spectrum(int p, std::span<const WantedRank> wanted) {
  kernels::matrix_spectrum<Wide>(kernels::SerialTeam{}, model_.rows(), model_.columns(), pitch_, part(matrix_, p, 1),
                                 scratch_.data(), values_.data() + static_cast<std::size_t>(p) * model_.singular_values());
  for (const WantedRank& want : wanted)
    if (want.lane / wide_lanes == p) rank_[static_cast<std::size_t>(want.lane)] = rank(want.lane, want.tolerance);
  has_spectrum_[static_cast<std::size_t>(p)] = true;
  ++spectra_found_;
}

// False where that leaves a doubt about a wanted one.
template <class Real>
bool Observer<Real>::count_ranks(int p, std::span<const WantedRank> wanted) {
  Wide threshold(1.0), counted(0.0);
  for (const WantedRank& want : wanted)
    if (want.lane / wide_lanes == p) set_lane(threshold, want.lane % wide_lanes, Number(want.tolerance));
  const int longer = std::max(model_.rows(), model_.columns()), shorter = std::min(model_.rows(), model_.columns());
  kernels::longer_side_first<Wide>(kernels::SerialTeam{}, model_.rows(), model_.columns(), pitch_, part(matrix_, p, 1),
                                   scratch_.data());
  const Wide certain =
      kernels::rank_above<Wide>(longer, shorter, scratch_.data(), threshold, counting_.data(), counted);
  for (const WantedRank& want : wanted) {
    if (want.lane / wide_lanes != p) continue;
    if (to_float64(lane_of(certain, want.lane % wide_lanes)) != 1.0) return false;
    rank_[static_cast<std::size_t>(want.lane)] = static_cast<int>(to_float64(lane_of(counted, want.lane % wide_lanes)));
  }
  return true;
}

template <class Real>
LaneReading Observer<Real>::reading(int lane) const {
  const int p = lane / wide_lanes, q = lane % wide_lanes, count = model_.singular_values();
  const auto& seen = seen_[p];
  const auto number = [q](const Wide& x) { return to_float64(lane_of(x, q)); };
  LaneReading reading{number(seen.loss),
                      number(seen.objective),
                      number(seen.unobserved_error),
                      number(seen.representation_cost),
                      number(seen.balancedness),
                      number(seen.gradient_norm),
                      number(seen.frobenius_squared),
                      {}};
  if (!has_spectrum_[static_cast<std::size_t>(p)]) return reading;
  reading.singular_values.resize(static_cast<std::size_t>(count));
  for (int k = 0; k < count; ++k)
    reading.singular_values[k] = number(values_[static_cast<std::size_t>(p) * count + k]);
  return reading;
}

template <class Real>
void Observer<Real>::read_layers() {
  const kernels::Shape shape = kernel_shape(model_);
  const kernels::SerialTeam team;
  const std::size_t numbers = static_cast<std::size_t>(model_.factors()) * static_cast<std::size_t>(pitch_);
  layer_values_.assign(parts * numbers, Wide(0.0));
  for (int p = 0; p < parts; ++p) {
    const kernels::Subject<Wide> subject = subject_of(p, shape);
    kernels::factor_spectra(team, subject, scratch_.data(), layer_values_.data() + static_cast<std::size_t>(p) * numbers);
    residual_[p] = kernels::largest_residual(team, subject, part(matrix_, p, 1));
    imbalance_[p] = kernels::balancedness(team, subject, gram_.data());
  }
}

template <class Real>
FactorReading Observer<Real>::layers(int lane) const {
  const std::size_t p = static_cast<std::size_t>(lane / wide_lanes), factors = static_cast<std::size_t>(model_.factors());
  const auto number = [&](const Wide& x) { return to_float64(lane_of(x, lane % wide_lanes)); };
  FactorReading reading;
  for (std::size_t k = 0; k < static_cast<std::size_t>(model_.singular_values()); ++k) {
    double largest = 0.0, smallest = std::numeric_limits<double>::infinity();
    for (std::size_t l = 0; l < factors; ++l) {
      const double value = number(layer_values_[(p * factors + l) * static_cast<std::size_t>(pitch_) + k]);
      largest = std::max(largest, value);
      smallest = std::min(smallest, value);
    }
    reading.largest.push_back(largest);
    reading.smallest.push_back(smallest);
  }
  reading.residual = number(residual_[p]);
  reading.imbalance = number(imbalance_[p]);
  const std::vector<double> norms = factor_norms(lane);
  reading.factor_norm = *std::max_element(norms.begin(), norms.end());
  return reading;
}

template <class Real>
int Observer<Real>::rank(int lane, double tolerance) const {
  const int p = lane / wide_lanes, q = lane % wide_lanes, count = model_.singular_values();
  int rank = 0;
  for (int k = 0; k < count; ++k)
    rank += to_float64(lane_of(values_[static_cast<std::size_t>(p) * count + k], q)) > tolerance ? 1 : 0;
  return rank;
}

template <class Real>
std::vector<double> Observer<Real>::factor_norms(int lane) const {
  const int p = lane / wide_lanes, q = lane % wide_lanes;
  using kernels::mul_add;
  using kernels::square_root;
  std::vector<double> norms;
  for (int l = 0; l < model_.factors(); ++l) {
    Number squares(0.0);
    const Wide* factor = factors_.data() + (static_cast<std::size_t>(p) * model_.factors() + l) * square_;
    for (int i = 0; i < model_.factor_rows(l); ++i)
      for (int j = 0; j < model_.factor_columns(l); ++j) {
        const Number w = lane_of(factor[static_cast<std::size_t>(i) * pitch_ + j], q);
        squares = mul_add(w, w, squares);
      }
    norms.push_back(to_float64(square_root(squares)));
  }
  return norms;
}

template <class Real>
std::vector<double> Observer<Real>::matrix(int lane) const {
  const std::size_t p = static_cast<std::size_t>(lane / wide_lanes);
  const int q = lane % wide_lanes;
  std::vector<double> entries;
  entries.reserve(static_cast<std::size_t>(model_.rows()) * static_cast<std::size_t>(model_.columns()));
  for (int i = 0; i < model_.rows(); ++i)
    for (int j = 0; j < model_.columns(); ++j)
      entries.push_back(to_float64(lane_of(matrix_[p * square_ + static_cast<std::size_t>(i) * pitch_ + j], q)));
  return entries;
}

template <class Real>
std::vector<double> Observer<Real>::factors(int lane) const {
  const std::size_t p = static_cast<std::size_t>(lane / wide_lanes);
  const int q = lane % wide_lanes;
  std::vector<double> entries;
  for (int l = 0; l < model_.factors(); ++l) {
    const Wide* factor = factors_.data() + (p * static_cast<std::size_t>(model_.factors()) + static_cast<std::size_t>(l)) * square_;
    for (int i = 0; i < model_.factor_rows(l); ++i)
      for (int j = 0; j < model_.factor_columns(l); ++j)
        entries.push_back(to_float64(lane_of(factor[static_cast<std::size_t>(i) * pitch_ + j], q)));
  }
  return entries;
}

template class Observer<float>;
template class Observer<double>;
template class Observer<Extended>;

}  // namespace rankfall
