#include "estimate/survival.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

#include "estimate/intervals.hpp"

namespace rankfall {
namespace {

// Walks the distinct times in ascending order. Between two censorings the product of (1 - d/n) telescopes to
// (n_last - d_last) / n_first, which is kept instead: without censoring S is then exactly the empirical share.
class Estimator {
 public:
  Estimator(std::int64_t replicas, double confidence)
      : at_risk_(replicas),
        block_at_risk_(replicas),
        confidence_(confidence),
        z_(two_sided_normal_quantile(confidence)) {}

  void pass(double time, std::int64_t events, std::int64_t censored) {
    if (events > 0) add_event_time(time, events);
    at_risk_ -= events + censored;
    if (censored > 0) {
      block_survival_ = survival_;
      block_at_risk_ = at_risk_;
    }
    curve_.censored += censored;
    curve_.last_time = time;
  }

  SurvivalCurve finish() && {
    set_median();
    return std::move(curve_);
  }

 private:
  void add_event_time(double time, std::int64_t events) {
    const auto before = static_cast<double>(at_risk_);
    const auto after = static_cast<double>(at_risk_ - events);
    survival_ = block_survival_ * after / static_cast<double>(block_at_risk_);
    if (after > 0.0) variance_of_log_ += static_cast<double>(events) / (before * after);
    curve_.time.push_back(time);
    curve_.at_risk.push_back(at_risk_);
    curve_.events.push_back(events);
    curve_.survival.push_back(survival_);
    curve_.interval.push_back(interval());
  }

  // log(-log S) has standard deviation sqrt(var log S) / |log S|, so the ends are S^exp(+-z * that).
  Interval interval() const {
    if (survival_ == 0.0) {
      const Interval none = binomial_interval(0, block_at_risk_, confidence_, IntervalKind::clopper_pearson);
      return {0.0, curve_.interval.empty() ? none.high : std::min(none.high, curve_.interval.back().high)};
    }
    const double log_survival = std::log(survival_);
    const double factor = std::exp(z_ * std::sqrt(variance_of_log_) / -log_survival);
    return {std::exp(log_survival * factor), std::exp(log_survival / factor)};
  }

  void set_median() {
    for (std::size_t i = 0; i < curve_.time.size(); ++i) {
      const double time = curve_.time[i];
      if (!curve_.median_low && at_most_half(curve_.interval[i].low)) curve_.median_low = time;
      if (!curve_.median && at_most_half(curve_.survival[i])) curve_.median = time;
      if (!curve_.median_high && at_most_half(curve_.interval[i].high)) curve_.median_high = time;
    }
  }

  // A survival that is 1/2 in exact arithmetic must not miss it by rounding.
  static bool at_most_half(double survival) { return survival <= 0.5 * (1.0 + 1e-12); }

  SurvivalCurve curve_;
  std::int64_t at_risk_;
  double survival_ = 1.0;
  double block_survival_ = 1.0;    // S at the last censoring
  std::int64_t block_at_risk_;     // replicas at risk just after it
  double variance_of_log_ = 0.0;   // Greenwood's sum d / (n (n - d))
  double confidence_;
  double z_;
};

}  // namespace

SurvivalCurve kaplan_meier(std::vector<PassageTime> times, double confidence) {
  std::sort(times.begin(), times.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  Estimator estimator(static_cast<std::int64_t>(times.size()), confidence);
  for (std::size_t i = 0; i < times.size();) {
    const double time = times[i].time;
    std::int64_t events = 0;
    std::int64_t censored = 0;
    for (; i < times.size() && times[i].time == time; ++i) ++(times[i].observed ? events : censored);
    estimator.pass(time, events, censored);
  }
  return std::move(estimator).finish();
}

}  // namespace rankfall
