#pragma once
// Learning rates and ridges that change inside a phase: phase.NAME.learning_rate and phase.NAME.ridge as tables.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/reader.hpp"
#include "rankfall/schedule.hpp"

namespace rankfall::config {

// A number that changes at some steps of a phase: value[k] from step begin[k] on; begin[0] = 0, ascending.
struct Course {
  std::vector<std::int64_t> begin;
  std::vector<double> value;
};

// The number or schedule at `key` of a phase of `steps` steps; absent if the key is. A schedule is a table:
//   schedule = "constant"                                value
//            | "linear" | "cosine" | "exponential"       from, to, hold (default: a hundredth of the steps, rounded up)
//            | "step"                                    from, factor, every
//            | "piecewise"                               steps, values, interpolation (default "constant"; "linear"), hold
// and a `name`, which tables and results call it by where it is swept. `rule` holds for every value. Throws ConfigError.
std::optional<Course> read_course(const TableReader& phase, std::string_view key, const NumberRule& rule, std::int64_t steps);

// Both as they are at every step; rate and ridge of the last step, and the stretches unless both stay as they are.
void set_courses(const Course& learning_rate, const Course& ridge, PhaseSpec& phase);

// Keys whose swept values may be schedules, and what such a value is called: its name, or what it says.
bool holds_schedule(std::string_view key);
std::string schedule_text(const Node& schedule);
// What tells one schedule from another: all it says but its name.
std::string schedule_identity(const Node& schedule);

}  // namespace rankfall::config
