#include "backend/lane_group.hpp"

#include <algorithm>
#include <cstring>

namespace rankfall {

kernels::Shape kernel_shape(const Factorization& model) {
  kernels::Shape shape{};
  shape.factors = model.factors();
  shape.model = model.symmetry == Symmetry::symmetric ? kernels::Model::symmetric : kernels::Model::general;
  std::copy(model.widths.begin(), model.widths.end(), shape.width);
  return shape;
}

template <class Real>
LaneGroup<Real>::LaneGroup(const Factorization& model)
    : model_(model), shape_(kernel_shape(model)) {
  scale_.assign(kernels::ValueTraits<V>::parts, Wide(1.0));
  decay_ = scale_;
  trainee_.scale = scale_.data();
  trainee_.decay = decay_.data();
  trainee_.rate = V(Real(0));
}

template <class Real>
void LaneGroup<Real>::choose_size(Loops wanted) {
  kernels_ = &kernels_for<Real>(model_.largest_dimension(), wanted);
  pitch_ = pitch_of(*kernels_, model_.largest_dimension());
  square_ = static_cast<std::size_t>(pitch_) * pitch_;
  factors_.assign(square_ * model_.factors(), V(Real(0)));
  weight_.assign(square_, V(Real(0)));
  target_.assign(square_, V(Real(0)));
  trainee_.weight = weight_.data();
  trainee_.target = target_.data();
}

template <class Real>
void LaneGroup<Real>::choose_loops(const PhaseSpec& phase, const ObservedData& alike) {
  const bool measures = alike.measurements != nullptr, single = phase.batch_size == 1 && model_.factors() >= 2;
  const bool chains = kernels::takes_chains(shape_, phase.batch_size);
  flow_ = measures ? kernels_->sensing_flow : kernels_->gradient_flow;
  run_ = measures ? kernels_->sensing_descent : kernels_->gradient_descent;
  draws_per_step_ = 0;
  trainee_.draws.sampling = kernels::Sampling::uniform;  // a sampler that nobody asks does nothing
  if (phase.optimizer != Optimizer::sgd) return;
  draws_per_step_ = phase.batch_size;
  run_ = measures ? kernels_->sensing_sgd
         : single ? kernels_->single_entry_sgd
         : chains ? kernels_->small_batch_sgd
                  : kernels_->batch_sgd;
  trainee_.draws.sampling = phase.sampling == Sampling::uniform    ? kernels::Sampling::uniform
                            : phase.sampling == Sampling::shuffled ? kernels::Sampling::shuffled
                                                                   : kernels::Sampling::cyclic;
}

// Room for the data of `copies` lanes: 1, where all share them, or each has its own.
template <class Real>
void LaneGroup<Real>::open(const PhaseSpec& phase, const ObservedData& alike, int copies) {
  const std::size_t observed = alike.count(), all = observed * static_cast<std::size_t>(copies);
  choose_size(alike.measurements || phase.remembers() ? Loops::seldom : Loops::frequent);
  workspace_.assign(square_ * kernels::training_workspace_matrices(model_.factors()), V(Real(0)));
  trainee_.workspace = workspace_.data();
  trainee_.draws.batch_size = phase.batch_size;
  gradient_scale_ = gradient_scale<WideReal>(phase, observed);
  open_flow(phase);
  open_memory(phase);
  choose_loops(phase, alike);
  permutation_.assign(trainee_.draws.sampling == kernels::Sampling::shuffled ? observed * lanes : 0, 0u);
  trainee_.draws.permutation = permutation_.data();
  positions_.assign(all, 0u);
  entry_targets_.assign(all, Real(0));
  entry_weights_.assign(all, Real(0));
  measurements_.assign(alike.measurements ? all * alike.weight.size() : 0, Real(0));
  trainee_.draws.entries = {positions_.data(),      entry_targets_.data(), entry_weights_.data(),
                            static_cast<kernels::Word>(observed), copies, copies == 1 ? 0 : 1,
                            alike.measurements ? measurements_.data() : nullptr};
  for (int lane = 0; lane < lanes; ++lane) clear(lane);
}

template <class Real>
void LaneGroup<Real>::open_phase(const PhaseSpec& phase, const ObservedData& shared) {
  open(phase, shared, 1);
  for (int lane = 0; lane < lanes; ++lane) set_data(lane, shared);
}

template <class Real>
void LaneGroup<Real>::open_phase_per_lane(const PhaseSpec& phase, const ObservedData& alike) {
  open(phase, alike, lanes);
}

template <class Real>
void LaneGroup<Real>::set_measurements(int lane, const Measurements& own) {
  const auto& list = trainee_.draws.entries;
  if (list.lane_stride == 0 && lane > 0) return;  // all share what the first has brought
  const auto copy = [&](const std::vector<double>& from, AlignedVector<Real>& to) {
    for (std::size_t k = 0; k < from.size(); ++k)
      to[k * static_cast<std::size_t>(list.stride) + static_cast<std::size_t>(lane)] = static_cast<Real>(from[k]);
  };
  copy(own.matrix, measurements_);
  copy(own.value, entry_targets_);
}

template <class Real>
void LaneGroup<Real>::set_data(int lane, const ObservedData& data) {
  const int rows = model_.rows(), columns = model_.columns();
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      const std::size_t from = static_cast<std::size_t>(i) * columns + j, to = static_cast<std::size_t>(i) * pitch_ + j;
      set_lane(weight_[to], lane, static_cast<Real>(data.weight[from]));
      set_lane(target_[to], lane, static_cast<Real>(data.target[from]));
    }
  if (data.measurements) set_measurements(lane, *data.measurements);
  for (std::size_t k = 0; k < data.entries.size(); ++k) {
    const ObservedEntry& entry = data.entries[k];
    const std::size_t at = k * trainee_.draws.entries.stride + static_cast<std::size_t>(lane) * trainee_.draws.entries.lane_stride;
    const std::size_t element = static_cast<std::size_t>(entry.row) * columns + entry.column;
    positions_[at] = static_cast<kernels::Word>(entry.row) << 16 | static_cast<kernels::Word>(entry.column);
    entry_targets_[at] = static_cast<Real>(data.target[element]);
    entry_weights_[at] = static_cast<Real>(entry.weight);
  }
}

