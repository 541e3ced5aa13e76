#pragma once
// Where training ends that goes on from a decoupled start on other entries (Shin & Yun, arXiv 2603.04703).
#include <optional>
#include <vector>

#include "backend/dense.hpp"
#include "rankfall/observations.hpp"
#include "theory/laws.hpp"
#include "theory/limits.hpp"

namespace rankfall {

// The factors, all alike, that an affine start with blocks of one row ends with on the diagonal: eigenvalues from
// affine_ratio, d x d.
dense::Dense affine_factor_at_rest(const AffineFamily& family);

// W where the flow dW_l/dt = -(W_L..W_{l+1})^T G (W_{l-1}..W_1)^T, G = W - T on `entries` and 0 elsewhere, comes to rest
// from square factors W_1 .. W_L; target dense. Integrated by the classical Runge-Kutta method, on its own: what is set beside
// trained replicas shares nothing with their integrator. Nothing if W does not fit the entries to 1e-11 of the target within
// 10^6 steps.
std::optional<dense::Dense> end_of_flow(std::vector<dense::Dense> factors, const std::vector<ObservedEntry>& entries,
                                        const std::vector<double>& target);

// An affine start with blocks of one row, phases of gd or flow without a ridge, one target without noise: on the diagonal
// first and on other entries last, or on those at once (phases without a length do not count). Up to 16 rows, some hidden.
bool learns_on(const Experiment& experiment, const Cell& cell);
// The error over unobserved entries, of the first replica: all are alike.
std::optional<LawReading> read_learning_on(const LawSubject& subject, const ReplicaResults& results, std::size_t replica);

}  // namespace rankfall
