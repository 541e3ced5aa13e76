#pragma once
// Whether the estimates of a run can be trusted: checks of its results, a finding for each that fires.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "estimate/recount.hpp"
#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"

namespace rankfall {

// In the order in which they are told: what is not there, what is not right, what is not enough.
enum class Problem {
  damaged_units,       // files of finished replicas that cannot be trusted
  missing_replicas,    // the run is unfinished
  diverged,
  stalled,             // a gradient flow ran out of steps before its time
  risen_objective,     // descent with momentum or group-rmsprop overshot
  unsettled_start,     // the phases before the last ran out of steps before their convergence rule held
  unconverged,         // the last phase did
  still_moving,        // it had no such rule, and the gradient is still large
  upward_jumps,        // the rank rose in the last phase
  tolerance_decides,   // another rank tolerance moves an estimate out of its interval
  label_decides,       // many replicas are labelled by the quench with another rank than they have
  too_few_events,      // the interval is wide compared with the estimate, or there is only a bound
  censored,            // many first-passage times lie beyond the horizon
  selected_starts,     // few initializations meet the requirement
};
inline constexpr std::array<const char*, 14> problem_names{
    "damaged_units", "missing_replicas",  "diverged",      "stalled",         "risen_objective", "unsettled_start", "unconverged", "still_moving",
    "upward_jumps",  "tolerance_decides", "label_decides", "too_few_events",  "censored",    "selected_starts"};

// The values from which on a check fires.
namespace trouble {
// One is enough: each of these contradicts what the estimates assume (all replicas there, all followed to their end).
inline constexpr std::int64_t replicas_missing = 1, replicas_diverged = 1, replicas_stalled = 1;
// One is enough: descent that overshoots may end where small steps would not.
inline constexpr std::int64_t replicas_risen = 1;
// One is enough: the theory of jumps has none.
inline constexpr std::int64_t replicas_rising = 1;
// Whatever their true ranks, fewer move no share by more than the half-width of a 95 % interval at 10^4 replicas and 1/2.
inline constexpr double share_unconverged = 0.01;
// A factor of 3 each way: a tolerance is a round number that nobody knows more exactly, and where the spectrum has a
// gap, which is what a rank needs, the gap is wider than that.
inline constexpr std::array<double, 2> tolerance_factors{1.0 / 3.0, 3.0};
// A few per cent are in flight at any horizon where jumps are likely; up to 7 % of such labels were seen to turn back.
inline constexpr double share_labelled_otherwise = 0.05;
// The ends of the interval differ by a factor of 3 then: about 18 events.
inline constexpr double relative_half_width = 0.5;
// Where final ranks are asked for: a rank that is rarer is seldom the question, and its interval tells how rare.
inline constexpr double share_of_a_rank = 0.05;
// From one half on the median, or the end of its interval, is beyond the horizon.
inline constexpr double share_censored = 0.5;
// Nine of ten starts were thrown away: what is estimated holds for a tenth of the initial distribution.
inline constexpr double mean_tries = 10.0;
}  // namespace trouble

// One cell in which a check fired: `count` `of` what the check counts - replicas; too_few_events, tolerance_decides:
// events and trials of `estimate`; censored: first-passage times; selected_starts: tries, of replicas.
struct CellFinding {
  int cell = 0;
  std::int64_t count = 0;
  std::int64_t of = 0;
  std::optional<double> measure{};        // unconverged, still_moving: median gradient norm of those counted;
                                          // too_few_events: relative half-width, absent without events
  std::optional<Proportion> estimate{};   // too_few_events, tolerance_decides, label_decides: what is in doubt
  std::optional<int> rank{};              // ... P(this final rank); absent: P(jump)
  std::vector<Proportion> recounts{};     // tolerance_decides: at each of tolerance_factors; label_decides: without labels
  std::optional<std::int64_t> example{};  // the first replica counted, for `rankfall replay`; absent in unfinished cells
};

struct Finding {
  Problem problem = Problem::diverged;
  std::vector<CellFinding> cells;  // in cell order
  std::vector<std::string> files;  // damaged_units: "FILE: REASON"
};

// All findings in `results` but damaged_units, in the order of Problem; cells without replicas are only missing. One
// entry of `thresholds` per cell; a cell whose entry is empty is not counted again at other tolerances.
std::vector<Finding> find_problems(const Experiment& experiment, const RunResults& results,
                                   const std::vector<RankThresholds>& thresholds);

}  // namespace rankfall
