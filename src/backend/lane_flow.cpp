// Gradient flow in lanes: every lane has its own time and step.
#include "backend/lane_group.hpp"

namespace rankfall {

template <class Real>
void LaneGroup<Real>::open_flow(const PhaseSpec& phase) {
  flows_ = phase.flows();
  if (!flows_) return;
  flow_scratch_.assign(static_cast<std::size_t>(kernels::flow_scratch_numbers(model_.factors(), pitch_)), V(Real(0)));
  flow_terms_ = {V(static_cast<Real>(phase.relative_tolerance)), V(static_cast<Real>(phase.absolute_tolerance)),
                 V(static_cast<Real>(phase.ridge))};
}

template <class Real>
void LaneGroup<Real>::follow(std::array<LaneLeg, lanes>& legs) {
  kernels::FlowLeg<V> all;
  using Control = kernels::LeadingOf<V>;
  const auto put = [](Control& number, int lane, auto value) {
    set_lane(number, lane, static_cast<kernels::RealOf<Control>>(value));
  };
  for (int lane = 0; lane < lanes; ++lane) {
    const LaneLeg& leg = legs[static_cast<std::size_t>(lane)];
    put(all.time, lane, leg.position.time);
    put(all.rest, lane, leg.position.rest);
    put(all.step, lane, leg.allowed > 0 ? leg.position.step : 1.0);  // a lane that rests does not begin
    put(all.history, lane, leg.position.history);
    put(all.most_growth, lane, leg.position.most_growth);
    put(all.target, lane, leg.target);
    put(all.allowed, lane, leg.allowed);
    put(all.taken, lane, 0);
  }
  trainee_.shape = &shape_;
  kernels::place_factors(trainee_, factors_.data(), pitch_);
  flow_(trainee_, flow_terms_, flow_scratch_.data(), all, pitch_);
  for (int lane = 0; lane < lanes; ++lane) {
    LaneLeg& leg = legs[static_cast<std::size_t>(lane)];
    if (leg.allowed == 0) continue;
    leg.position = {all.time.v[lane], all.rest.v[lane], all.step.v[lane], all.history.v[lane], all.most_growth.v[lane]};
    leg.taken = static_cast<std::int64_t>(all.taken.v[lane]);
  }
}

template void LaneGroup<float>::open_flow(const PhaseSpec&);
template void LaneGroup<double>::open_flow(const PhaseSpec&);
template void LaneGroup<Extended>::open_flow(const PhaseSpec&);
template void LaneGroup<float>::follow(std::array<LaneLeg, lanes>&);
template void LaneGroup<double>::follow(std::array<LaneLeg, lanes>&);
template void LaneGroup<Extended>::follow(std::array<LaneLeg, lanes>&);

}  // namespace rankfall
