#include "estimate/incidence.hpp"

#include <algorithm>
#include <cmath>

#include "estimate/intervals.hpp"

namespace rankfall {
namespace {

// One distinct time: who is at risk, how many fall to the rank of interest, how many end otherwise by themselves.
struct Moment {
  double at_risk = 0.0, falls = 0.0, ends = 0.0;  // ends: falls to any rank, and divergence
  double survival = 1.0;                          // just before
};

std::vector<Moment> moments_of(const std::vector<PassageTime>& sorted, int rank) {
  std::vector<Moment> moments;
  double survival = 1.0;
  for (std::size_t i = 0; i < sorted.size();) {
    Moment moment{static_cast<double>(sorted.size() - i), 0.0, 0.0, survival};
    const double time = sorted[i].time;
    for (; i < sorted.size() && sorted[i].time == time; ++i) {
      if (sorted[i].observed || sorted[i].diverged) moment.ends += 1.0;
      if (sorted[i].observed && sorted[i].rank == rank) moment.falls += 1.0;
    }
    if (moment.ends == 0.0) continue;
    survival *= 1.0 - moment.ends / moment.at_risk;
    moments.push_back(moment);
  }
  return moments;
}

double variance_of(const std::vector<Moment>& moments, double incidence) {
  double variance = 0.0, reached = 0.0;
  for (const Moment& m : moments) {
    const double n = m.at_risk;
    reached += m.survival * m.falls / n;
    const double rest = incidence - reached;
    if (n > m.ends) variance += rest * rest * m.ends / (n * (n - m.ends));
    variance += m.survival * m.survival * m.falls * (n - m.falls) / (n * n * n) - 2.0 * rest * m.survival * m.falls / (n * n);
  }
  return variance;
}

Interval interval_of(double incidence, double variance, double confidence) {
  const double z = two_sided_normal_quantile(confidence), log_of = std::log(incidence);
  const double factor = std::exp(z * std::sqrt(variance) / (incidence * -log_of));
  return {std::exp(log_of * factor), std::exp(log_of / factor)};
}

}  // namespace

std::map<int, FallEstimate> cumulative_incidence(std::vector<PassageTime> passages, const EstimateSpec& spec) {
  std::sort(passages.begin(), passages.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  std::map<int, FallEstimate> falls;
  double last_end = 0.0;
  for (const PassageTime& passage : passages) {
    if (passage.observed) ++falls[passage.rank].events;
    if (passage.observed || passage.diverged) last_end = passage.time;
  }
  const bool complete = std::none_of(passages.begin(), passages.end(), [&](const PassageTime& p) {
    return !p.observed && !p.diverged && p.time < last_end;
  });
  for (auto& [rank, fall] : falls) {
    const std::vector<Moment> moments = moments_of(passages, rank);
    for (const Moment& m : moments) fall.incidence += m.survival * m.falls / m.at_risk;
    const double variance = variance_of(moments, fall.incidence);
    if (complete || !(variance > 0.0) || fall.incidence >= 1.0) {
      const Proportion share = proportion(fall.events, static_cast<std::int64_t>(passages.size()), spec);
      if (complete) fall.incidence = share.value();
      fall.interval = share.interval;
    } else {
      fall.interval = interval_of(fall.incidence, variance, spec.confidence);
    }
  }
  return falls;
}

std::map<std::pair<int, int>, Proportion> destinations(const ReplicaResults& results, const EstimateSpec& spec) {
  std::map<int, std::int64_t> began;
  std::map<std::pair<int, int>, std::int64_t> ended;
  for (std::size_t i = 0; i < results.outcome.size(); ++i) {
    if (results.start_rank[i] < 0 || results.outcome[i] == Outcome::diverged) continue;
    ++began[results.start_rank[i]];
    ++ended[{results.start_rank[i], results.rank[i]}];
  }
  std::map<std::pair<int, int>, Proportion> shares;
  for (const auto& [ranks, count] : ended) shares[ranks] = proportion(count, began[ranks.first], spec);
  return shares;
}

}  // namespace rankfall
