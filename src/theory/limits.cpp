#include "theory/limits.hpp"

#include <cmath>

namespace rankfall {
namespace {

// The zero of a function that is negative at `low` and positive at `high`.
template <class Function>
double bisected(double low, double high, Function&& function) {
  for (;;) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) return middle;  // neighbours
    (function(middle) < 0.0 ? low : high) = middle;
  }
}

}  // namespace

double affine_ratio(const AffineFamily& family) {
  const double n = family.blocks, depth = family.depth;
  const double first = family.scale * family.block * (1.0 + (n - 1.0) * family.mixing);
  const double second = family.scale * family.block * (1.0 - family.mixing);
  if (family.depth == 2) return std::pow(second / first, 2.0);
  if (second == 0.0) return 0.0;
  // second^-(L-2) - first^-(L-2) stays as it is while first^L + (n - 1) second^L comes to n block target.
  const double power = depth - 2.0, kept = std::pow(second, -power) - std::pow(first, -power);
  const auto second_of = [&](double x) { return std::pow(kept + std::pow(x, -power), -1.0 / power); };
  const double sum = n * family.block * family.target;
  const double end = bisected(0.0, std::pow(sum, 1.0 / depth), [&](double x) {
    return std::pow(x, depth) + (n - 1.0) * std::pow(second_of(x), depth) - sum;
  });
  return std::pow(second_of(end) / end, depth);
}

std::optional<RidgedMode> ridged_mode(int depth, double loss_scale, double ridge, double target) {
  const double power = 2.0 / depth - 1.0;  // of the derivative, c (s - s*) + ridge s^power, up to the factor 2
  const auto slope = [&](double s) { return loss_scale * (s - target) + ridge * std::pow(s, power); };
  const double least = power < 0.0 ? std::pow(-power * ridge / loss_scale, 1.0 / (1.0 - power)) : 0.0;
  if (target <= least || slope(least) >= 0.0) return std::nullopt;
  return RidgedMode{bisected(least, target, slope), least};
}

double escape_time(int depth, double scale, double rate, double size) {
  if (depth == 2) return std::log(size / scale) / rate;
  const double power = 2.0 - depth;  // of an infinite size: 0
  return (std::pow(scale, power) - std::pow(size, power)) / (-power * rate);
}

double frozen_mode(int depth, double scale, double ratio) {
  return std::pow(scale, depth) * std::pow(1.0 - ratio, -depth / (depth - 2.0));
}

double distance_exponent(int depth, double ratio) { return depth == 2 ? 1.0 - ratio : 1.0; }

}  // namespace rankfall
