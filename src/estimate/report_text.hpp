#pragma once
// What the table, the CSV file, the methods sentence and the diagnosis have in common.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "rankfall/estimate.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// The name of every swept value, in the order of the axes: the variables' names in results.nc.
std::vector<std::string> swept_names(const Experiment& experiment);

// The cell's value of each of them.
std::vector<SweepValue> swept_values(const Experiment& experiment, const Cell& cell);
std::string swept_text(const SweepValue& value);

// Likewise, of what tables show: of an axis with labels these alone.
std::vector<std::string> told_names(const Experiment& experiment);
std::vector<SweepValue> told_values(const Experiment& experiment, const Cell& cell);

// What an experiment asks: whether replicas jump in the last phase, or which rank they end with. Jumps: the last phase
// is SGD in every cell, and starts from a minimum (an earlier phase that has a length, given factors) or waits for a lower rank.
enum class Question { jumps, final_ranks };
Question question_of(const Experiment& experiment);

// Whether some phase of some cell is a gradient flow.
bool has_flow(const Experiment& experiment);
bool has_memory(const Experiment& experiment);  // a phase with momentum or group-rmsprop

// "Clopper-Pearson", "Wilson score" or "Jeffreys".
std::string interval_name(IntervalKind kind);

// A confidence as "95 %".
std::string percent_text(double confidence);

// "1 replica", "2 replicas".
std::string counted(std::int64_t count, const std::string& noun);

// "... and 3 more cells in summary.csv", a line of its own; nothing for 0.
std::string rest_in_csv(std::size_t more, const std::string& noun, const std::string& file = "summary.csv");

// A swept value; a number as the shortest decimal that reads back as the same double.
std::string csv_field(const SweepValue& value);

// A line of RFC 4180: a field with a comma, a quote or a line break is quoted, its quotes doubled.
std::string csv_line(const std::vector<std::string>& fields);

// "5" or "5 to 9", over all values; there must be one.
std::string range_text(const std::vector<double>& values);

// Decimals that show one event among so many replicas, and the bound of none.
int probability_decimals(std::int64_t replicas);

// "0.0842"; no events say how rare an event may be at most ("< 0.0009"), all events how frequent at least: never 0 or 1.
// "-" without trials.
std::string probability_text(const Proportion& share, int decimals);

// "[0.0759, 0.0932]"
std::string interval_text(const Proportion& share, int decimals);

}  // namespace rankfall
