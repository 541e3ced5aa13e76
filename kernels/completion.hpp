#pragma once
// The walk along a dual path (dual_path.hpp), and the completion at its end.
#include "kernels/dual_path.hpp"

namespace rankfall::kernels {

// The smallest pivot of I - C^T C: positive where the candidate C has spectral norm below one.
template <class V>
RANKFALL_FN V slack_of_candidate(DualPath<V>& p) {
  const int n = p.columns;
  fill_observed(p, p.candidate, p.dense);
  set_identity(n, p.square);
  for (int i = 0; i < p.rows; ++i)
    for (int j = 0; j < n; ++j) {
      const V factor = -p.dense[i * n + j];
      for (int k = j; k < n; ++k) p.square[j * n + k] = mul_add(factor, p.dense[i * n + k], p.square[j * n + k]);
    }
  return cholesky(n, p.square);
}

// The completion of the lanes that end here.
template <class V, class Mask>
RANKFALL_FN void complete(DualPath<V>& p, Mask ends) {
  const int m = p.rows, n = p.columns;
  V *dense = p.dense, *product = p.left, *sum = p.square;  // rows * rows >= rows * columns
  fill_observed(p, p.newton, dense);
  for (int e = 0; e < m * n; ++e) product[e] = V(0.0);
  add_product(m, n, n, dense, n, 1, p.column_inverse, product);
  for (int e = 0; e < m * n; ++e) sum[e] = p.mixed[e];
  add_product(m, m, n, p.row_inverse, m, 1, product, sum);
  for (int e = 0; e < n * n; ++e) p.right[e] = V(0.0);
  add_product(n, m, n, dense, 1, n, p.mixed, p.right);
  add_product(m, n, n, p.mixed, n, 1, p.right, sum);
  const V scale = p.barrier + p.barrier;
  for (int e = 0; e < m * n; ++e) p.completion[e] = select(ends, scale * sum[e], p.completion[e]);
}

// Moves the lanes that are under way: along the path (a leap, with Newton's step) where Newton's step is short, by that
// step alone where it is long. Steps are shortened until some of the distance to ||Y||_2 = 1 is left.
template <class V, class Mask>
RANKFALL_FN void step(DualPath<V>& p, Mask central, V length) {
  constexpr int most_tries = 60;
  const V zero(0.0), one(1.0);
  const V under_way = select(p.end < V(0.5), one, zero);
  V share = select(central, one, select(length < V(5.0), one, one / (one + length))), accepted = one - under_way;
  V part = zero, leap = zero;  // of the Newton step, and of the tangent
  for (int tries = 0; tries < most_tries && any(accepted < V(0.5)); ++tries) {
    const auto open = accepted < V(0.5);
    part = select(open, select(central, one, share), part);
    leap = select(open, select(central, share * (one - p.shrink), zero), leap);
    const V kept = mul_add(V(0.3), leap, V(0.7));  // on the path the slack shrinks by 1 - leap
    const V beyond = one / select(V(0.9) < kept, kept, V(0.9));
    for (int e = 0; e < p.entries; ++e)
      p.candidate[e] = mul_add(beyond, mul_add(leap, p.tangent[e], part * p.newton[e]), p.dual[e]);
    const auto inside = V(1e-15) < slack_of_candidate(p);
    accepted = select(open, select(inside, one, zero), accepted);
    share = share * V(0.7);
  }
  const auto moves = V(0.5) < under_way * accepted;
  for (int e = 0; e < p.entries; ++e)
    p.dual[e] = select(moves, mul_add(leap, p.tangent[e], mul_add(part, p.newton[e], p.dual[e])), p.dual[e]);
  p.barrier = select(moves, p.barrier * (one - leap), p.barrier);
  p.end = select(accepted < V(0.5), V(static_cast<double>(PathEnd::stalled)), p.end);
}

// What is known where the lanes stand: whether the path ends here, and how far to leap next. Leaps grow while they land
// near the path and shrink when they do not.
template <class V, class Mask>
RANKFALL_FN void judge(DualPath<V>& p, Mask central) {
  const V zero(0.0), one(1.0), under_way = select(p.end < V(0.5), one, zero);
  const V longer = select(V(4e-3) < p.shrink, p.shrink * V(0.25), V(1e-3));
  const V shorter = select(p.shrink < V(0.25), p.shrink + p.shrink, V(0.5));
  p.shrink = select(V(0.5) < p.leapt, select(central, longer, shorter), p.shrink);
  p.leapt = select(central, one, zero);
  V bound(0.0);  // <Y, T>: Y is feasible, so this is a lower bound of the nuclear norm
  for (int e = 0; e < p.entries; ++e) bound = mul_add(p.dual[e], p.observed[e], bound);
  const auto close = p.barrier <= V(p.tolerance / (2.0 * p.columns)) * bound;
  const V reached = select(central, select(close, under_way, zero), zero);
  p.iterations = p.iterations + under_way;
  p.end = select(V(0.5) < reached, V(static_cast<double>(PathEnd::reached)), p.end);
}

// Takes all lanes to the ends of their paths. Before each of Newton's steps goes_on() is asked; if not, false is returned,
// and there are no completions.
template <class V, class GoesOn>
RANKFALL_FN bool follow_path(DualPath<V>& p, const GoesOn& goes_on) {
  const V zero(0.0);
  p.shrink = V(0.25), p.leapt = zero, p.end = zero, p.iterations = zero;
  for (int iteration = 1; any(p.end < V(0.5)); ++iteration) {
    if (!goes_on()) return false;
    invert_slacks(p);
    factor_hessian(p);
    const V squared = find_directions(p), length = square_root(select(zero < squared, squared, zero));
    const auto central = length < V(0.7);
    const V before = p.end;
    judge(p, central);
    if (iteration == p.most_iterations)
      p.end = select(p.end < V(0.5), V(static_cast<double>(PathEnd::exhausted)), p.end);
    step(p, central, length);
    const auto ended = before < select(V(0.5) < p.end, V(0.5), V(-1.0));
    if (any(ended)) complete(p, ended);
  }
  return true;
}

}  // namespace rankfall::kernels
