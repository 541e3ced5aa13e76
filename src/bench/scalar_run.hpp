#pragma once
// One replica through the kernels with a plain number as Value: what a lane must equal bit for bit.
#include <vector>

#include "backend/instance.hpp"
#include "backend/lane_group.hpp"
#include "bench/bench_case.hpp"

namespace rankfall {

// What the operation leaves of one replica, as doubles. gd, sgd: the factors W_1 .. W_L, dense row-major, and the scale
// after `steps` steps from `start`. probe: losses, cost, squared norm and singular values of `start`.
template <class Real>
std::vector<double> scalar_numbers(Operation operation, const Experiment& experiment, const ProblemInstance& problem,
                                   const ReplicaState<Real>& start, std::int64_t replica, std::int64_t steps);

}  // namespace rankfall
