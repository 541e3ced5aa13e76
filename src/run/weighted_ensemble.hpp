#pragma once
// Rare falls by a weighted ensemble (Huber & Kim 1996): replicas in lockstep, kept spread out along their slowest mode.
#include <stop_token>

#include "run/splitting.hpp"

namespace rankfall {

// One cell. Replicas carry weights; every probe interval those of a repetition are put into bins along the slow mode of W
// (run/slow_mode.hpp, learnt by a pilot with other random numbers) and by how often the singular value that falls has halved, and
// each occupied bin is resampled to equally many of equal weights, the weight of a bin staying what it was. So the weight
// that falls is an unbiased estimate of the probability, whatever the bins (Zhang, Jasnow & Zuckerman, J. Chem. Phys. 132,
// 2010): they decide its variance alone. Throws as split_cell.
SplittingEstimate ensemble_cell(Backend& backend, const Experiment& experiment, const Cell& cell, const SplittingOptions& options,
                                const std::stop_token& stop);

inline constexpr int most_slow_entries = 400;  // of W: a matrix of this size squared is factored

}  // namespace rankfall
