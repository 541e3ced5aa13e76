#pragma once
// Estimates of every cell from the results of its replicas.
#include <cstddef>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"
#include "rankfall/result_store.hpp"
#include "estimate/survival.hpp"

namespace rankfall {

// The downward jumps of the last phase, one entry per replica whose rank could fall there, in replica order: start_rank
// above the rank_at_most of the phase's stop rule, or above 0 without one. (start_rank -1: the phase never began.)
// A jump is the first event of the phase with a rank below start_rank; its time is that of the probe that found it,
// counted from the phase's start. All others are censored at their last step; so is one that diverges first, at the probe
// where it was found, and it stays among the replicas that could fall. A replica that only the quench at the end labels
// lower counts in CellEstimate::jump, but when it will fall is not known: its time is censored too.
std::vector<PassageTime> first_passages(const Cell& cell, const ReplicaResults& results);

// What became of a replica's rank in the last phase. committed: a probe saw it below start_rank, if only for a while;
// labelled: only its label at the end is lower (a quench says that it is on its way); impossible: it could not fall.
enum class Fall { impossible, none, labelled, committed };
std::vector<Fall> falls(const Cell& cell, const ReplicaResults& results);

// The share of the fallen, by jump or label, among those that could fall: CellEstimate::jump.
Proportion share_fallen(const std::vector<Fall>& falls, const EstimateSpec& spec);

// Whether a gradient flow of replica i, in any phase, did not come to its time: by its outcome or, of phases before the
// last, by the time of all flows, which tells where no flow has a stop rule but that on the norm (then one whose norm
// passed its bound before the last phase counts, too).
bool has_stalled(const Cell& cell, const ReplicaResults& results, std::size_t i);

// Everything estimated of one cell; see include/rankfall/estimate.hpp. Any number of replicas, also none.
CellEstimate estimate_cell(const Cell& cell, const EstimateSpec& spec, const ReplicaResults& results);

// estimate_cell for every cell, with the experiment's own [estimate] settings. `results` has one entry per cell.
std::vector<CellEstimate> estimate(const Experiment& experiment, const RunResults& results);

}  // namespace rankfall
