#pragma once
// Gradient flow: dW_l/dt = -gradient of the objective, by an embedded Runge-Kutta pair with a step of its own for every
// replica.
#include "kernels/step_control.hpp"

namespace rankfall::kernels {

// Tolerances of a step's error, each relative to, or in units of, the Frobenius norm of a factor: what scale the factors
// begin at does not matter. The ridge is that of the objective.
template <class V>
struct FlowTerms {
  V relative, absolute, ridge;
};

// Where a phase begins (leg.step is 0), the first step.
template <class V, class Matrix, class... Views, int D, Team T>
RANKFALL_FN void begin_flow(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee,
                            const FlowScratch<Matrix>& at, FlowLeg<V>& leg) {
  using C = LeadingOf<V>;
  const V zero(RealOf<V>(0));
  const C start(RealOf<C>(0));
  if (!any(leg.step <= start)) return;
  const auto& shape = *trainee.shape;
  const int p = pitch.value(), n = p * p;
  for (int l = 0; l < shape.factors; ++l)
    for_each_index(team, shape.width[l + 1], [&](int i) {
      V norm = zero, slope = zero;
      for (int j = 0; j < shape.width[l]; ++j) {
        const int e = l * n + i * p + j;
        const V w = trainee.factors[e], k = at.slope(0)[e];
        norm = mul_add(w, w, norm);
        slope = mul_add(k, k, slope);
      }
      at.row_sum()[(l * p + i) * flow_sums] = norm;
      at.row_sum()[(l * p + i) * flow_sums + 1] = slope;
    });
  V norm = zero, slope = zero;
  for (int l = 0; l < shape.factors; ++l)
    for (int i = 0; i < shape.width[l + 1]; ++i) {
      norm = norm + at.row_sum()[(l * p + i) * flow_sums];
      slope = slope + at.row_sum()[(l * p + i) * flow_sums + 1];
    }
  team.sync();  // all have read the sums
  const auto begins = leg.step <= start;
  leg.step = select(begins, first_flow_step(leading(norm), leading(slope), leg.target - leg.time), leg.step);
  leg.history = select(begins, C(RealOf<C>(FlowLimits::least_history)), leg.history);
  leg.most_growth = select(begins, C(RealOf<C>(FlowLimits::most_growth)), leg.most_growth);
}

// The training loops' names where loops are chosen by a type.
struct GradientFlow {
  using Loss = EntryLoss;
};
struct SensingFlow {
  using Loss = MeasuredLoss;
};

// Goes on until every lane has come to the end of its leg: the factors and `leg` move. A lane that is there, or whose
// step is rejected, keeps its state. The scale of the factors must be 1, `scratch` (flow_scratch_numbers) and the
// workspace zero (training_workspace_matrices of it for a measured loss); the slope at the beginning is found anew, so that two
// legs are one in two pieces, bit for bit.
template <class Loss = EntryLoss, class V, class Matrix, class... Views, int D, Team T>
RANKFALL_FN void follow_flow(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee,
                             const FlowTerms<V>& terms, Matrix scratch, FlowLeg<V>& leg) {
  using C = LeadingOf<V>;
  using Real = RealOf<C>;
  const int factors = trainee.shape->factors, numbers = factors * pitch.value() * pitch.value();
  const FlowScratch<Matrix> at{scratch, numbers};
  flow_slope<Loss>(team, pitch, trainee, terms.ridge, trainee.factors, at.slope(0));
  begin_flow(team, pitch, trainee, at, leg);
  for (auto live = leg.live(); any(live); live = leg.live()) {
    auto hits = live;
    const V h = step_to_try(leg, live, hits);
    flow_stages<Loss>(team, pitch, trainee, terms.ridge, at, h);
    const FlowMeasure<C> measure = measure_flow(team, pitch, trainee, at, h, terms.relative, terms.absolute);
    const auto accepted =
        live & (measure.error <= C(Real(1))) & (measure.stiffness <= C(Real(FlowLimits::most_stiffness)));
    for_each_index(team, numbers, [&](int e) {
      trainee.factors[e] = select(accepted, V(at.reached()[e]), V(trainee.factors[e]));
      at.slope(0)[e] = select(accepted, V(at.slope(6)[e]), V(at.slope(0)[e]));
    });
    take_note(leg, measure, h, live, accepted, hits);
  }
}

}  // namespace rankfall::kernels
