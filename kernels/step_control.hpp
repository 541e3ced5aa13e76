#pragma once
// How long the steps of a gradient flow are. Every replica has its own time and step.
#include "kernels/dormand_prince.hpp"
#include "kernels/progress.hpp"

namespace rankfall::kernels {

// One leg of the flow of a replica (or register of replicas): from where it stands to its next probe. Times are float64
// numbers of their own or, as a register, one per lane; of V only the time that is left and what is added to it.
template <class V>
struct FlowLeg {
  using C = LeadingOf<V>;
  C time, rest;    // since the phase began: time + rest, since a step may be less than what `time` resolves
  C step;          // to try next; 0: the phase begins
  C history;       // err^(1/32) of the last accepted step
  C most_growth;   // of the next step: 1 after a rejected one
  C target;        // where the leg ends; it is met exactly
  C allowed;       // steps until then, at most, rejected ones included
  C taken;         // of them so far

  // Has not come to the end of the leg.
  RANKFALL_HD auto live() const {
    return (time < target) & (taken < allowed) & (C(RealOf<C>(smallest_flow_step)) < step);
  }
};

struct FlowLimits {
  static constexpr double safety = 0.9, least_growth = 0.2, most_growth = 10.0;
  static constexpr double least_history = 0.75;   // 1e-4^(1/32): an error less than that teaches no more
  static constexpr double stretch = 1.01;         // of a step whose end falls short of the target by less
  // h times the largest eigenvalue of the Jacobian. The pair is stable up to 3.3; at 2 what is small beside the factors'
  // norm, and so beneath the tolerance, is damped to a sixth where it decays, and grows at its rate where it grows.
  static constexpr double stiffness = 2.0, most_stiffness = 3.0;
};

// The first step, from the norms of the factors and the slope: moves them by a hundredth; a thousandth of the leg where there is
// none such.
template <class V>
RANKFALL_HD V first_flow_step(V squared_norm, V squared_slope, V length) {
  const V hundredth = V(RealOf<V>(0.01)) * square_root(squared_norm / squared_slope);
  return select((V(RealOf<V>(0)) < hundredth) & (hundredth < length), hundredth, V(RealOf<V>(1e-3)) * length);
}

// PI control (Gustafsson; Hairer, Norsett, Wanner, Solving ODEs I, sec. II.4 and II, sec. IV.2) in powers of 1/64, which
// square roots give: the next step is h * 0.9 * err^(-11/64) * err_before^(1/32), within limits.
template <class C>
struct StepProposal {
  C factor;   // of h
  C history;  // err^(1/32)
};
template <class W, class V, class Mask>
RANKFALL_HD StepProposal<V> propose_step(const FlowLeg<W>& leg, const FlowMeasure<V>& measure, Mask accepted) {
  using Real = RealOf<V>;
  const V floor(Real(1e-20)), ceiling(Real(1e20)), one(Real(1));
  const V error = select(measure.error < floor, floor, measure.error);
  const V half = square_root(error), quarter = square_root(half), root8 = square_root(quarter);
  const V root16 = square_root(root8), root32 = square_root(root16), root64 = square_root(root32);
  V factor = V(Real(FlowLimits::safety)) / (root8 * root32 * root64);
  factor = select(accepted, factor * leg.history, factor);
  factor = select(factor < V(Real(FlowLimits::least_growth)), V(Real(FlowLimits::least_growth)), factor);
  factor = select(factor < leg.most_growth, factor, leg.most_growth);
  // What is not finite compares false: the shortest step.
  factor = select((measure.error < ceiling) & (measure.stiffness < ceiling), factor, V(Real(FlowLimits::least_growth)));
  const V least = V(Real(FlowLimits::least_history));
  return {factor, select(one < root32, one, select(root32 < least, least, root32))};
}

// The step to try now; `hits` where it ends at the target.
template <class V, class Mask>
RANKFALL_HD V step_to_try(const FlowLeg<V>& leg, Mask live, Mask& hits) {
  using C = LeadingOf<V>;
  const V left = (V(leg.target) - V(leg.time)) - V(leg.rest);
  hits = leading(left) < C(RealOf<C>(FlowLimits::stretch)) * leg.step;
  return select(live, select(hits, left, V(leg.step)), V(RealOf<V>(0)));
}

// time + rest, a step of h later.
template <class V>
RANKFALL_HD void add_to_time(const FlowLeg<V>& leg, V h, LeadingOf<V>& time, LeadingOf<V>& rest) {
  if constexpr (std::is_same_v<LeadingOf<V>, V>) {
    exact_sum(leg.time, leg.rest + h, time, rest);
  } else {
    const V sum = V(leg.time) + (V(leg.rest) + h);
    time = sum.high;
    rest = sum.low;
  }
}

// Counts a step of this length where it is `live`, moves the time where it was `accepted`, and says how long the next is.
// A step that was cut short to meet a probe does not shorten the next.
template <class V, class Mask>
RANKFALL_HD void take_note(FlowLeg<V>& leg, const FlowMeasure<LeadingOf<V>>& measure, V length, Mask live, Mask accepted,
                           Mask hits) {
  using C = LeadingOf<V>;
  using Real = RealOf<C>;
  const C one(Real(1)), zero(Real(0)), h = leading(length);
  const StepProposal<C> proposal = propose_step(leg, measure, accepted);
  const C asked = leg.step / h;  // not less than 1 where the step was cut short
  C factor = select(hits & accepted & (proposal.factor < asked), asked, proposal.factor);
  const C most = C(Real(FlowLimits::stiffness));
  factor = select((most < measure.stiffness * factor) & (measure.stiffness < C(Real(1e20))), most / measure.stiffness, factor);
  const C step = h * factor;
  leg.step = select(live, step, leg.step);
  leg.history = select(accepted, proposal.history, leg.history);
  leg.most_growth = select(live, select(accepted, C(Real(FlowLimits::most_growth)), one), leg.most_growth);
  leg.taken = leg.taken + select(live, one, zero);
  C sum, remainder;
  add_to_time(leg, length, sum, remainder);
  leg.time = select(accepted, select(hits, leg.target, sum), leg.time);
  leg.rest = select(accepted, select(hits, zero, remainder), leg.rest);
}

}  // namespace rankfall::kernels
