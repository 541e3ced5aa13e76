#pragma once
// Double-double beside binary128, and a small experiment with both of its optimizers.
#include "backend/register_of.hpp"

namespace rankfall::test {

__extension__ typedef __float128 Binary128;

inline Binary128 wide(Extended x) { return static_cast<Binary128>(x.high) + x.low; }
inline double distance(Binary128 a, Binary128 b) { return static_cast<double>(a < b ? b - a : a - b); }

inline constexpr const char* descents = R"(
replicas = 11
seed = 3
precision = 'double-double'
[problem]
rows = 3
columns = 4
observed = 'random'
observed_count = 7
[model]
depth = 3
[objective]
ridge = 0.01
[[phase]]
name = 'settle'
learning_rate = 0.05
steps = 300
[[phase]]
name = 'flow'
optimizer = 'gradient-flow'
time = 3
relative_tolerance = 1e-12
[probe]
every = 50
classify_at_end = 'quench'
quench = { learning_rate = 0.05, steps = 400 }
)";

}  // namespace rankfall::test
