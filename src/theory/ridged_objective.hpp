#pragma once
// The regularised objective of a matrix completion on factors of one rank, with its derivatives: what its critical points
// of that rank are found with.
#include <vector>

#include "backend/dense.hpp"
#include "rankfall/factorization.hpp"
#include "rankfall/observations.hpp"

namespace rankfall {

// f(W_1 .. W_L) = loss_scale * sum over entries of weight (W_ij - T_ij)^2 + ridge * sum_l ||W_l||_F^2, W = W_L ... W_1.
struct RidgedProblem {
  int rows = 0, columns = 0, depth = 3;
  double loss_scale = 1.0;  // c
  std::vector<ObservedEntry> entries;
  std::vector<double> target;  // T, dense, row-major
};

dense::Dense loss_gradient(const RidgedProblem& problem, const dense::Dense& w);  // dC/dW

// All hidden widths are `rank`: a critical point of f of that rank, whatever its widths, is one of these with zeros
// around it, in other bases of the hidden spaces, since balanced factors share them. Where depth > 2 and ridge > 0 it is a
// minimum there if it is one here: a further mode s of W costs ridge * depth * s^(2 / depth) at least.
// A point is W_1 .. W_L, row-major, one after another.
class RidgedObjective {
 public:
  using Numbers = dense::Numbers;

  RidgedObjective(RidgedProblem problem, int rank);

  int size() const { return size_; }  // numbers of a point
  int rank() const { return rank_; }
  double value(const Numbers& point, double ridge) const;
  Numbers gradient(const Numbers& point, double ridge) const;
  Numbers hessian(const Numbers& point, double ridge) const;  // size x size

  // Directions along which f stands still: rotations of each hidden space, which W_{l+1} and W_l undo for each other,
  // W_{l+1} A and -A W_l with A skew. (depth - 1) rank (rank - 1) / 2 of them.
  std::vector<Numbers> rotations(const Numbers& point) const;

  Numbers end_to_end(const Numbers& point) const;
  Numbers singular_values(const Numbers& point) const;  // of W, the `rank` largest, descending

  // The largest weight_ij k_ij over observed entries, k_ij = sum_l ||P_l^T e_i||^2 ||Q_l e_j||^2, P_l = W_L .. W_{l+1},
  // Q_l = W_{l-1} .. W_1: the squared norm of the gradient of W_ij by all factors.
  double largest_sensitivity(const Numbers& point) const;

 private:
  struct Chain {
    std::vector<dense::Dense> factor, left, right;  // W_l, P_l, Q_l
    dense::Dense product;                           // W
  };
  Chain chain_of(const Numbers& point) const;
  void add_cross_terms(const Chain& chain, Numbers& hessian) const;
  Numbers sensitivity(const Chain& chain, const ObservedEntry& entry) const;  // dW_ij / dpoint

  RidgedProblem problem_;
  int rank_, size_;
  Factorization shape_;
  std::vector<std::size_t> begin_;  // of W_l
};

}  // namespace rankfall
