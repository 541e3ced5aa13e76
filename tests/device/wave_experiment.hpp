#pragma once
// An experiment of two phases, small enough for the host as a device.
#include "tests/backend/two_phases.hpp"
#include "tests/device/support.hpp"

namespace rankfall::test {

inline Experiment wave_experiment(const std::string& precision, const Overrides& overrides = {}) {
  Overrides all{"replicas=40",           "objective.ridge=0.01",           "phase.settle.steps=60",
                "phase.noise.steps=90",  "phase.noise.learning_rate=0.12", "probe.every=10",
                "probe.quench.steps=3000", "precision=" + precision};
  all.insert(all.end(), overrides.begin(), overrides.end());
  return parse(two_phases, all);
}

}  // namespace rankfall::test
