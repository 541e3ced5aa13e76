#pragma once
// Back-propagation through W_L ... W_1: 3(L-1) products of matrices (L-1 prefixes, 2(L-1) adjoints and gradients).
#include "kernels/matrix.hpp"

namespace rankfall::kernels {

inline constexpr int maximum_depth = 64;

enum class Model : int { general, symmetric };

// The factorization as plain data: width[0] = columns, width[l] = rows of W_l. Symmetric: one factor U, rows x width.
struct Shape {
  int factors;
  Model model;
  int width[maximum_depth + 1];

  RANKFALL_HD int rows() const { return width[factors]; }
  RANKFALL_HD int columns() const { return model == Model::symmetric ? width[factors] : width[0]; }
  // How often a scale common to all factors enters W.
  RANKFALL_HD int degree() const { return model == Model::symmetric ? 2 : factors; }
};

// The same where depth and all widths are one constant each: what is held in registers must be indexed by constants.
// A narrower model fits too, padded with zeros.
template <int L, int D>
struct FixedShape {
  struct Widths {
    RANKFALL_HD constexpr int operator[](int) const { return D; }
  };
  static constexpr int factors = L;
  static constexpr Model model = Model::general;
  Widths width;

  RANKFALL_HD static constexpr int rows() { return D; }
  RANKFALL_HD static constexpr int columns() { return D; }
  RANKFALL_HD static constexpr int degree() { return L; }
};

template <class AnyShape> inline constexpr int fixed_depth = 0;  // unless it is a constant
template <int L, int D> inline constexpr int fixed_depth<FixedShape<L, D>> = L;

// Matrices that back-propagation needs besides the factors: prefix products W_l ... W_1 for l = 2 .. L-1, and two
// adjoints. Consecutive, each pitch * pitch. It must be zero at first: products write only the tiles that cover their
// extent and rely on zeros around them.
RANKFALL_HD constexpr int workspace_matrices(int factors) { return (factors > 2 ? factors - 2 : 0) + 2; }

// W = W_L ... W_1 (or U U^T): calls emit(element, value); prefixes goes to the workspace.
template <class V, int D, Team T, class AnyShape, class View, class Emit>
RANKFALL_FN void end_to_end(const T& team, Pitch<D> pitch, const AnyShape& shape, View factors, View workspace,
                            Emit&& emit) {
  const int n = pitch.value() * pitch.value();
  if (shape.model == Model::symmetric) {
    multiply<Op::none, Op::transpose, V>(team, pitch, {shape.rows(), shape.width[0], shape.rows()}, factors, factors,
                                         emit);
    return;
  }
  if (shape.factors == 1) {
    for_each_index(team, n, [&](int e) { emit(e, V(factors[e])); });
    return;
  }
  View prefix = factors;
  RANKFALL_UNROLL_DEVICE for (int l = 1; l + 1 < shape.factors; ++l) {
    View next = workspace + (l - 1) * n;
    multiply<Op::none, Op::none, V>(team, pitch, {shape.width[l + 1], shape.width[l], shape.width[0]}, factors + l * n,
                                    prefix, [&](auto e, V sum) { next[e] = sum; });
    prefix = next;
  }
  const int last = shape.factors - 1;
  multiply<Op::none, Op::none, V>(team, pitch, {shape.width[last + 1], shape.width[last], shape.width[0]},
                                  factors + last * n, prefix, emit);
}

// What a data loss sees of W: weighted entries, or measurements <A_k, W> (sensing.hpp).
struct EntryLoss {};
struct MeasuredLoss {};

// The two adjoints are the last of the workspace; the first takes dLoss/dW.
template <class AnyShape, class View, int D>
RANKFALL_HD View adjoint_in(Pitch<D> pitch, const AnyShape& shape, View workspace) {
  return workspace + (workspace_matrices(shape.factors) - 2) * pitch.value() * pitch.value();
}

// residual(element, w) turns an entry of W into the adjoint dLoss/dW; apply(layer, element, gradient) receives every
// entry of dLoss/dW_{layer+1}, layers L-1 .. 0, and may update that very factor in place: when apply is called for a
// layer, nothing reads the factor again. An entry is given to exactly one member of the team; finish(layer) is called by
// all members after the last entry of a layer. A residual may have complete(), which all members call once W is there and
// which may still change the adjoint (part of the residual's type, so that loops without it are compiled as ever).
template <class V, int D, Team T, class AnyShape, class View, class Residual, class Apply, class Finish>
RANKFALL_FN void backpropagate(const T& team, Pitch<D> pitch, const AnyShape& shape, View factors, View workspace,
                               Residual&& residual, Apply&& apply, Finish&& finish) {
  const int n = pitch.value() * pitch.value();
  View adjoint = adjoint_in(pitch, shape, workspace);
  View next = adjoint + n;
  end_to_end<V>(team, pitch, shape, factors, workspace, [&](auto e, V w) { adjoint[e] = residual(e, w); });
  if constexpr (requires { residual.complete(); }) residual.complete();
  // Only inside the extent: the two adjoints serve layers of different width, what lies beyond may be stale.
  const auto apply_first = [&](View gradient) {
    for_each_entry(team, pitch, shape.width[1], shape.width[0], [&](int e) { apply(0, e, V(gradient[e])); });
    finish(0);
  };

  if (shape.model == Model::symmetric) {  // d/dU of f(U U^T) = (G + G^T) U; U is read by all rows, so via a copy
    const int p = pitch.value();
    for_each_tile(team, shape.rows(), shape.rows(),
                  [&](int i, int j) { next[i * p + j] = adjoint[i * p + j] + adjoint[j * p + i]; });
    multiply<Op::none, Op::none, V>(team, pitch, {shape.rows(), shape.rows(), shape.width[0]}, next, factors,
                                    [&](auto e, V sum) { adjoint[e] = sum; });
    apply_first(adjoint);
    return;
  }
  RANKFALL_UNROLL_DEVICE for (int l = shape.factors - 1; l > 0; --l) {
    View factor = factors + l * n;
    View prefix = l == 1 ? factors : workspace + (l - 2) * n;
    multiply<Op::transpose, Op::none, V>(team, pitch, {shape.width[l], shape.width[l + 1], shape.width[0]}, factor,
                                         adjoint, [&](auto e, V sum) { next[e] = sum; });
    multiply<Op::none, Op::transpose, V>(team, pitch, {shape.width[l + 1], shape.width[0], shape.width[l]}, adjoint,
                                         prefix, [&](auto e, V sum) { apply(l, e, sum); });
    finish(l);
    View swap = adjoint;
    adjoint = next;
    next = swap;
  }
  apply_first(adjoint);
}

template <class V, int D, Team T, class AnyShape, class View, class Residual, class Apply>
RANKFALL_HD void backpropagate(const T& team, Pitch<D> pitch, const AnyShape& shape, View factors, View workspace,
                               Residual&& residual, Apply&& apply) {
  backpropagate<V>(team, pitch, shape, factors, workspace, residual, apply, [](int) {});
}

}  // namespace rankfall::kernels
