#pragma once
// Random objects of an experiment, drawn in float64 by one thread per replica: targets, masks, initial factors. What is made
// of the draws is a Number: float64, or finer.
// Matrices here are dense, row-major, without padding.
#include "kernels/normal.hpp"

namespace rankfall::kernels {

template <class Number>
RANKFALL_HD void draw_normal(VariateSequence& variates, int count, double scale, Number* out) {
  for (int k = 0; k < count; ++k) out[k] = Number(scale) * Number(variates.normal());
}

// Turns a rows x columns Gaussian matrix (rows >= columns) into one with orthonormal columns, Haar distributed:
// modified Gram-Schmidt, twice (Giraud, Langou, Rozloznik 2005: twice is enough), R with a positive diagonal.
template <class Number>
RANKFALL_FN void orthonormalise_columns(int rows, int columns, Number* a) {
  for (int c = 0; c < columns; ++c) {
    for (int pass = 0; pass < 2; ++pass)
      for (int b = 0; b < c; ++b) {
        Number overlap(0.0);
        for (int i = 0; i < rows; ++i) overlap = mul_add(a[i * columns + b], a[i * columns + c], overlap);
        for (int i = 0; i < rows; ++i)
          a[i * columns + c] = mul_add(-overlap, a[i * columns + b], a[i * columns + c]);
      }
    Number squares(0.0);
    for (int i = 0; i < rows; ++i) squares = mul_add(a[i * columns + c], a[i * columns + c], squares);
    const Number norm = square_root(squares);
    for (int i = 0; i < rows; ++i) a[i * columns + c] = a[i * columns + c] / norm;
  }
}

// A random rows x columns matrix with orthonormal columns, or orthonormal rows if there are fewer of them.
template <class Number>
RANKFALL_FN void draw_orthonormal(VariateSequence& variates, int rows, int columns, Number* scratch, Number* out) {
  draw_normal(variates, rows * columns, 1.0, scratch);
  if (rows >= columns) {
    orthonormalise_columns(rows, columns, scratch);
    for (int e = 0; e < rows * columns; ++e) out[e] = scratch[e];
  } else {
    orthonormalise_columns(columns, rows, scratch);
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) out[i * columns + j] = scratch[j * rows + i];
  }
}

// `count` of the numbers 0 .. n-1 without replacement, every subset equally likely: the first `count` elements of a
// Fisher-Yates shuffle; `numbers` holds n. 53-bit draws, so that n may exceed 2^32 without bias worth the name.
RANKFALL_FN inline void draw_subset(VariateSequence& variates, std::int64_t n, std::int64_t count,
                                    std::int64_t* numbers) {
  for (std::int64_t k = 0; k < n; ++k) numbers[k] = k;
  for (std::int64_t k = 0; k < count; ++k) {
    const std::int64_t pick = k + static_cast<std::int64_t>(variates.uniform() * static_cast<double>(n - k));
    const std::int64_t kept = numbers[k];
    numbers[k] = numbers[pick];
    numbers[pick] = kept;
  }
}

// value^(1/root) for value >= 0 by Newton's iteration from above, which falls until rounding stops it.
template <class Number>
RANKFALL_FN Number portable_root(Number value, int root) {
  if (value <= Number(0.0) || root == 1) return value;
  Number x = value > Number(1.0) ? value : Number(1.0);
  for (int iteration = 0; iteration < 4000; ++iteration) {
    const Number power = integer_power(x, root - 1);
    const Number next = x - (x - value / power) / Number(root);
    if (!(next < x)) break;
    x = next;
  }
  return x;
}

// Sign of det(a), a n x n, destroyed: Gaussian elimination with partial pivoting. 0 if a pivot is 0.
template <class Number>
RANKFALL_FN int determinant_sign(int n, Number* a) {
  int sign = 1;
  for (int c = 0; c < n; ++c) {
    int pivot = c;
    for (int i = c + 1; i < n; ++i)
      if (absolute(a[i * n + c]) > absolute(a[pivot * n + c])) pivot = i;
    if (a[pivot * n + c] == Number(0.0)) return 0;
    if (pivot != c) {
      sign = -sign;
      for (int j = 0; j < n; ++j) {
        const Number kept = a[c * n + j];
        a[c * n + j] = a[pivot * n + j];
        a[pivot * n + j] = kept;
      }
    }
    if (a[c * n + c] < Number(0.0)) sign = -sign;
    for (int i = c + 1; i < n; ++i) {
      const Number ratio = a[i * n + c] / a[c * n + c];
      for (int j = c; j < n; ++j) a[i * n + j] = mul_add(-ratio, a[c * n + j], a[i * n + j]);
    }
  }
  return sign;
}

}  // namespace rankfall::kernels
