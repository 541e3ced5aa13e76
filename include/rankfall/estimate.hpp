#pragma once
// Estimates of a cell, recomputed from integer counts in replica order.
#include <array>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rankfall/landscape.hpp"
#include "rankfall/observed_graphs.hpp"
#include "rankfall/replica.hpp"

namespace rankfall {

struct Interval {
  double low = 0.0;
  double high = 1.0;
};

// A probability estimated from independent replicas.
struct Proportion {
  std::int64_t events = 0;
  std::int64_t trials = 0;
  Interval interval;                                    // [0, 1] without trials
  double value() const { return trials > 0 ? static_cast<double>(events) / static_cast<double>(trials) : 0.0; }
};

// A rate of events per step that a replica is at risk, with its exact interval (Garwood 1936).
struct Rate {
  std::int64_t events = 0;
  double exposure = 0.0;                                // steps at risk, summed over replicas
  Interval interval{0.0, std::numeric_limits<double>::infinity()};
  double value() const { return exposure > 0.0 ? static_cast<double>(events) / exposure : 0.0; }
};

// How long replicas wait for their first fall (estimate/waiting.hpp). Times count from the start of the last phase.
struct WaitingEstimate {
  Rate overall;
  double settled_from = 0.0;      // from here on the rate is taken as constant
  Rate settled;                   // from there on
  double lag = 0.0;               // the law settles as if nothing could happen before this time and all at one rate after it
  std::optional<double> p_value;  // of a constant rate from settled_from on; absent where events are few
};

// Replicas that first fell to one rank: Aalen-Johansen estimate at the horizon, diverging being a competing risk.
struct FallEstimate {
  std::int64_t events = 0;
  double incidence = 0.0;
  Interval interval;
};

// The law ln(rate) = intercept - height / learning rate over cells that differ in the last phase's learning rate alone.
struct BarrierEstimate {
  double height = 0.0, intercept = 0.0;
  Interval interval{-std::numeric_limits<double>::infinity(), std::numeric_limits<double>::infinity()};  // of the height
  int cells = 0;
  std::int64_t events = 0;
  std::optional<double> p_value;  // of the fit; absent for two cells
};

// Kaplan-Meier estimate of P(T > t) with Greenwood's variance on the log(-log) scale.
struct SurvivalCurve {
  std::vector<double> time;           // distinct event times, ascending, in steps of the last phase
  std::vector<std::int64_t> at_risk;  // just before each time
  std::vector<std::int64_t> events;
  std::vector<double> survival;       // just after each time
  std::vector<Interval> interval;
  std::int64_t censored = 0;
  double last_time = 0.0;             // the longest time anybody was followed, to an event or a censoring
  std::optional<double> median;       // absent when survival never reaches 1/2
  std::optional<double> median_low;
  std::optional<double> median_high;
};

// The completions of minimum nuclear norm of what a cell's replicas observe, and the trained replicas beside them.
struct NuclearComparison {
  std::int64_t problems = 0;          // distinct ones of the cell: 1, or one per replica
  double lower = 0.0, minimum = 0.0;  // min ||X||_* from below and from above; medians over problems
  double relative_gap = 0.0;          // between its proven bounds; the largest
  std::map<int, std::int64_t> ranks;  // how many completions have which rank
  std::optional<double> unobserved_error;      // of the completions; median
  std::int64_t compared = 0;                   // trained replicas: those that did not diverge
  std::optional<std::array<double, 3>> ratio;  // quartiles of ||W||_* / minimum over them
  // The least sum_l ||W_l||_F^2 found, a local minimum: no proof that there is none below. Median over problems.
  std::optional<double> local_cost;
  int cost_starts = 0, cost_reached = 0;            // starts of the search, and how many ended there (the least)
  std::optional<std::array<double, 3>> cost_ratio;  // quartiles of sum_l ||W_l||_F^2 / local cost over trained replicas
};

// What a law predicts: what is measured, or a number > 0 that it is never below.
enum class LawKind { equality, lower_bound };

// A law of the theory beside the replicas of a cell that it speaks of (theory/laws.hpp).
struct LawComparison {
  std::string law, quantity, source;
  double predicted = 0.0, measured = 0.0;  // medians
  double difference = 0.0, largest_difference = 0.0;  // of |measured / predicted - 1|: median, and over all; of a lower
                                                      // bound, of measured / predicted - 1: median, and the least
  std::int64_t replicas = 0;
  LawKind kind = LawKind::equality;
};
// A solution of greedy low-rank learning: medians over the replicas that came to it.
struct GreedySolutionEstimate {
  std::int64_t replicas = 0;
  std::optional<double> rank, loss, unobserved_error, nuclear_norm, escape_rate, gap;
  std::optional<double> approach;  // least distance of a flow from it, where flows are compared
};
struct GreedyEstimate {
  std::vector<GreedySolutionEstimate> solutions;  // from W = 0 on
  std::int64_t learned = 0;                       // replicas with solutions
  std::int64_t unfinished = 0;                    // of them: the algorithm stalled, diverged or had no rank left
  std::int64_t ambiguous = 0;                     // of them: some escape's direction is not unique (unclear_gap)
  std::optional<double> distance_maximum, end_distance;  // medians, where flows are compared
};
inline constexpr double unclear_gap = 0.99;  // lambda_2 / lambda_1 above which the direction of an escape is not unique

// Plateaus of one rank in a cell. Durations are means, and quartiles over plateaus: steps outside of gradient flows, time
// in them.
struct Durations {
  std::int64_t plateaus = 0;
  double mean = 0.0;
  std::array<double, 3> quartile{};
};
struct PlateauEstimate {
  Proportion replicas;  // with such a plateau, among all
  std::optional<Durations> steps, time;
};

// An event in warm and in cold starts of the same replicas ([compare] cold_start), over pairs of which neither diverged.
struct PairedProportion {
  std::int64_t pairs = 0;
  std::int64_t warm = 0, cold = 0;            // events of each start
  std::int64_t warm_only = 0, cold_only = 0;  // pairs of which one alone has it
  Interval difference{-1.0, 1.0};             // of P(warm) - P(cold)
  double p_value = 1.0;                       // exact McNemar test, two-sided
  double value() const { return pairs > 0 ? static_cast<double>(warm_only - cold_only) / static_cast<double>(pairs) : 0.0; }
};
// An observable of the same pairs; of those that have a value of it in both.
struct PairedMedian {
  std::int64_t pairs = 0;
  double warm = 0.0, cold = 0.0, difference = 0.0;  // medians; the last of the pairs' differences warm - cold
  std::optional<Interval> interval;                 // of the median difference; none of too few pairs
};
inline constexpr std::array paired_observables{Observable::loss, Observable::unobserved_error, Observable::effective_rank,
                                               Observable::stable_rank};
struct PairedEstimate {
  std::int64_t pairs = 0;  // of which neither diverged
  PairedProportion converged;
  std::map<int, PairedProportion> final_rank;  // of ranks that are there in either start
  std::array<std::optional<PairedMedian>, paired_observables.size()> median;
};

// What [search] made of a cell: the wanted final rank among its replicas, diverged ones counting as others do that miss it.
struct SearchEstimate {
  int rounds = 0;                        // that it took part in
  Proportion selection;                  // in the latest of them: what it was judged by
  std::optional<Proportion> confirmed;   // of a finalist, among its fresh replicas alone; intervals of all hold together
};

// Whether falls lead to better minima.
struct FallQuality {
  Proportion good;                                  // of first falls to a rank above 0: the unobserved error fell, too
  std::optional<double> error_before, error_after;  // of the same: medians where the old and the new rank began
  Proportion over_collapsed;                        // of replicas at risk: fell to rank 0 in the last phase, sooner or later
};

// How replicas came into a set B_r in the last phase and left it, as its probes saw them ([probe] monitor).
struct AbsorbingEstimate {
  std::int64_t replicas = 0;  // inside at some probe
  std::int64_t inside = 0;    // at the last one
  std::int64_t entries = 0;
  Rate exits;                 // per replica-step between successive probes of which the first was inside
};
struct MonitorEstimate {
  std::vector<AbsorbingEstimate> sets;  // B_0, B_1, ...
  Proportion layers_agree;              // replicas that did not diverge: as many values above alpha_sure as the numerical rank
  std::optional<double> residual, imbalance, factor_norm;  // largest of all replicas at any probe of the last phase
};

struct CellEstimate {
  int cell = 0;
  std::int64_t replicas = 0;
  Proportion converged, diverged, blow_up;
  Proportion stalled;                    // a gradient flow of any phase did not come to its time (has_stalled)
  std::map<int, Proportion> final_rank;  // over replicas that did not diverge
  Proportion jump;                       // down, among replicas whose rank at the last phase's start could fall
  Proportion jump_up;                    // replicas with at least one upward event in the last phase, among all that
                                         // began it: from any rank, so a replica that fell and came back counts too
  SurvivalCurve first_passage;           // of the downward jump; time counted from the last phase's start
  std::optional<WaitingEstimate> waiting;  // for the first fall; absent where nobody was at risk
  std::map<int, FallEstimate> fallen_to;   // by the rank that the first fall led to
  std::map<std::pair<int, int>, Proportion> ended_from;  // (rank at the last phase's start, final rank), of those that began
                                                         // it with that rank and did not diverge
  std::optional<BarrierEstimate> barrier;  // of the cell and its neighbours along the learning rate
  std::int64_t mean_tries_numerator = 0; // sum of tries over replicas
  // Median over replicas that did not diverge; absent where no replica has a value (e.g. the error over unobserved
  // entries when all are observed).
  std::array<std::optional<double>, observable_count> median{};
  std::optional<double> median_time;     // of the gradient flows; over all replicas
  Proportion objective_rise;             // EstimateSpec's, over replicas that trained in a phase that remembers
  std::optional<double> median_objective_rise;
  std::vector<LawComparison> laws;       // that the cell is an instance of
  std::optional<GreedyEstimate> greedy;      // where there is a greedy phase, or a comparison with its path
  std::map<int, PlateauEstimate> plateaus;   // by rank, where [probe] asks for them
  std::int64_t plateaus_seen = 0;            // of all ranks and replicas
  Proportion coupled;                        // all observed entries learn together at the end, where [probe] asks
  std::optional<double> median_coupling_index;  // over replicas that have one
  std::optional<PhaseGraph> graph;           // of what the last phase observes, where that is known
  FallQuality fall_quality;                  // of first falls
  std::optional<MonitorEstimate> monitor;    // where [probe] asks for it
  std::optional<NuclearComparison> nuclear;  // where [estimate] asks for it
  std::optional<PairedEstimate> paired;      // of a warm cell, beside its cold one
  std::optional<Landscape> landscape;        // of the cell, where it is asked for
  std::optional<SearchEstimate> search;      // where [search] asks for it, and its first round is there
};

}  // namespace rankfall
