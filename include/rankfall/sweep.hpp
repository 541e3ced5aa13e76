#pragma once
// The grid of an experiment.
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace rankfall {

using SweepValue = std::variant<double, std::string>;  // integers and booleans are held as doubles / "true" / "false"

// One dimension of the grid: one key, or several that vary together (zip).
struct Axis {
  std::string dimension;                        // name in results.nc: the key's last part, the full key where two would clash
  std::vector<std::string> keys;                // full key paths, e.g. "phase.noise.learning_rate"
  std::vector<std::string> coordinates;         // a variable name per key; a single key's is the dimension's name
  std::vector<std::vector<SweepValue>> values;  // values[key][position]
  int size() const { return static_cast<int>(values.front().size()); }
};

}  // namespace rankfall
