#pragma once
// How greedy low-rank learning leaves a solution (Li, Luo & Lyu, ICLR 2021): along the top singular pair of the
// negative gradient by W. Matrices are dense, row-major, float64; the arithmetic is that of the contract
// (kernels/scalar.hpp).
#include <vector>

#include "backend/instance.hpp"

namespace rankfall {

// G = dC/dW, rows x columns, of the data loss C = loss_scale * sum weight (W - T)^2, or loss_scale * sum_k (<A_k, W> - y_k)^2.
std::vector<double> loss_gradient(const ObservedData& data, double loss_scale, const std::vector<double>& w);

// The largest singular value of -G and its pair: u^T (-G) v = rate. Or (`pair`, and always of the symmetric model) the
// largest eigenvalue of -(G + G^T)/2, where u = v; it may be negative.
struct Escape {
  double rate = 0.0;
  double runner_up = 0.0;           // the next singular value or eigenvalue
  std::vector<double> left, right;  // unit vectors; zero if the rate is

  // Near 1 the direction is not unique.
  double gap() const { return rate > 0.0 ? runner_up / rate : 0.0; }
};
Escape find_escape(const Factorization& model, EscapePair pair, const std::vector<double>& gradient);

// Adds size * u v^T to W through the hidden index `index`, which must be unused: balanced, size^(1/L) in every factor
// (W_1 .. W_L dense one after another).
void add_escape(const Factorization& model, const Escape& escape, double size, int index, std::vector<double>& factors);

// What still drives the mode of hidden index `index` at a gradient G: u^T (-G) v for its unit vectors u in the last and
// v in the first factor. Its rate right after the escape, nothing at the next solution.
double drive(const Factorization& model, const std::vector<double>& factors, int index,
             const std::vector<double>& gradient);

// dW/dt of the gradient flow of the factors.
std::vector<double> velocity(const Factorization& model, const std::vector<double>& factors,
                             const std::vector<double>& gradient);

}  // namespace rankfall
