#pragma once
// The values of one swept key.
#include <vector>

#include "config/node.hpp"

namespace rankfall::config {

// A list as it is; { linspace = [a, b, n] } and { logspace = [a, b, n] } run from a to b, both included. Inner points
// are rounded to 12 significant digits: 0.005 to 0.02 in 3 has 0.01 in the middle, and the same values (hence the same
// cell identities) on every machine, whatever its pow. Throws ConfigError on anything but numbers, strings and
// booleans, on kinds mixed, and on a list without values.
std::vector<Node> sweep_values(const Node& entry);

}  // namespace rankfall::config
