#pragma once
// The modes of W - its singular triples (u_r, s_r, v_r) - beside the target's, and how fast they grow. Matrices are dense,
// row-major, float64; the arithmetic is that of the contract (kernels/scalar.hpp), one replica at a time.
#include <vector>

#include "rankfall/factorization.hpp"

namespace rankfall {

// Descending; triples of value 0 have vectors of zeros. `left` holds u_1, u_2, ... one after another, rows numbers each;
// `right` v_1, ..., columns numbers each. Values are those of kernels::matrix_spectrum, bit for bit.
struct SingularTriples {
  int rows = 0, columns = 0;
  std::vector<double> value, left, right;

  // Whether triple r has a direction: rounding of W's entries leaves singular values of about 1e-16 of the largest.
  bool has_direction(std::size_t r) const;
};
// One-sided Jacobi rotations (Hestenes 1958).
SingularTriples singular_triples(int rows, int columns, const std::vector<double>& matrix);

// What is known of the modes of a W, an entry per singular value, and of how its entries couple; empty where it was not
// asked for, NaN where a mode has no direction.
struct ModeReading {
  std::vector<double> left, right;         // alignment with the target's modes
  std::vector<double> velocity, balanced;  // ds_r/dt
  std::vector<double> coupling_index, coupling_blocks;  // one number each
};

// The target's modes, in groups of equal singular values.
class TargetModes {
 public:
  TargetModes() = default;
  TargetModes(int rows, int columns, const std::vector<double>& target);

  // Alignment of mode r: the length of the projection of u_r (v_r) onto the span of the target's vectors whose singular
  // values equal s*_r to 1e-9 of s*_1; where all are simple, |<u_r, u*_r>|. Where s*_r = 0 that span is what is orthogonal
  // to the target's column (row) space.
  void align(const SingularTriples& modes, ModeReading& reading) const;

 private:
  struct Group {
    std::size_t begin, end;
  };
  std::size_t nonzero() const;  // triples of the target whose values are not 0

  SingularTriples triples_;
  std::vector<Group> group_;    // by number of the singular value
};

// ds_r/dt = u_r^T (dW/dt) v_r of the flow of the factors (W_1 .. W_L one after another) down the data loss, whose gradient
// by W is `gradient`, plus ridge * sum_l ||W_l||_F^2: `velocity`. What it is where the factors are balanced (Arora, Cohen,
// Hu & Luo 2019, theorem 3), -L (s_r^2)^(1-1/L) <gradient, u_r v_r^T> - 2 ridge L s_r: `balanced`. The symmetric model
// W = U U^T is always balanced: -2 s_r <gradient + gradient^T, u_r v_r^T> - 4 ridge s_r.
void find_velocities(const Factorization& model, const std::vector<double>& factors, const std::vector<double>& gradient,
                     double ridge, const SingularTriples& modes, ModeReading& reading);

}  // namespace rankfall
