#pragma once
// First-passage times under censoring.
#include <vector>

#include "rankfall/estimate.hpp"

namespace rankfall {

struct PassageTime {
  double time = 0.0;       // of the event, or of censoring
  bool observed = false;   // false: censored at `time`
};

// Kaplan & Meier (1958); intervals: Greenwood's variance on the log(-log S) scale (Kalbfleisch & Prentice); the median
// is the first time with S <= 1/2, its interval from inverting the pointwise intervals (Brookmeyer & Crowley 1982).
SurvivalCurve kaplan_meier(std::vector<PassageTime> times, double confidence);

}  // namespace rankfall
