#pragma once
// Cholesky factors of symmetric positive definite matrices, one per lane, each entry's sum in ascending order of its
// terms. Matrices are dense, entry (i, j) at i * n + j; only j >= i is read and written.
#include "kernels/scalar.hpp"

namespace rankfall::kernels {

// out[j] -= sum over k < count of u[k] * rows[k * pitch + j], j < length. The rows lie elsewhere than `out`.
template <int count, class V>
RANKFALL_HD void subtract_rows(int length, int pitch, const V* u, const V* __restrict__ rows, V* __restrict__ out) {
  for (int j = 0; j < length; ++j) {
    V sum = out[j];
    RANKFALL_UNROLL for (int k = 0; k < count; ++k) sum = mul_add(-u[k], rows[k * pitch + j], sum);
    out[j] = sum;
  }
}

// a = U^T U: writes U over a. Returns the smallest pivot of each lane: where it is not positive (or not a number), the
// matrix is not positive definite to rounding, and U is meaningless but finite wherever a is.
template <class V>
RANKFALL_FN V cholesky(int n, V* a) {
  constexpr int panel = 8;  // rows eliminated together: a trailing entry is read and written once for all of them
  V smallest(1.0);
  for (int first = 0; first < n; first += panel) {
    const int end = first + panel < n ? first + panel : n;
    for (int k = first; k < end; ++k) {
      V* row = a + k * n;
      for (int above = first; above < k; ++above) {
        const V u = -a[above * n + k];
        for (int j = k; j < n; ++j) row[j] = mul_add(u, a[above * n + j], row[j]);
      }
      const V pivot = row[k];
      const auto usable = V(0.0) < pivot;
      smallest = select(usable, select(pivot < smallest, pivot, smallest), V(-1.0));
      const V inverse = V(1.0) / square_root(select(usable, pivot, V(1.0)));
      for (int j = k; j < n; ++j) row[j] = row[j] * inverse;
    }
    for (int i = end; i < n; ++i) {  // end < n only after a whole panel
      V u[panel];
      for (int k = 0; k < panel; ++k) u[k] = a[(first + k) * n + i];
      subtract_rows<panel>(n - i, n, u, a + first * n + i, a + i * n + i);
    }
  }
  return smallest;
}

// Solves U^T U x = b in place, U as cholesky() left it.
template <class V>
RANKFALL_FN void solve_cholesky(int n, const V* u, V* b) {
  for (int k = 0; k < n; ++k) {
    b[k] = b[k] / u[k * n + k];
    const V x = -b[k];
    for (int j = k + 1; j < n; ++j) b[j] = mul_add(x, u[k * n + j], b[j]);
  }
  for (int k = n - 1; k >= 0; --k) {
    V sum = b[k];
    for (int j = k + 1; j < n; ++j) sum = mul_add(-u[k * n + j], b[j], sum);
    b[k] = sum / u[k * n + k];
  }
}

}  // namespace rankfall::kernels