template <class Real>
void LaneGroup<Real>::set_rate(int lane, double learning_rate, double ridge) {
  const kernels::StepRates rates = kernels::step_rates<WideReal>(learning_rate, ridge, gradient_scale_);
  set_lane(trainee_.rate, lane, static_cast<Real>(rates.rate));
  set_wide(decay_, lane, rates.decay);
}

template <class Real>
void LaneGroup<Real>::load(int lane, const ReplicaState<Real>& state, const LaneAssignment& assignment) {
  clear(lane);  // of a diverged occupant NaN remains in the padding, too
  const Real* from = state.factors.data();
  for (int l = 0; l < model_.factors(); ++l)
    for (int i = 0; i < model_.factor_rows(l); ++i)
      for (int j = 0; j < model_.factor_columns(l); ++j)
        set_lane(factors_[l * square_ + static_cast<std::size_t>(i) * pitch_ + j], lane,
                 has_true_factors() ? static_cast<Real>(state.scale * *from++) : *from++);
  set_wide(scale_, lane, has_true_factors() ? WideReal(1.0) : state.scale);
  if (remembers_) load_memory(lane, state);
  trainee_.draws.source.key0.v[lane] = assignment.source.key0;
  trainee_.draws.source.key1.v[lane] = assignment.source.key1;
  trainee_.draws.source.replica.v[lane] = assignment.source.replica;
  trainee_.draws.source.use.v[lane] = assignment.source.use;
  draws_[lane] = assignment.draws;
  set_rate(lane, assignment.learning_rate, assignment.ridge);
}

template <class Real>
void LaneGroup<Real>::store(int lane, ReplicaState<Real>& state) const {
  state.factors.clear();
  for (int l = 0; l < model_.factors(); ++l)
    for (int i = 0; i < model_.factor_rows(l); ++i)
      for (int j = 0; j < model_.factor_columns(l); ++j)
        state.factors.push_back(lane_of(factors_[l * square_ + static_cast<std::size_t>(i) * pitch_ + j], lane));
  state.scale = scale(lane);
  state.memory.clear();
  if (remembers_) store_memory(lane, state);
}

template <class Real>
void LaneGroup<Real>::clear(int lane) {
  for (V& w : factors_) set_lane(w, lane, Real(0));
  set_wide(scale_, lane, 1.0);
  draws_[lane] = 0;
  set_rate(lane, 0.0, 0.0);
}

template <class Real>
kernels::WideOf<Real> LaneGroup<Real>::scale(int lane) const {
  return lane_of(scale_[static_cast<std::size_t>(lane / wide_lanes)], lane % wide_lanes);
}

template <class Real>
void LaneGroup<Real>::copy_true_factors(int part, int pitch, Wide* out) const {
  const std::size_t square = static_cast<std::size_t>(pitch) * pitch;
  for (int l = 0; l < model_.factors(); ++l)
    for (int i = 0; i < model_.factor_rows(l); ++i)
      for (int j = 0; j < model_.factor_columns(l); ++j) {
        Wide wide[kernels::ValueTraits<V>::parts];
        widen(factors_[l * square_ + static_cast<std::size_t>(i) * pitch_ + j], wide);
        out[l * square + static_cast<std::size_t>(i) * pitch + j] = scale_[part] * wide[part];
      }
}

template <class Real>
void LaneGroup<Real>::advance(std::int64_t steps) {
  for (int lane = 0; lane < lanes; ++lane) {
    trainee_.draws.low.v[lane] = static_cast<kernels::Word>(draws_[lane]);
    trainee_.draws.high.v[lane] = static_cast<kernels::Word>(draws_[lane] >> 32);
  }
  trainee_.shape = &shape_;
  kernels::place_factors(trainee_, factors_.data(), pitch_);
  if (remembers_) descend_with_memory(steps);
  else run_(trainee_, pitch_, steps);
  for (int lane = 0; lane < lanes; ++lane) draws_[lane] += static_cast<std::uint64_t>(steps) * draws_per_step_;
}

template class LaneGroup<float>;
template class LaneGroup<double>;
template class LaneGroup<Extended>;

}  // namespace rankfall
