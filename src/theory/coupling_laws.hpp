#pragma once
// Laws of coupled and decoupled flows, and of depth 2: which cells and replicas they speak of (theory/coupling_limits.hpp has the
// equations). What starts from drawn factors or problems is read off the first most_drawn replicas of a cell, whose starts are
// drawn once more.
#include <optional>
#include <vector>

#include "theory/laws.hpp"

namespace rankfall {

inline constexpr std::size_t most_drawn = 1000;

// One phase of gd or flow without a ridge (before it none with a length), depth 2, any start: the diagonal alone is observed.
bool learns_a_diagonal(const Experiment& experiment, const Cell& cell);
// The stable rank of diagonal_limit, beside that of replicas that fit what is observed to a thousandth.
std::optional<LawReading> read_diagonal_limit(const LawSubject& subject, const ReplicaResults& results, std::size_t replica);

// Likewise, but two components of observed entries or more, each complete (of replicas' own observations: those that are so).
bool learns_complete_parts(const Experiment& experiment, const Cell& cell);
std::optional<LawReading> read_nuclear_norm_limit(const LawSubject& subject, const ReplicaResults& results, std::size_t replica);

// The last of several phases, of depth 2 and square, entries of weight 1 observed; probes are kept.
bool resumes_shallow(const Experiment& experiment, const Cell& cell);
// From a W_pre whose factors are balanced to 1e-4 of sigma_min(W_pre), with an error |e| below sigma_min(W_pre): sigma_min(W)
// is never below their difference, since d sigma_min/dt >= -2 sigma_min |e| and d|e|/dt <= -2 sigma_min |e| (up to the same
// factor c): the least of all probes of the phase.
std::optional<LawReading> read_lock_in(const LawSubject& subject, const ReplicaResults& results, std::size_t replica);

// Depth 2 and hidden width 1, phases of gd or flow without a ridge: |W_2| at the end, on the hyperbola of the start.
bool keeps_a_hyperbola(const Experiment& experiment, const Cell& cell);
std::optional<LawReading> read_hyperbola(const LawSubject& subject, const ReplicaResults& results, std::size_t replica);

// rank_exponent between cells that differ in the scale of their start alone, of a shared problem whose observations join all
// rows and columns and fit a rank of one: slope of the median sigma_2/sigma_1, between 1e-13 (float32: 1e-6) and 0.1. Stands in
// the cell of the smaller scale.
void add_rank_exponents(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates);

}  // namespace rankfall
