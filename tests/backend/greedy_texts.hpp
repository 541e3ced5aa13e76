#pragma once
// Experiments of greedy low-rank learning.
#include <string>

#include "tests/backend/support.hpp"

namespace rankfall::test {

// The counter-example of Li, Luo & Lyu with R = 2: v = (1, 2, 1, 2), minimum of the nuclear norm 8, v v^T has 10.
inline const std::string counter_example = R"(
replicas = 1
[problem]
target = [[1, 2, 1, 2], [2, 4, 2, 4], [1, 2, 1, 2], [2, 4, 2, 4]]
observed = [[0, 2], [0, 3], [1, 2], [2, 0], [2, 1], [3, 0]]
[model]
depth = 2
[initialization]
kind = 'identity'
[objective]
loss = 'half-sum-squared'
)";
inline const std::string greedy_phase = "[[phase]]\nname = 'greedy'\nkind = 'greedy-low-rank'\n";

}  // namespace rankfall::test
