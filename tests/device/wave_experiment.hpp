#pragma once
// An experiment of two phases, small enough for the host as a device.
#include "tests/device/support.hpp"

namespace rankfall::test {

inline const std::string wave_text = R"(
seed = 9
replicas = 40
[problem]
rows = 4
rank = 2
observed_count = 10
[model]
depth = 3
[initialization]
scale = 0.6
[objective]
ridge = 0.01
[[phase]]
name = 'settle'
learning_rate = 0.05
steps = 60
stop = { plateau = 0.02, gradient_norm = 0.1 }
[[phase]]
name = 'noise'
optimizer = 'sgd'
learning_rate = 0.12
steps = 90
stop = { rank_at_most = 1 }
[probe]
every = 10
rank_tolerance = 0.1
quench = { steps = 3000 }
)";

inline Experiment wave_experiment(const std::string& precision, Overrides overrides = {}) {
  overrides.push_back("precision=" + precision);
  return parse(wave_text, overrides);
}

}  // namespace rankfall::test
