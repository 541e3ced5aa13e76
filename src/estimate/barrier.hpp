#pragma once
// Rates of first falls against the learning rate: ln(rate) = a - V / learning rate (Arrhenius, with the rate as temperature).
#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "estimate/survival.hpp"
#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Events in an exposure at one learning rate.
struct RatePoint {
  double learning_rate = 0.0;
  std::int64_t events = 0;
  double exposure = 0.0;
};

// The largest likelihood of Poisson counts (log-linear regression on 1 / learning rate), which points without events inform,
// too. Interval of V: normal, from the Fisher information, widened by the root of the dispersion (deviance over its degrees
// of freedom, if above 1); p_value: of the deviance, chi-squared. Nothing unless at least two learning rates have events.
std::optional<BarrierEstimate> fit_barrier(const std::vector<RatePoint>& points, double confidence);

// Sets CellEstimate::barrier along every axis of the last phase's learning rate alone, from the settled rates. A cell with
// too few events to find its dead time (fewer than 20) is cut at that of the nearest learning rate that has enough: with the
// dead time its rate would be too low, and V too high. `passages`: first passages of a cell, by its index.
void add_barriers(const Experiment& experiment, const std::function<std::vector<PassageTime>(std::size_t)>& passages,
                  std::vector<CellEstimate>& estimates);

}  // namespace rankfall
