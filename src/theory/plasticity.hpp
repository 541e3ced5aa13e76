#pragma once
// Where training ends that goes on from a decoupled start on other entries (Shin & Yun, arXiv 2603.04703).
#include <optional>
#include <vector>

#include "backend/dense.hpp"
#include "rankfall/observations.hpp"
#include "theory/laws.hpp"

namespace rankfall {

// Square factors W_1 .. W_L after `time` along the flow dW_l/dt = -(W_L..W_{l+1})^T G (W_{l-1}..W_1)^T, G = W - T on `entries` and
// 0 elsewhere (target dense), or where it has come to rest: W fits the entries to 1e-11 of the target. Integrated by the
// classical Runge-Kutta method, on its own: what is set beside trained replicas shares nothing with their integrator. Nothing
// if that takes more than 10^6 steps.
std::optional<std::vector<dense::Dense>> flowed(std::vector<dense::Dense> factors, const std::vector<ObservedEntry>& entries,
                                                const std::vector<double>& target, double time);

// An affine start with blocks of one row; phases of gd or flow without a ridge, of which only loss and gradient_norm end one
// early; no noise, entries of weight 1, up to 16 rows, and the last phase observes other entries than the diagonal.
bool learns_on(const Experiment& experiment, const Cell& cell);
// The error over unobserved entries where the last phase comes to rest, of the first replica: all are alike. Every phase is
// followed for its own time (gd: steps times rate).
std::optional<LawReading> read_learning_on(const LawSubject& subject, const ReplicaResults& results, std::size_t replica);

}  // namespace rankfall
