#pragma once
// Functions of one number from IEEE operations alone, so that schedules have the same bits on every machine. Made once per
// experiment, not in any loop.
#include "kernels/scalar.hpp"

namespace rankfall::kernels {

// cos(pi x), 0 <= x <= 1, to about 2^-52: a Taylor polynomial up to pi / 4, and its complement sin beyond.
RANKFALL_HD double cosine_of_half_turns(double x) {
  const bool beyond = x > 0.5;
  const double within = beyond ? 1.0 - x : x;  // exact from 1/2 on (Sterbenz); cos(pi x) = -cos(pi (1 - x))
  const bool near_zero = within > 0.25;
  const double angle = 3.14159265358979312 * (near_zero ? 0.5 - within : within), square = angle * angle;
  double term = near_zero ? angle : 1.0, sum = term;
  for (int k = near_zero ? 2 : 1; k < 24; k += 2) {
    term = -term * square / static_cast<double>(k * (k + 1));
    sum = sum + term;
  }
  return beyond ? -sum : sum;
}

// base^x, base > 0, 0 <= x <= 1: the product of those of its 1/2, 1/4, 1/8, ... powers that the binary digits of x name.
RANKFALL_HD double power_within_one(double base, double x) {
  if (x >= 1.0) return base;
  double power = 1.0, root = base;
  for (int digit = 0; digit < 60 && x > 0.0; ++digit) {
    root = square_root(root);
    x = x + x;
    if (x >= 1.0) {
      power = power * root;
      x = x - 1.0;
    }
  }
  return power;
}

}  // namespace rankfall::kernels
