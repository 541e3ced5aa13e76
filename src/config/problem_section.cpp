#include <fmt/format.h>

#include <array>
#include <limits>

#include "config/limits.hpp"
#include "config/sections.hpp"
#include "config/wording.hpp"

namespace rankfall::config {
namespace {

constexpr std::array<std::string_view, 12> problem_keys{
    "rows",           "columns",           "rank",   "spectrum",  "target",       "noise", "observed",
    "observed_count", "observed_fraction", "blocks", "instances", "instance_seed"};
constexpr std::array<Choice<Instances>, 2> instances{
    {{"shared", Instances::shared}, {"per-replica", Instances::per_replica}}};

// Before anything is allocated, and before sizes are narrowed to int.
void check_size(const TableReader& reader, std::int64_t rows, std::int64_t columns) {
  const double entries = static_cast<double>(rows) * static_cast<double>(columns);
  if (rows <= largest_dimension && columns <= largest_dimension && entries <= static_cast<double>(most_entries)) return;
  reader.refuse(columns > largest_dimension && rows <= largest_dimension ? "columns" : "rows",
                fmt::format("makes a target of {} x {}", rows, columns),
                fmt::format("one such matrix would take {}; at most {} rows and columns and {} entries are allowed",
                            size_text(entries * sizeof(double)), largest_dimension, most_entries),
                "use a smaller problem");
}

void check_target_size(const TableReader& reader, std::string_view key, std::optional<std::int64_t> given, int actual) {
  if (!given || *given == actual) return;
  reader.refuse(key, fmt::format("= {} contradicts the target", *given),
                fmt::format("problem.target has {} {}", actual, key), fmt::format("remove {}", reader.full_name(key)));
}

// Of a target that is given, which says itself how large it is.
void size_by(const TableReader& reader, const Matrix& target, ProblemSpec& problem) {
  check_target_size(reader, "rows", reader.integer("rows", {1, largest_dimension}), target.rows);
  check_target_size(reader, "columns", reader.integer("columns", {1, largest_dimension}), target.columns);
  problem.rows = target.rows;
  problem.columns = target.columns;
  check_size(reader, problem.rows, problem.columns);
}

void read_size(const TableReader& reader, ProblemSpec& problem) {
  const auto rows = reader.unbounded_integer("rows", {1, largest_dimension});
  if (!rows) reader.miss("rows", "the size of the target is not known", "add rows = 5, or give a target");
  const std::int64_t columns = reader.unbounded_integer("columns", {1, largest_dimension}).value_or(*rows);
  check_size(reader, *rows, columns);
  problem.rows = static_cast<int>(*rows);
  problem.columns = static_cast<int>(columns);
}

}  // namespace

ProblemSpec read_problem(const Node& root, DataFiles& files) {
  const TableReader reader(find(&root, "problem"), "problem", root.place, problem_keys);
  ProblemSpec problem;
  if (auto given = read_given_target(reader, files)) {
    problem.target = std::move(*given);
    size_by(reader, *problem.target.matrix, problem);
  } else {
    read_size(reader, problem);
    problem.target = read_drawn_target(reader, problem.rows, problem.columns);
  }
  problem.noise = reader.number("noise", not_negative).value_or(0.0);
  if (auto observed = read_observations(reader, problem.rows, problem.columns, files)) {
    problem.observed = std::move(*observed);
  }
  problem.instances = reader.choice<Instances>("instances", instances).value_or(Instances::shared);
  constexpr IntegerRange every_integer{std::numeric_limits<std::int64_t>::min(),
                                       std::numeric_limits<std::int64_t>::max()};
  problem.instance_seed = static_cast<std::uint64_t>(reader.integer("instance_seed", every_integer).value_or(0));
  return problem;
}

}  // namespace rankfall::config
