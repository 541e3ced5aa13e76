#pragma once
// The tangent kernel of W_L ... W_1 on observed entries: K_(ij),(pq) = <grad W_ij, grad W_pq>, gradients by all factors. Along a
// gradient flow of the data loss dW_ij/dt = -sum over observed (pq) of K_(ij),(pq) dC/dW_pq (Shin & Yun 2026).
#include <cstdint>
#include <span>
#include <vector>

#include "rankfall/factorization.hpp"
#include "rankfall/observations.hpp"

namespace rankfall {

class TangentKernel {
 public:
  // Factors W_1 .. W_L (of a symmetric model U alone), dense row-major, float64.
  TangentKernel(const Factorization& model, std::span<const double> factors);

  // K of the entries (i, j) and (p, q) of W.
  //   sum over l of (P_l P_l^T)_ip (Q_l^T Q_l)_jq,  P_l = W_L .. W_{l+1},  Q_l = W_{l-1} .. W_1;
  //   W = U U^T: delta_ip W_jq + delta_jq W_ip + delta_iq W_jp + delta_jp W_iq.
  double operator()(const ObservedEntry& a, const ObservedEntry& b) const;

 private:
  int rows_, columns_;
  bool symmetric_;
  // Of each layer: rows x rows, columns x columns. Symmetric: W alone.
  std::vector<std::vector<double>> row_gram_, column_gram_;
};

// How the observed entries learn from one another.
struct Coupling {
  double index = 0.0;  // the largest |K_ab| / sqrt(K_aa K_bb) of two entries in different components of the observation graph; NaN
                       // where there is one component only, or every such entry's own K is 0
  int blocks = 0;      // of entries that a K beyond `tolerance` (in that measure) joins, directly or through others
};

// Below it a coupling is taken for the rounding of zero.
inline constexpr double coupling_threshold = 1e-12;

// Of the kernel on these entries. O(L N^2).
Coupling coupling_of(const TangentKernel& kernel, int rows, int columns, std::span<const ObservedEntry> entries, double tolerance);

}  // namespace rankfall
