#include "estimate/barrier.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>

#include "estimate/intervals.hpp"
#include "estimate/waiting.hpp"

namespace rankfall {
namespace {

constexpr int most_iterations = 200;

// ln(rate) = level - height * x, with x = 1 / learning rate counted from its mean over events, so that the two hardly mix.
struct Line {
  double level = 0.0, height = 0.0, centre = 0.0;
  double expected(const RatePoint& point) const {
    return point.exposure * std::exp(level - height * (1.0 / point.learning_rate - centre));
  }
};

// Half the deviance: least where the likelihood is largest.
double half_deviance(const std::vector<RatePoint>& points, const Line& line) {
  double sum = 0.0;
  for (const RatePoint& point : points) {
    const auto events = static_cast<double>(point.events);
    const double expected = line.expected(point);
    sum += expected - events + (point.events > 0 ? events * std::log(events / expected) : 0.0);
  }
  return sum;
}

struct Information {
  double level = 0.0, mixed = 0.0, height = 0.0;  // Fisher's, of (level, -height)
  double level_slope = 0.0, height_slope = 0.0;   // of the log likelihood
  double determinant() const { return level * height - mixed * mixed; }
};

Information information_at(const std::vector<RatePoint>& points, const Line& line) {
  Information found;
  for (const RatePoint& point : points) {
    const double x = 1.0 / point.learning_rate - line.centre, expected = line.expected(point);
    const double excess = static_cast<double>(point.events) - expected;
    found.level += expected;
    found.mixed += expected * x;
    found.height += expected * x * x;
    found.level_slope += excess;
    found.height_slope += excess * x;
  }
  return found;
}

// Newton's method with halved steps; the likelihood is concave.
Line largest_likelihood(const std::vector<RatePoint>& points) {
  Line line;
  double events = 0.0, exposure = 0.0;
  for (const RatePoint& point : points) {
    events += static_cast<double>(point.events);
    exposure += point.exposure;
    line.centre += static_cast<double>(point.events) / point.learning_rate;
  }
  line.centre /= events;
  line.level = std::log(events / exposure);
  double now = half_deviance(points, line);
  for (int i = 0; i < most_iterations; ++i) {
    const Information slope = information_at(points, line);
    if (!(slope.determinant() > 0.0)) break;
    const double up = (slope.height * slope.level_slope - slope.mixed * slope.height_slope) / slope.determinant();
    const double tilt = (slope.level * slope.height_slope - slope.mixed * slope.level_slope) / slope.determinant();
    double part = 1.0, next = now;
    Line trial = line;
    for (; part > 1e-10; part *= 0.5) {
      trial.level = line.level + part * up;
      trial.height = line.height - part * tilt;
      next = half_deviance(points, trial);
      if (next <= now) break;
    }
    const bool done = !(next < now - 1e-13 * (1.0 + std::abs(now)));
    if (next <= now) line = trial;
    now = std::min(now, next);
    if (done) break;
  }
  return line;
}

// The axis, if there is one, along which nothing but the last phase's learning rate varies, and that stays within the phase.
std::optional<std::size_t> rate_axis(const Experiment& experiment) {
  for (std::size_t a = 0; a < experiment.axes.size(); ++a) {
    const Axis& axis = experiment.axes[a];
    if (std::any_of(experiment.cells.begin(), experiment.cells.end(), [](const Cell& c) { return c.phases.back().anneals(); }))
      return {};
    if (axis.keys.size() != 1 || axis.size() < 2 || !axis.keys.front().ends_with(".learning_rate")) continue;
    const auto rate_at = [&](int position) {
      const auto cell = std::find_if(experiment.cells.begin(), experiment.cells.end(),
                                     [&](const Cell& c) { return c.position[a] == position; });
      return cell->phases.back().learning_rate;
    };
    if (rate_at(0) != rate_at(1)) return a;
  }
  return {};
}

// Of the cell among `cells` with events enough whose learning rate is nearest to that of cell c, in ratio; 0 if none has.
double nearest_dead_time(const Experiment& experiment, const std::vector<CellEstimate>& estimates, const std::vector<std::size_t>& cells,
                         std::size_t c) {
  const auto rate = [&](std::size_t cell) { return experiment.cells[cell].phases.back().learning_rate; };
  double dead = 0.0, least = std::numeric_limits<double>::infinity();
  for (const std::size_t other : cells) {
    const double distance = std::abs(std::log(rate(other) / rate(c)));
    if (!estimates[other].waiting || !resolves_dead_time(*estimates[other].waiting) || distance >= least) continue;
    least = distance;
    dead = estimates[other].waiting->settled_from;
  }
  return dead;
}

}  // namespace

std::optional<BarrierEstimate> fit_barrier(const std::vector<RatePoint>& given, double confidence) {
  std::vector<RatePoint> points;
  std::copy_if(given.begin(), given.end(), std::back_inserter(points), [](const RatePoint& p) { return p.exposure > 0.0; });
  std::vector<double> with_events;
  BarrierEstimate found;
  for (const RatePoint& point : points) {
    found.events += point.events;
    if (point.events > 0) with_events.push_back(point.learning_rate);
  }
  std::sort(with_events.begin(), with_events.end());
  if (with_events.empty() || with_events.front() == with_events.back()) return {};
  const Line line = largest_likelihood(points);
  const Information information = information_at(points, line);
  if (!(information.determinant() > 0.0)) return {};
  found.height = line.height;
  found.intercept = line.level + line.height * line.centre;
  found.cells = static_cast<int>(points.size());
  double dispersion = 1.0;
  if (found.cells > 2) {
    const double freedom = found.cells - 2, deviance = std::max(0.0, 2.0 * half_deviance(points, line));
    found.p_value = boost::math::gamma_q(0.5 * freedom, 0.5 * deviance);
    dispersion = std::max(1.0, deviance / freedom);
  }
  const double half = two_sided_normal_quantile(confidence) * std::sqrt(dispersion * information.level / information.determinant());
  found.interval = {found.height - half, found.height + half};
  return found;
}

void add_barriers(const Experiment& experiment, const std::function<std::vector<PassageTime>(std::size_t)>& passages,
                  std::vector<CellEstimate>& estimates) {
  const auto axis = rate_axis(experiment);
  if (!axis) return;
  std::map<std::vector<int>, std::vector<std::size_t>> groups;
  for (std::size_t c = 0; c < estimates.size(); ++c) {
    std::vector<int> others = experiment.cells[c].position;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(*axis));
    groups[others].push_back(c);
  }
  const double confidence = experiment.estimate.confidence;
  for (const auto& [others, cells] : groups) {
    std::vector<RatePoint> points;
    for (const std::size_t c : cells) {
      const auto& waiting = estimates[c].waiting;
      if (!waiting) continue;
      const double cut = resolves_dead_time(*waiting) ? waiting->settled_from : nearest_dead_time(experiment, estimates, cells, c);
      const Rate rate = cut == waiting->settled_from ? waiting->settled : rate_behind(passages(c), cut, confidence);
      points.push_back({experiment.cells[c].phases.back().learning_rate, rate.events, rate.exposure});
    }
    const auto fit = fit_barrier(points, confidence);
    for (const std::size_t c : cells) estimates[c].barrier = fit;
  }
}

}  // namespace rankfall
