#pragma once
// Where training ends, in closed form or by bisection.
#include <limits>
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

// Escape from a small start (Li, Luo & Lyu 2021): factors W_l = s I of a square model of `depth` = L >= 2, so W = s^L I,
// symmetric gradient; the negative one at W = 0 has the eigenvalues lambda_1 = `rate` > 0 and lambda_i = `ratio` lambda_1. While W
// is small its modes grow by themselves, ds_i/dt = lambda_i s_i^(L-1) in every factor.

// When the first mode has come from s = `scale` to `size` in every factor. Depth 2: log(size/scale) / rate. Deeper it is
// finite for any size, and without one the blow-up s^-(L-2) / ((L-2) rate) of small starts.
double escape_time(int depth, double scale, double rate, double size = std::numeric_limits<double>::infinity());

// A singular value of W when the first mode has blown up, depth >= 3, ratio < 1: s^L (1 - ratio)^-(L/(L-2)). It stays
// there, since what is left of its own time is as long as the escape was: W is off by as much as scale^L, whatever the gap.
double frozen_mode(int depth, double scale, double ratio);

// p of the distance W(0)^p at which the flow passes the first solution that it escapes to, if that is the last: 1 -
// lambda_2/lambda_1 at depth 2, where the second mode grows meanwhile; 1 at depth >= 3.
double distance_exponent(int depth, double ratio);

}  // namespace rankfall
