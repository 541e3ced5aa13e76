#pragma once
// What the table, the CSV file and the methods sentence have in common.
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// The name of every swept value, in the order of the axes: the variables' names in results.nc.
std::vector<std::string> swept_names(const Experiment& experiment);

// The cell's value of each of them.
std::vector<SweepValue> swept_values(const Experiment& experiment, const Cell& cell);

// What an experiment asks: whether replicas jump in the last phase, or which rank they end with. Jumps: the last phase
// is SGD in every cell, and starts from a minimum (an earlier phase, given factors) or waits for a lower rank.
enum class Question { jumps, final_ranks };
Question question_of(const Experiment& experiment);

// "Clopper-Pearson", "Wilson score" or "Jeffreys".
std::string interval_name(IntervalKind kind);

// A confidence as "95 %".
std::string percent_text(double confidence);

// "1 replica", "2 replicas".
std::string counted(std::int64_t count, const std::string& noun);

// "5" or "5 to 9", over all values; there must be one.
std::string range_text(const std::vector<double>& values);

}  // namespace rankfall
