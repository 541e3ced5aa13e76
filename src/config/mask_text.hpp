#pragma once
// Lists of observed entries as words: what a swept list is called in tables, figures and results.
#include <string>

#include "config/node.hpp"

namespace rankfall::config {

// Of [[0, 0], [0, 1], [1, 1]]: "11|01", rows of 0 and 1 down to the last observed row and column ("01|" of a single row); of larger
// masks than 8 x 8 their count and a hash. Equal for lists of the same entries in whatever order, else different. Of anything but a list of pairs of
// small integers: what stands there.
std::string mask_text(const Node& pairs);

}  // namespace rankfall::config
