#pragma once
// The error over all entries, which follows from what is stored.
#include <vector>

#include "rankfall/experiment.hpp"
#include "store/fields.hpp"

namespace rankfall {

inline const Field whole_error_field{"error",
                                     "root-mean-square of W - T over all entries; missing where the loss holds noise or weights", "1"};

// Of each replica of the cell: the loss tells the squares over observed entries, unobserved_error those over the others. Both are
// of the last phase and its target T. Empty where entries are observed with noise or weights: the loss is of something else.
std::vector<double> whole_errors(const Cell& cell, const ReplicaResults& results);

}  // namespace rankfall
