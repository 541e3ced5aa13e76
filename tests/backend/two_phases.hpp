#pragma once
// An experiment in which descent settles and noise follows, each with a rule that ends it early for some.
#include <string>

namespace rankfall::test {

inline const std::string two_phases = R"(
seed = 9
replicas = 20
[problem]
rows = 4
rank = 2
observed_count = 10
[model]
depth = 3
[initialization]
scale = 0.6
[[phase]]
name = 'settle'
learning_rate = 0.05
steps = 33
stop = { plateau = 0.02, gradient_norm = 0.1 }
[[phase]]
name = 'noise'
optimizer = 'sgd'
learning_rate = 0.05
steps = 26
stop = { rank_at_most = 1 }
[probe]
every = 5
rank_tolerance = 0.1
classify_at_end = 'quench'
)";

}  // namespace rankfall::test
