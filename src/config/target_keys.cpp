// The keys target, rank and spectrum, which [problem] and [[phase]] share.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/limits.hpp"
#include "config/sections.hpp"

namespace rankfall::config {
namespace {

std::vector<double> read_spectrum(const TableReader& reader, const Node& list, int most) {
  const std::string name = reader.full_name("spectrum");
  std::vector<double> spectrum;
  for (const Node& value : list_of(list, name, "a list such as [3.0, 1.0]")) {
    spectrum.push_back(number_of(value, name));
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

}  // namespace

std::optional<TargetSpec> read_given_target(const TableReader& reader, DataFiles& files) {
  const Node* target = reader.find("target");
  if (target == nullptr) return std::nullopt;
  const std::string name = reader.full_name("target");
  for (const std::string_view key : {"rank", "spectrum"}) {
    reader.forbid(key, name + " gives the whole matrix", "remove one of them");
  }
  const std::string* path = target->as<std::string>();
  if (path == nullptr && target->as<List>() == nullptr) {
    refuse_type(*target, name, "a path or a list of rows", "\"target.csv\" or [[1, 0], [0, 1]]");
  }
  TargetSpec spec;
  spec.kind = TargetKind::given;
  spec.matrix = path != nullptr ? files.matrix(*path, "target", target->place) : files.inline_matrix(*target, name);
  return spec;
}

TargetSpec read_drawn_target(const TableReader& reader, int rows, int columns) {
  const int most = std::min(rows, columns);
  TargetSpec spec;
  if (const Node* spectrum = reader.find("spectrum")) {
    reader.forbid("rank", reader.full_name("spectrum") + " says how many singular values are not zero", "remove one of them");
    spec.kind = TargetKind::spectrum;
    spec.spectrum = read_spectrum(reader, *spectrum, most);
    return spec;
  }
  spec.rank = static_cast<int>(reader.integer("rank", {1, largest_dimension}).value_or(1));
  if (spec.rank > most) {
    reader.refuse("rank", fmt::format("= {} is impossible", spec.rank),
                  fmt::format("a {} x {} matrix has rank {} at most", rows, columns, most),
                  "lower the rank, or enlarge the problem");
  }
  return spec;
}

std::optional<TargetSpec> read_phase_target(const TableReader& reader, const ProblemSpec& problem, DataFiles& files) {
  if (auto given = read_given_target(reader, files)) {
    const Matrix& matrix = *given->matrix;
    if (matrix.rows != problem.rows || matrix.columns != problem.columns)
      reader.refuse("target", fmt::format("is {} x {}", matrix.rows, matrix.columns),
                    fmt::format("the problem is {} x {}, and all phases train the same factors", problem.rows, problem.columns),
                    "give a matrix of that size");
    return given;
  }
  if (reader.find("rank") == nullptr && reader.find("spectrum") == nullptr) return std::nullopt;
  return read_drawn_target(reader, problem.rows, problem.columns);
}

}  // namespace rankfall::config
