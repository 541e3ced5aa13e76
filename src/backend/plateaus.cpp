#include "backend/plateaus.hpp"

#include <algorithm>
#include <optional>

namespace rankfall {

namespace {

using Norms = std::span<const double>;

std::vector<Rest> below(Norms norms, double level) {
  std::vector<Rest> found;
  std::optional<Rest> open;
  for (std::size_t k = 0; k < norms.size(); ++k) {
    if (norms[k] > level) {
      if (open) found.push_back(*open);
      open.reset();
      continue;
    }
    if (!open) open = Rest{k, k, k};
    open->end = k;
    if (norms[k] < norms[open->lowest]) open->lowest = k;
  }
  return found;
}

// Turning points of the norms, of swings by a factor of at least 1/level: a low, and the peak behind it.
struct Swing {
  std::size_t low, peak;
};
struct Swings {
  std::optional<std::size_t> first_peak;  // before the first low, unless the norms rise from the start
  std::vector<Swing> swing;
};

Swings swings_of(Norms norms, double level) {
  Swings found;
  std::size_t low = 0, peak = 0;
  enum class Direction { unknown, falling, rising } direction = Direction::unknown;
  for (std::size_t k = 0; k < norms.size(); ++k) {
    if (norms[k] < norms[low]) low = k;
    if (norms[k] > norms[peak]) peak = k;
    const bool risen = norms[low] < level * norms[k], fallen = norms[k] <= level * norms[peak];
    if (direction != Direction::rising && risen) {
      found.swing.push_back({low, k});
      peak = k;
      direction = Direction::rising;
    } else if (direction != Direction::falling && fallen) {
      if (direction == Direction::unknown) found.first_peak = peak;
      low = k;
      direction = Direction::falling;
    }
    if (direction == Direction::rising) found.swing.back().peak = peak;
  }
  return found;
}

std::vector<Rest> between_peaks(Norms norms, double level) {
  const Swings swings = swings_of(norms, level);
  std::vector<Rest> found;
  std::optional<std::size_t> before = swings.first_peak;
  for (const Swing& swing : swings.swing) {
    const double arrived = level * norms[before.value_or(swing.peak)], left = level * norms[swing.peak];
    Rest rest{before.value_or(0), swing.peak, swing.low};
    while (norms[rest.begin] > arrived) ++rest.begin;
    while (norms[rest.end] > left) --rest.end;
    found.push_back(rest);
    before = swing.peak;
  }
  return found;
}

}  // namespace

std::vector<Rest> rests(std::span<const double> gradient_norms, const PlateauRule& rule) {
  return rule.relative ? between_peaks(gradient_norms, rule.level) : below(gradient_norms, rule.level);
}

std::vector<Plateau> plateaus_of(const std::vector<TrajectoryPoint>& trajectory, const PlateauRule& rule,
                                 std::int64_t replica) {
  std::vector<Plateau> found;
  for (std::size_t begin = 0; begin < trajectory.size();) {
    const int phase = trajectory[begin].phase;
    std::vector<double> norms;
    std::size_t end = begin;
    for (; end < trajectory.size() && trajectory[end].phase == phase; ++end)
      if (trajectory[end].reading.finite() && norms.size() == end - begin)
        norms.push_back(trajectory[end].reading.gradient_norm);
    for (const Rest& rest : rests(norms, rule)) {
      const TrajectoryPoint &first = trajectory[begin + rest.begin], &last = trajectory[begin + rest.end],
                            &lowest = trajectory[begin + rest.lowest];
      found.push_back({replica, first.step, last.step, first.time, last.time, lowest.reading.loss,
                       lowest.reading.gradient_norm, lowest.rank, phase});
    }
    begin = end;
  }
  return found;
}

}  // namespace rankfall
