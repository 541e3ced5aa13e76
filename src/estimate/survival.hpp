#pragma once
// First-passage times under censoring.
#include <vector>

#include "rankfall/estimate.hpp"

namespace rankfall {

struct PassageTime {
  double time = 0.0;       // of the probe that found the event, or of censoring
  bool observed = false;   // false: censored at `time`
  double since = 0.0;      // of an event: time of the probe before it
  int rank = -1;           // of an event: the rank it led to
  bool diverged = false;   // censored, since it diverged
};

// Kaplan & Meier (1958); intervals: Greenwood's variance on the log(-log S) scale (Kalbfleisch & Prentice); the median
// is the first time with S <= 1/2, its interval from inverting the pointwise intervals (Brookmeyer & Crowley 1982):
// from the first time whose lower end is <= 1/2 to the first whose upper end is, absent where the curve ends before.
// Replicas censored at the time of an event count as at risk at it. Where S falls to 0 Greenwood's variance does not
// exist; the interval is then [0, 1 - ((1 - confidence) / 2)^(1 / m)], the exact binomial bound for none of the m
// replicas at risk just after the last censoring (of all m without one), and never above the interval before it.
// O(n log n) in time. Times must be finite.
SurvivalCurve kaplan_meier(std::vector<PassageTime> times, double confidence);

}  // namespace rankfall
