#pragma once
// The model: W = W_L ... W_1 with W_l in R^{n_l x n_{l-1}}, or the symmetric W = U U^T.
#include <algorithm>
#include <vector>

namespace rankfall {

enum class Symmetry { general, symmetric };

struct Factorization {
  int depth = 2;             // L >= 1; the symmetric model has one factor and depth 2 in the theory's count
  std::vector<int> widths;   // n_0 = columns, hidden widths, n_L = rows; symmetric: {width, rows}
  Symmetry symmetry = Symmetry::general;

  int factors() const { return static_cast<int>(widths.size()) - 1; }
  int factor_rows(int factor) const { return widths[factor + 1]; }     // factor = l - 1, counted from 0
  int factor_columns(int factor) const { return widths[factor]; }
  int rows() const { return widths.back(); }
  int columns() const { return symmetry == Symmetry::symmetric ? widths.back() : widths.front(); }
  int singular_values() const { return std::min(rows(), columns()); }  // of W
  int largest_dimension() const { return *std::max_element(widths.begin(), widths.end()); }
};

}  // namespace rankfall
