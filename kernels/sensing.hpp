#pragma once
// Matrix sensing: the loss sees W through measurements <A_k, W> = sum_ij (A_k)_ij W_ij, k = 0 .. m-1, in place of entries.
// The adjoint dLoss/dW = sum_k residual_k A_k is dense; what is pulled back from it to the factors is as for entries.
#include "kernels/state.hpp"

namespace rankfall::kernels {

// Numbers that all lanes share.
template <class V>
struct SharedNumbers {
  const RealOf<V>* base;
  RANKFALL_HD V operator[](std::ptrdiff_t k) const {
    V value;
    broadcast(base[k], value);
    return value;
  }
};

// Numbers of each lane, `stride` from one to the next.
template <class V>
struct OwnNumbers {
  const RealOf<V>* base;
  int stride;
  RANKFALL_HD V operator[](std::ptrdiff_t k) const {
    V value;
    read_lanes(base + k * stride, value);
    return value;
  }
};

// Calls body(matrices, values) with the views that fit the list.
template <class V, class Body>
RANKFALL_HD void with_measurements(const EntryList<RealOf<V>>& list, Body&& body) {
  if constexpr (ValueTraits<V>::lanes == 1) {
    body(SharedNumbers<V>{list.measurement}, SharedNumbers<V>{list.target});
  } else {
    if (list.lane_stride == 0) body(SharedNumbers<V>{list.measurement}, SharedNumbers<V>{list.target});
    else body(OwnNumbers<V>{list.measurement, list.stride}, OwnNumbers<V>{list.target, list.stride});
  }
}

// Cuts 0 .. count-1 into tiles: body(size as a constant, begin). One thread takes 8, 4, 2 or 1 at once, so that sums hide
// each other's latency; members of a team take one each.
template <Team T, class Body>
RANKFALL_HD void in_tiles(const T& team, int count, Body&& body) {
  if constexpr (std::is_same_v<T, SerialTeam>) {
    const int whole = count / 8 * 8;
    RANKFALL_ROLLED for (int k = 0; k < whole; k += 8) body(std::integral_constant<int, 8>(), k);
    if (count & 4) body(std::integral_constant<int, 4>(), whole);
    if (count & 2) body(std::integral_constant<int, 2>(), whole + (count & 4));
    if (count & 1) body(std::integral_constant<int, 1>(), count - 1);
  } else {
    for_each_index(team, count, [&](int k) { body(std::integral_constant<int, 1>(), k); });
  }
}

// The part of padded matrices that is measured.
struct Frame {
  int rows, columns, pitch;
  RANKFALL_HD int size() const { return rows * columns; }
};
template <class AnyShape, int D>
RANKFALL_HD Frame frame_of(Pitch<D> pitch, const AnyShape& shape) {
  return {shape.rows(), shape.columns(), pitch.value()};
}

// <A_k, W> for k = first .. first + R - 1, each sum in the order of rows and columns: emit(k - first, product).
template <int R, class V, class Matrices, class View, class Emit>
RANKFALL_HD void project_tile(Matrices matrices, std::ptrdiff_t first, Frame frame, View w, Emit&& emit) {
  const std::ptrdiff_t size = frame.size();
  V sum[R];
  RANKFALL_UNROLL for (int q = 0; q < R; ++q) sum[q] = V(RealOf<V>(0));
  std::ptrdiff_t at = first * size;
  RANKFALL_ROLLED for (int i = 0; i < frame.rows; ++i)
    RANKFALL_ROLLED for (int j = 0; j < frame.columns; ++j, ++at) {
      V x = w[i * frame.pitch + j];
      pin(x);
      RANKFALL_UNROLL for (int q = 0; q < R; ++q) sum[q] = mul_add(matrices[at + q * size], x, sum[q]);
    }
  RANKFALL_UNROLL for (int q = 0; q < R; ++q) emit(q, sum[q]);
}

// S entries of the adjoint, from number e on: adds residual_k A_k of `count` measurements, k ascending from `first`.
template <int S, class V, class Matrices, class View>
RANKFALL_HD void add_tile(Matrices matrices, std::ptrdiff_t first, int count, Frame frame, int e, View residuals,
                          View adjoint) {
  const std::ptrdiff_t size = frame.size();
  int at[S], i = e / frame.columns, j = e % frame.columns;
  V sum[S];
  RANKFALL_UNROLL for (int q = 0; q < S; ++q) {
    at[q] = i * frame.pitch + j;
    sum[q] = adjoint[at[q]];
    const bool ends = ++j == frame.columns;
    j = ends ? 0 : j;
    i += ends ? 1 : 0;
  }
  RANKFALL_ROLLED for (int k = 0; k < count; ++k) {
    V r = residuals[k];
    pin(r);
    RANKFALL_UNROLL for (int q = 0; q < S; ++q) sum[q] = mul_add(matrices[(first + k) * size + e + q], r, sum[q]);
  }
  RANKFALL_UNROLL for (int q = 0; q < S; ++q) adjoint[at[q]] = sum[q];
}

// A residual is rate * (to_matrix * product - measured).
template <class V>
struct MeasuredTerms {
  V rate, to_matrix;
  RANKFALL_HD V residual(V product, V measured) const { return rate * mul_add(to_matrix, product, -measured); }
};

// The residual that back-propagation (gradient.hpp) asks for, where dLoss/dW is no function of single entries: W goes into the
// second adjoint, which is free until something is pulled back, zeros into the first, and fill() sets what is measured.
template <class V, class View, class Fill>
struct MeasuredResidual {
  View product;
  Fill fill;
  template <class Element>
  RANKFALL_HD V operator()(Element e, V w) const {
    product[e] = w;
    return V(RealOf<V>(0));
  }
  RANKFALL_HD void complete() const { fill(); }
};

// As backpropagate; fill(product, adjoint) adds dLoss/dW to the adjoint.
template <class V, int D, Team T, class AnyShape, class View, class Fill, class Apply, class Finish>
RANKFALL_HD void backpropagate_measured(const T& team, Pitch<D> pitch, const AnyShape& shape, View factors, View workspace,
                                        Fill&& fill, Apply&& apply, Finish&& finish) {
  const View adjoint = adjoint_in(pitch, shape, workspace), product = adjoint + pitch.value() * pitch.value();
  const auto fill_both = [&] { fill(product, adjoint); };
  const MeasuredResidual<V, View, decltype(fill_both)> residual{product, fill_both};
  backpropagate<V>(team, pitch, shape, factors, workspace, residual, apply, finish);
}

// Where a workspace of training_workspace_matrices has room for pitch * pitch residuals.
template <class AnyShape, class View, int D>
RANKFALL_HD View residuals_in(Pitch<D> pitch, const AnyShape& shape, View workspace) {
  return workspace + workspace_matrices(shape.factors) * pitch.value() * pitch.value();
}

// Adds the sum over k of residual_k A_k to the adjoint. `residuals`: room for pitch * pitch. Measurements are taken in chunks,
// which change no order: one thread meets its chunk again while that is in the cache.
template <class V, Team T, class View>
RANKFALL_FN void sense(const T& team, Frame frame, const EntryList<RealOf<V>>& list, View product, View residuals,
                       MeasuredTerms<V> terms, View adjoint) {
  constexpr int cached = 32;
  const int room = frame.pitch * frame.pitch, count = static_cast<int>(list.count);
  const int chunk = std::is_same_v<T, SerialTeam> && room > cached ? cached : room;
  with_measurements<V>(list, [&](auto matrices, auto values) {
    RANKFALL_ROLLED for (int first = 0; first < count; first += chunk) {
      const int here = count - first < chunk ? count - first : chunk;
      in_tiles(team, here, [&](auto tile, int k) {
        project_tile<decltype(tile)::value, V>(matrices, first + k, frame, product, [&](int q, V projected) {
          residuals[k + q] = terms.residual(projected, values[first + k + q]);
        });
      });
      in_tiles(team, frame.size(), [&](auto tile, int e) {
        add_tile<decltype(tile)::value, V>(matrices, first, here, frame, e, residuals, adjoint);
      });
    }
  });
}

// sum_k (<A_k, W> - measured_k)^2, in order, by one thread. W is at `w`, padded.
template <class V, class View>
RANKFALL_FN V squared_residuals(const EntryList<RealOf<V>>& list, Frame frame, View w) {
  V loss(RealOf<V>(0));
  with_measurements<V>(list, [&](auto matrices, auto values) {
    in_tiles(SerialTeam{}, static_cast<int>(list.count), [&](auto tile, int k) {
      project_tile<decltype(tile)::value, V>(matrices, k, frame, w, [&](int q, V projected) {
        const V residual = projected - values[k + q];
        loss = mul_add(residual, residual, loss);
      });
    });
  });
  return loss;
}

}  // namespace rankfall::kernels
