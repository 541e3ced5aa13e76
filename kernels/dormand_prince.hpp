#pragma once
// One step of the Runge-Kutta pair 5(4) of Dormand and Prince (J. Comput. Appl. Math. 6, 1980, p. 19; RK5(4)7M) for the
// gradient flow dW_l/dt = -(gradient of the data loss + 2 ridge W_l).
#include "kernels/sensing.hpp"

namespace rankfall::kernels {

// Numbers that a step keeps beside the factors: eight sets of matrices, then the sums of measure(), a row each.
inline constexpr int flow_sums = 5;
RANKFALL_HD constexpr int flow_scratch_numbers(int factors, int pitch) {
  return 8 * factors * pitch * pitch + flow_sums * factors * pitch;
}

// Where they lie. The slope at the end of an accepted step is the first slope of the next ("first same as last").
template <class View>
struct FlowScratch {
  View base;
  int set;  // factors * pitch * pitch

  RANKFALL_HD View slope(int stage) const { return base + stage * set; }  // seven
  RANKFALL_HD View reached() const { return slope(1); }                   // where the step ends: that slope is spent by then
  RANKFALL_HD View point() const { return base + 7 * set; }               // of the latest stage before the end
  RANKFALL_HD View row_sum() const { return base + 8 * set; }
};

// -gradient of the objective at `point`; trainee.rate is 2 c.
template <class Loss, class V, class Matrix, class... Views, int D, Team T>
RANKFALL_FN void flow_slope(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee, V ridge, Matrix point,
                            Matrix slope) {
  const int n = pitch.value() * pitch.value();
  const V rate = trainee.rate, decay = V(RealOf<V>(-2)) * ridge;
  const auto weight = trainee.weight;
  const auto target = trainee.target;
  const auto apply = [=](int layer, int e, V gradient) {
    slope[layer * n + e] = mul_add(decay, V(point[layer * n + e]), -gradient);
  };
  if constexpr (std::is_same_v<Loss, EntryLoss>) {
    backpropagate<V>(
        team, pitch, *trainee.shape, point, trainee.workspace,
        [=](int e, V w) { return rate * weight[e] * (w - target[e]); }, apply);
  } else {
    const V one(RealOf<V>(1));
    backpropagate_measured<V>(
        team, pitch, *trainee.shape, point, trainee.workspace,
        [&](Matrix product, Matrix adjoint) {
          sense(team, frame_of(pitch, *trainee.shape), trainee.draws.entries, product,
                residuals_in(pitch, *trainee.shape, trainee.workspace), MeasuredTerms<V>{rate, one}, adjoint);
        },
        apply, [](int) {});
  }
}

template <class V>
RANKFALL_HD V ratio(double numerator, double denominator) {
  return V(rational<RealOf<V>>(numerator, denominator));
}

// Points of the stages 1 to 5 and of the end, 6: y + h (a_1 k_1 + a_2 k_2 + ...), the sum from the left.
template <int stage, class V, class View>
RANKFALL_HD V flow_point(const FlowScratch<View>& at, V h, V y, int e) {
  const auto k = [&](int s) { return V(at.slope(s)[e]); };
  V sum;
  if constexpr (stage == 1) {
    sum = ratio<V>(1, 5) * k(0);
  } else if constexpr (stage == 2) {
    sum = mul_add(ratio<V>(9, 40), k(1), ratio<V>(3, 40) * k(0));
  } else if constexpr (stage == 3) {
    sum = mul_add(ratio<V>(32, 9), k(2), mul_add(ratio<V>(-56, 15), k(1), ratio<V>(44, 45) * k(0)));
  } else if constexpr (stage == 4) {
    sum = mul_add(ratio<V>(-25360, 2187), k(1), ratio<V>(19372, 6561) * k(0));
    sum = mul_add(ratio<V>(-212, 729), k(3), mul_add(ratio<V>(64448, 6561), k(2), sum));
  } else if constexpr (stage == 5) {
    sum = mul_add(ratio<V>(-355, 33), k(1), ratio<V>(9017, 3168) * k(0));
    sum = mul_add(ratio<V>(49, 176), k(3), mul_add(ratio<V>(46732, 5247), k(2), sum));
    sum = mul_add(ratio<V>(-5103, 18656), k(4), sum);
  } else {
    sum = mul_add(ratio<V>(500, 1113), k(2), ratio<V>(35, 384) * k(0));
    sum = mul_add(ratio<V>(-2187, 6784), k(4), mul_add(ratio<V>(125, 192), k(3), sum));
    sum = mul_add(ratio<V>(11, 84), k(5), sum);
  }
  return mul_add(h, sum, y);
}

// The difference between the fifth and the fourth order, without h.
template <class V, class View>
RANKFALL_HD V flow_error(const FlowScratch<View>& at, int e) {
  const auto k = [&](int s) { return V(at.slope(s)[e]); };
  V sum = mul_add(ratio<V>(-71, 16695), k(2), ratio<V>(71, 57600) * k(0));
  sum = mul_add(ratio<V>(-17253, 339200), k(4), mul_add(ratio<V>(71, 1920), k(3), sum));
  return mul_add(ratio<V>(-1, 40), k(6), mul_add(ratio<V>(22, 525), k(5), sum));
}

template <int stage, class V, class Matrix, class... Views, Team T>
RANKFALL_HD void set_point(const T& team, const Trainee<V, Matrix, Views...>& trainee, const FlowScratch<Matrix>& at, V h) {
  const Matrix point = stage < 6 ? at.point() : at.reached();
  for_each_index(team, at.set, [&](int e) { point[e] = flow_point<stage>(at, h, V(trainee.factors[e]), e); });
}

// From the factors and slope(0) by h: where it leads, reached(), and the slope there, slope(6).
template <class Loss, class V, class Matrix, class... Views, int D, Team T>
RANKFALL_FN void flow_stages(const T& team, Pitch<D> pitch, Trainee<V, Matrix, Views...>& trainee, V ridge,
                             const FlowScratch<Matrix>& at, V h) {
  RANKFALL_ROLLED for (int stage = 1; stage <= 6; ++stage) {  // one back-propagation in the code
    switch (stage) {
      case 1: set_point<1>(team, trainee, at, h); break;
      case 2: set_point<2>(team, trainee, at, h); break;
      case 3: set_point<3>(team, trainee, at, h); break;
      case 4: set_point<4>(team, trainee, at, h); break;
      case 5: set_point<5>(team, trainee, at, h); break;
      default: set_point<6>(team, trainee, at, h); break;
    }
    flow_slope<Loss>(team, pitch, trainee, ridge, stage < 6 ? at.point() : at.reached(), at.slope(stage));
  }
}

// Of the norm of all factors: points this near are one, as far as their slopes can tell.
inline constexpr double unresolved = 4e-16;  // in float64

// How a step has gone. Norms are Frobenius norms.
template <class C>
struct FlowMeasure {
  C error;      // over the factors, root of the sum of squares of error_l / (absolute + relative ||W_l||)
  C stiffness;  // h times the Jacobian's largest eigenvalue, from below
};

// The sums of row i of factor l: of the error, both ends, and what the stiffness is read from, squared.
template <class V, class Matrix, class... Views, int D>
RANKFALL_FN void sum_flow_row(Pitch<D> pitch, const Trainee<V, Matrix, Views...>& trainee, const FlowScratch<Matrix>& at,
                              V h, int l, int i) {
  const int p = pitch.value();
  V sum[flow_sums];
  for (int q = 0; q < flow_sums; ++q) sum[q] = V(RealOf<V>(0));
  for (int j = 0; j < trainee.shape->width[l]; ++j) {
    const int e = l * p * p + i * p + j;
    const V begin = trainee.factors[e], end = at.reached()[e], error = h * flow_error<V>(at, e);
    const V apart = end - at.point()[e], bend = V(at.slope(6)[e]) - at.slope(5)[e];
    sum[0] = mul_add(error, error, sum[0]);
    sum[1] = mul_add(begin, begin, sum[1]);
    sum[2] = mul_add(end, end, sum[2]);
    sum[3] = mul_add(apart, apart, sum[3]);
    sum[4] = mul_add(bend, bend, sum[4]);
  }
  for (int q = 0; q < flow_sums; ++q) at.row_sum()[(l * p + i) * flow_sums + q] = sum[q];
}

// Sums belong to rows; rows are added in their order, by every member of the team alike.
//
// Of the slopes at two points of one time, the last stage and the end, the Jacobian's norm is at least the quotient of
// their distances (Hairer, Norsett, Wanner, Solving ODEs II, sec. IV.2). The points are subtracted as they were rounded.
// Slopes carry rounding noise of about 1e-16 ||Jacobian|| ||factors|| however close the points are, which of a flow at
// rest is all there is: `unresolved`, squared, keeps its quotient from passing for a stiffness. What is added to a
// denominator leaves the bound one from below, and a mode that is unstable soon stands out of the noise.
template <class V, class Matrix, class... Views, int D, Team T>
RANKFALL_FN FlowMeasure<LeadingOf<V>> measure_flow(const T& team, Pitch<D> pitch, const Trainee<V, Matrix, Views...>& trainee,
                                        const FlowScratch<Matrix>& at, V h, V relative, V absolute_error) {
  using Real = RealOf<V>;
  const auto& shape = *trainee.shape;
  const V zero(Real(0));
  for (int l = 0; l < shape.factors; ++l)
    for_each_index(team, shape.width[l + 1], [&](int i) { sum_flow_row(pitch, trainee, at, h, l, i); });
  V error = zero, apart = zero, bend = zero, squared_norm = zero;
  for (int l = 0; l < shape.factors; ++l) {
    V e = zero, before = zero, after = zero;
    for (int i = 0; i < shape.width[l + 1]; ++i) {
      const Matrix sum = at.row_sum() + (l * pitch.value() + i) * flow_sums;
      e = e + sum[0];
      before = before + sum[1];
      after = after + sum[2];
      apart = apart + sum[3];
      bend = bend + sum[4];
    }
    const V squared_size = select(before < after, after, before), size = square_root(squared_size);
    squared_norm = squared_norm + squared_size;
    const V share = square_root(e) / (mul_add(relative, size, absolute_error) + V(Real(1e-300)));
    error = mul_add(share, share, error);
  }
  team.sync();  // all have read the sums
  constexpr double one_point = unresolved * rounding_to_float64<V>;
  const V distance = mul_add(V(Real(one_point * one_point)), squared_norm, apart);
  return {leading(square_root(error)),
          leading(select(zero < distance, absolute(h) * square_root(bend / distance), zero))};
}

}  // namespace rankfall::kernels
