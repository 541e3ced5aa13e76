#pragma once
// Where training ends, in closed form or by bisection.
#include <optional>

namespace rankfall {

// The exactly solvable family of Shin & Yun (arXiv 2603.04703): n blocks of `block` rows and columns, their diagonal blocks
// observed and equal to `target` > 0, every factor scale * (I + mixing (J - I)) (x) ones(block), 0 <= mixing <= 1, depth
// >= 2, no ridge.
struct AffineFamily {
  int depth = 2;
  int blocks = 2;
  int block = 1;
  double scale = 0.1;
  double mixing = 0.0;
  double target = 1.0;
};

// sigma_2 / sigma_1 of W where its gradient flow ends. At depth 2 gradient descent of any rate conserves it.
double affine_ratio(const AffineFamily& family);

// One mode of a fully observed target with ridge: the largest local minimum s > 0 of c (s - s*)^2 + ridge L s^(2/L), the
// ridge at its least for a matrix with that singular value (Schatten 2/L); nothing where the only minimum is 0. A local
// minimum exists for s above `threshold` only.
struct RidgedMode {
  double value = 0.0, threshold = 0.0;
};
std::optional<RidgedMode> ridged_mode(int depth, double loss_scale, double ridge, double target);

}  // namespace rankfall
