#include <fmt/format.h>

#include <algorithm>
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

void read_given_target(const TableReader& reader, const Node& target, DataFiles& files, ProblemSpec& problem) {
  const std::string* path = target.as<std::string>();
  if (path == nullptr && target.as<List>() == nullptr) {
    refuse_type(target, "problem.target", "a path or a list of rows", "\"target.csv\" or [[1, 0], [0, 1]]");
  }
  problem.target_kind = TargetKind::given;
  problem.target =
      path != nullptr ? files.matrix(*path, "target", target.place) : files.inline_matrix(target, "problem.target");
  check_target_size(reader, "rows", reader.integer("rows", {1, largest_dimension}), problem.target->rows);
  check_target_size(reader, "columns", reader.integer("columns", {1, largest_dimension}), problem.target->columns);
  problem.rows = problem.target->rows;
  problem.columns = problem.target->columns;
  check_size(reader, problem.rows, problem.columns);
}

std::vector<double> read_spectrum(const TableReader& reader, const Node& list, int most) {
  std::vector<double> spectrum;
  for (const Node& value : list_of(list, "problem.spectrum", "a list such as [3.0, 1.0]")) {
    spectrum.push_back(number_of(value, "problem.spectrum"));
  }
  const bool ordered = std::is_sorted(spectrum.rbegin(), spectrum.rend());
  if (spectrum.empty() || !ordered || spectrum.back() < 0.0 || spectrum.front() == 0.0) {
    reader.refuse("spectrum", "is no list of singular values",
                  "they are 0 or greater, in descending order, and the first is positive",
                  "write for example [3.0, 1.0]");
  }
  if (static_cast<int>(spectrum.size()) > most) {
    reader.refuse("spectrum", fmt::format("has {} values", spectrum.size()),
                  fmt::format("the target has {} singular values", most), "remove some, or enlarge the problem");
  }
  return spectrum;
}

void read_drawn_target(const TableReader& reader, ProblemSpec& problem) {
  const auto rows = reader.unbounded_integer("rows", {1, largest_dimension});
  if (!rows) reader.miss("rows", "the size of the target is not known", "add rows = 5, or give a target");
  const std::int64_t columns = reader.unbounded_integer("columns", {1, largest_dimension}).value_or(*rows);
  check_size(reader, *rows, columns);
  problem.rows = static_cast<int>(*rows);
  problem.columns = static_cast<int>(columns);
  const int most = std::min(problem.rows, problem.columns);
  if (const Node* spectrum = reader.find("spectrum")) {
    reader.forbid("rank", "problem.spectrum says how many singular values are not zero", "remove one of them");
    problem.target_kind = TargetKind::spectrum;
    problem.spectrum = read_spectrum(reader, *spectrum, most);
    return;
  }
  problem.target_kind = TargetKind::random_rank;
  problem.rank = static_cast<int>(reader.integer("rank", {1, largest_dimension}).value_or(1));
  if (problem.rank > most) {
    reader.refuse("rank", fmt::format("= {} is impossible", problem.rank),
                  fmt::format("a {} x {} matrix has rank {} at most", problem.rows, problem.columns, most),
                  "lower the rank, or enlarge the problem");
  }
}

}  // namespace

ProblemSpec read_problem(const Node& root, DataFiles& files) {
  const TableReader reader(find(&root, "problem"), "problem", root.place, problem_keys);
  ProblemSpec problem;
  if (const Node* target = reader.find("target")) {
    for (const std::string_view key : {"rank", "spectrum"}) {
      reader.forbid(key, "problem.target gives the whole matrix", "remove one of them");
    }
    read_given_target(reader, *target, files, problem);
  } else {
    read_drawn_target(reader, problem);
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
