#include "estimate/waiting.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cassert>
#include <cmath>

namespace rankfall {
namespace {

constexpr std::int64_t fewest_events = 10;  // behind a step of the rate
constexpr double critical_ratio = 9.84;     // of twice the log likelihood ratio
constexpr int most_windows = 10;
constexpr std::int64_t events_per_window = 5;

// Everybody's time at risk.
class AtRisk {
 public:
  explicit AtRisk(const std::vector<PassageTime>& passages) {
    for (const PassageTime& passage : passages) {
      ends_.push_back(passage.observed ? 0.5 * (passage.since + passage.time) : passage.time);
      if (!passage.observed) continue;
      events_.push_back(ends_.back());
      edges_.insert(edges_.end(), {passage.since, passage.time});
    }
    std::sort(ends_.begin(), ends_.end());
    std::sort(events_.begin(), events_.end());
    std::sort(edges_.begin(), edges_.end());
    edges_.erase(std::unique(edges_.begin(), edges_.end()), edges_.end());
    sum_.push_back(0.0);
    for (const double end : ends_) sum_.push_back(sum_.back() + end);
  }

  // Before `time`, which no event is at.
  double exposure(double time) const {
    const auto ended = std::upper_bound(ends_.begin(), ends_.end(), time) - ends_.begin();
    return sum_[static_cast<std::size_t>(ended)] + static_cast<double>(ends_.end() - ends_.begin() - ended) * time;
  }
  std::int64_t events(double time) const { return std::upper_bound(events_.begin(), events_.end(), time) - events_.begin(); }
  double exposure() const { return sum_.back(); }
  std::int64_t events() const { return static_cast<std::int64_t>(events_.size()); }
  const std::vector<double>& edges() const { return edges_; }  // probes beside events, ascending

 private:
  std::vector<double> ends_, events_, edges_, sum_;
};

// The largest log likelihood of so many events in so much exposure, up to what all rates share.
double log_likelihood(std::int64_t events, double exposure) {
  return events > 0 ? static_cast<double>(events) * std::log(static_cast<double>(events) / exposure) : 0.0;
}

// The best upward step of the rate behind `from`, if there is one.
std::optional<double> next_step(const AtRisk& at_risk, double from) {
  const std::int64_t before = at_risk.events(from), all = at_risk.events() - before;
  const double spent = at_risk.exposure(from), left = at_risk.exposure() - spent;
  const std::int64_t needed = std::max(fewest_events, (at_risk.events() + 3) / 4);
  std::optional<double> found;
  double best = log_likelihood(all, left) + 0.5 * critical_ratio;
  for (const double edge : at_risk.edges()) {
    if (edge <= from) continue;
    const std::int64_t head = at_risk.events(edge) - before, tail = all - head;
    if (tail < needed) break;
    const double head_exposure = at_risk.exposure(edge) - spent, tail_exposure = left - head_exposure;
    if (static_cast<double>(head) * tail_exposure >= static_cast<double>(tail) * head_exposure) continue;  // not upward
    const double likelihood = log_likelihood(head, head_exposure) + log_likelihood(tail, tail_exposure);
    if (likelihood <= best) continue;
    best = likelihood;
    found = edge;
  }
  return found;
}

std::optional<double> constancy(const AtRisk& at_risk, double from) {
  const std::int64_t before = at_risk.events(from), all = at_risk.events() - before;
  const auto windows = std::min<std::int64_t>(most_windows, all / events_per_window);
  if (windows < 2) return {};
  const double spent = at_risk.exposure(from), left = at_risk.exposure() - spent;
  double statistic = 0.0, passed = 0.0;
  std::int64_t counted = 0;
  int used = 0;
  const auto close = [&](double exposure, std::int64_t events) {
    const double expected = static_cast<double>(all) * (exposure - passed) / left;
    statistic += std::pow(static_cast<double>(events - counted) - expected, 2.0) / expected;
    passed = exposure;
    counted = events;
    ++used;
  };
  for (const double edge : at_risk.edges()) {
    if (edge <= from || used + 1 == windows) continue;
    const double exposure = at_risk.exposure(edge) - spent;
    const bool full = exposure >= left * (used + 1) / static_cast<double>(windows);
    if (full && exposure < left && exposure > passed) close(exposure, at_risk.events(edge) - before);
  }
  close(left, all);
  if (used < 2) return {};
  return boost::math::gamma_q(0.5 * (used - 1), 0.5 * statistic);
}

Rate rate_behind(const AtRisk& at_risk, double from, double confidence) {
  return poisson_rate(at_risk.events() - at_risk.events(from), at_risk.exposure() - at_risk.exposure(from), confidence);
}

}  // namespace

Rate poisson_rate(std::int64_t events, double exposure, double confidence) {
  assert(events >= 0 && exposure >= 0.0);
  Rate rate{events, exposure};
  if (!(exposure > 0.0)) return rate;
  const double tail = (1.0 - confidence) / 2.0;
  const auto count = static_cast<double>(events);
  rate.interval.low = events == 0 ? 0.0 : boost::math::gamma_p_inv(count, tail) / exposure;
  rate.interval.high = boost::math::gamma_q_inv(count + 1.0, tail) / exposure;
  return rate;
}

std::optional<WaitingEstimate> estimate_waiting(const std::vector<PassageTime>& passages, double confidence) {
  const AtRisk at_risk(passages);
  if (!(at_risk.exposure() > 0.0)) return {};
  WaitingEstimate estimate;
  estimate.overall = poisson_rate(at_risk.events(), at_risk.exposure(), confidence);
  double hazard = 0.0;  // cumulative, until settled_from
  while (const auto step = next_step(at_risk, estimate.settled_from)) {
    const double from = estimate.settled_from;
    const double rate = static_cast<double>(at_risk.events(*step) - at_risk.events(from)) / (at_risk.exposure(*step) - at_risk.exposure(from));
    hazard += rate * (*step - from);
    estimate.settled_from = *step;
  }
  const double from = estimate.settled_from;
  estimate.settled = rate_behind(at_risk, from, confidence);
  if (estimate.settled.events > 0) estimate.lag = from - hazard / estimate.settled.value();
  estimate.p_value = constancy(at_risk, from);
  return estimate;
}

bool resolves_dead_time(const WaitingEstimate& waiting) { return waiting.overall.events >= 2 * fewest_events; }

Rate rate_behind(const std::vector<PassageTime>& passages, double from, double confidence) {
  return rate_behind(AtRisk(passages), from, confidence);
}

}  // namespace rankfall
