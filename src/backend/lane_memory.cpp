// Descent that remembers, in lanes: the velocity lies in the scratch, the rest of the memory in one register each.
#include "backend/lane_group.hpp"

namespace rankfall {

template <class Real>
void LaneGroup<Real>::open_memory(const PhaseSpec& phase) {
  remembers_ = phase.remembers();
  if (!remembers_) return;
  const auto numbers = static_cast<std::size_t>(kernels::descent_scratch_numbers(model_.factors(), pitch_));
  descent_scratch_.assign(numbers, V(Real(0)));
  descent_terms_ = kernels::narrowed<Real>(descent_terms(phase));
  memory_ = kernels::no_memory<V>();
}

// What `memory` lists of one lane after its velocity.
template <class Real>
void LaneGroup<Real>::load_memory(int lane, const ReplicaState<Real>& state) {
  const kernels::DescentMemory<Real> fresh = kernels::no_memory<Real>();
  const bool begins = state.memory.empty();
  const Real* from = state.memory.data();
  for (std::size_t e = 0; e < square_ * model_.factors(); ++e) set_lane(descent_scratch_[e], lane, Real(0));
  if (!begins)
    for (int l = 0; l < model_.factors(); ++l)
      for (int i = 0; i < model_.factor_rows(l); ++i)
        for (int j = 0; j < model_.factor_columns(l); ++j)
          set_lane(descent_scratch_[l * square_ + static_cast<std::size_t>(i) * pitch_ + j], lane, *from++);
  kernels::visit_memory([&](V& number, Real first) { set_lane(number, lane, begins ? first : *from++); }, memory_, fresh);
}

template <class Real>
void LaneGroup<Real>::store_memory(int lane, ReplicaState<Real>& state) const {
  for (int l = 0; l < model_.factors(); ++l)
    for (int i = 0; i < model_.factor_rows(l); ++i)
      for (int j = 0; j < model_.factor_columns(l); ++j)
        state.memory.push_back(
            lane_of(descent_scratch_[l * square_ + static_cast<std::size_t>(i) * pitch_ + j], lane));
  kernels::visit_memory([&](const V& number) { state.memory.push_back(lane_of(number, lane)); }, memory_);
}

template <class Real>
void LaneGroup<Real>::descend_with_memory(std::int64_t steps) {
  kernels_->memory_descent(trainee_, descent_terms_, descent_scratch_.data(), memory_, pitch_, steps);
}

kernels::DescentTerms<double> descent_terms(const PhaseSpec& phase) {
  const bool adapts = phase.optimizer == Optimizer::group_rmsprop;
  return {phase.learning_rate, phase.ridge, adapts ? 0.0 : phase.momentum, adapts ? phase.smoothing : 0.0, phase.epsilon};
}

template void LaneGroup<float>::open_memory(const PhaseSpec&);
template void LaneGroup<double>::open_memory(const PhaseSpec&);
template void LaneGroup<float>::load_memory(int, const ReplicaState<float>&);
template void LaneGroup<double>::load_memory(int, const ReplicaState<double>&);
template void LaneGroup<float>::store_memory(int, ReplicaState<float>&) const;
template void LaneGroup<double>::store_memory(int, ReplicaState<double>&) const;
template void LaneGroup<float>::descend_with_memory(std::int64_t);
template void LaneGroup<double>::descend_with_memory(std::int64_t);
template void LaneGroup<Extended>::open_memory(const PhaseSpec&);
template void LaneGroup<Extended>::load_memory(int, const ReplicaState<Extended>&);
template void LaneGroup<Extended>::store_memory(int, ReplicaState<Extended>&) const;
template void LaneGroup<Extended>::descend_with_memory(std::int64_t);

}  // namespace rankfall
