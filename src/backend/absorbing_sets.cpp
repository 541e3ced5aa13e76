#include "backend/absorbing_sets.hpp"

#include <algorithm>
#include <cmath>

#include "backend/lane_group.hpp"

namespace rankfall {
namespace {

// x^n by products, from the left: the same bits everywhere.
double power(double x, int n) {
  double product = 1.0;
  for (int k = 0; k < n; ++k) product *= x;
  return product;
}

}  // namespace

AbsorbingSets::AbsorbingSets(const Cell& cell, int phase, const ProblemInstance& problem)
    : spec_(*cell.probe.monitor),
      depth_(cell.model.depth),
      sets_(static_cast<std::size_t>(cell.model.singular_values())),
      rate_(cell.phases[static_cast<std::size_t>(phase)].learning_rate),
      ridge_(cell.phases[static_cast<std::size_t>(phase)].ridge),
      target_norm_(problem.largest_singular_value_in(static_cast<std::size_t>(phase))) {
  const PhaseSpec& spec = cell.phases[static_cast<std::size_t>(phase)];
  const ObservedData& data = problem.phase[static_cast<std::size_t>(phase)];
  scale_ = loss_scale(spec, data.count()) * static_cast<double>(data.count());
  for (std::size_t e = 0; e < data.weight.size(); ++e) {
    largest_target_ = std::max(largest_target_, data.weight[e] * std::fabs(data.target[e]));
    largest_square_ = std::max(largest_square_, data.weight[e] * data.target[e] * data.target[e]);
  }
}

bool AbsorbingSets::is_balanced(double imbalance) const {
  if (spec_.imbalance) return imbalance <= *spec_.imbalance;
  const double fed = 2.0 * rate_ * scale_ * largest_target_ * scale_ * largest_target_;
  return power(ridge_ * imbalance, depth_) <= power(fed, depth_) * power(target_norm_, 2 * (depth_ - 1));
}

bool AbsorbingSets::is_bounded(double factor_norm) const {
  if (spec_.factor_norm) return factor_norm <= *spec_.factor_norm;
  return 4.0 * ridge_ * factor_norm * factor_norm <= scale_ * largest_square_;
}

bool AbsorbingSets::shrinks(double value, double residual) const {
  return scale_ * residual * power(value, depth_ - 2) <= ridge_;
}

bool AbsorbingSets::holds(std::size_t r, const FactorReading& reading) const {
  const double value = reading.largest[r];
  const bool small = spec_.singular_value ? value <= *spec_.singular_value : shrinks(value, largest_target_);
  return small && is_balanced(reading.imbalance) && is_bounded(reading.factor_norm);
}

int AbsorbingSets::layer_rank(const FactorReading& reading) const {
  if (depth_ < 3 || ridge_ <= 0.0) return -1;
  return static_cast<int>(std::count_if(reading.largest.begin(), reading.largest.end(),
                                        [&](double value) { return !shrinks(value, reading.residual); }));
}

void AbsorbingSets::note(MonitorNotes& notes, const FactorReading* reading, std::int64_t steps) const {
  notes.entries.resize(sets_);
  notes.exits.resize(sets_);
  notes.steps.resize(sets_);
  for (std::size_t r = 0; r < sets_; ++r) {
    const bool was = notes.inside(r), is = reading != nullptr && holds(r, *reading);
    if (was) notes.steps[r] += steps;
    if (is && !was) ++notes.entries[r];
    if (was && !is) ++notes.exits[r];
  }
  if (reading == nullptr) return;
  notes.residual = std::max(notes.residual, reading->residual);
  notes.imbalance = std::max(notes.imbalance, reading->imbalance);
  notes.factor_norm = std::max(notes.factor_norm, reading->factor_norm);
}

}  // namespace rankfall
