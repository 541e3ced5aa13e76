#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <limits>
#include <variant>
#include <vector>

#include "rankfall/landscape_numbers.hpp"
#include "store/atomic_file.hpp"
#include "store/results_file.hpp"
#include "store/results_schema.hpp"
#include "store/whole_error.hpp"

namespace rankfall {
namespace {

constexpr std::size_t entries_of_a_write = 1 << 20;  // trajectories are padded in blocks of about this many entries

using Index = NetcdfFile::Index;

template <class Entry>
constexpr Entry missing_entry() {
  return std::is_floating_point_v<Entry> ? std::numeric_limits<Entry>::quiet_NaN() : static_cast<Entry>(-1);
}

// `further` behind the cell's position on the axes.
Index at_cell(const Cell& cell, std::initializer_list<std::size_t> further) {
  Index index(cell.position.begin(), cell.position.end());
  index.insert(index.end(), further);
  return index;
}

// The count that belongs to at_cell: one position on each axis.
Index one_cell(const Cell& cell, std::initializer_list<std::size_t> further) {
  Index index(cell.position.size(), 1);
  index.insert(index.end(), further);
  return index;
}

void put_coordinates(NetcdfFile& file, const Experiment& experiment, const ResultsShape& shape) {
  const std::vector<AxisNames> names = axis_names(experiment.axes);
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t k = 0; k < names[a].coordinates.size(); ++k) {
      const std::vector<SweepValue>& values = experiment.axes[a].values[k];
      std::vector<double> numbers;
      std::vector<std::string> texts;
      for (const SweepValue& value : values) {
        const double* number = std::get_if<double>(&value);
        if (number != nullptr) numbers.push_back(*number);
        texts.push_back(number != nullptr ? fmt::format("{}", *number) : std::get<std::string>(value));
      }
      const int variable = file.variable(names[a].coordinates[k]);
      if (numbers.size() == values.size()) {
        file.put(variable, {0}, {numbers.size()}, numbers.data());
      } else {
        file.put(variable, texts);
      }
    }
  }
  const auto put_index = [&](const char* name, std::size_t size, std::int64_t first) {
    std::vector<std::int64_t> index(size);
    for (std::size_t i = 0; i < size; ++i) index[i] = first + static_cast<std::int64_t>(i);
    if (size > 0) file.put(file.variable(name), {0}, {size}, index.data());
  };
  put_index("replica", shape.replicas, 0);
  put_index("singular_value", shape.singular_values, 1);
  put_index("factor", shape.factors, 1);
  if (shape.solutions > 0) put_index("solution", shape.solutions, 0);
}

void put_outcomes(NetcdfFile& file, const Cell& cell, const ReplicaResults& results, const ResultsShape& shape) {
  std::vector<std::int32_t> codes(shape.replicas, -1);
  std::transform(results.outcome.begin(), results.outcome.end(), codes.begin(),
                 [](Outcome outcome) { return static_cast<std::int32_t>(outcome); });
  if (!codes.empty())
    file.put(file.variable("outcome"), at_cell(cell, {0}), one_cell(cell, {codes.size()}), codes.data());
}

void put_replicas(NetcdfFile& file, const Cell& cell, const ReplicaResults& results, const ResultsShape& shape) {
  put_outcomes(file, cell, results, shape);
  const std::int32_t index = cell.index;
  file.put(file.variable("cell"), at_cell(cell, {}), one_cell(cell, {}), &index);
  file.put(file.variable("replicas_done"), at_cell(cell, {}), one_cell(cell, {}), &results.count);
  if (results.count == 0) return;
  const auto count = static_cast<std::size_t>(results.count);
  visit_replica_fields(
      [&]<class Entry>(const Field& field, const std::vector<Entry>& array) {
        if constexpr (!std::is_same_v<Entry, Outcome>) {
          const auto width = static_cast<std::size_t>(entries_per_row(results, field.per));
          if (width == 0) return;
          const int variable = file.variable(field.name);
          if (is_column(field.per)) {
            file.put(variable, at_cell(cell, {0}), one_cell(cell, {count}), array.data());
          } else {
            file.put(variable, at_cell(cell, {0, 0}), one_cell(cell, {count, width}), array.data());
          }
        }
      },
      results);
  const std::vector<double> errors = whole_errors(cell, results);
  if (!errors.empty())
    file.put(file.variable(whole_error_field.name), at_cell(cell, {0}), one_cell(cell, {errors.size()}), errors.data());
}

// Appends a cell's records (events, plateaus), a variable per number; `written` counts those of earlier cells.
template <class Record, class VisitFields>
void put_records(NetcdfFile& file, const char* cell_name, std::int32_t cell, const std::vector<Record>& records,
                 VisitFields&& visit_fields, std::size_t& written) {
  if (records.empty()) return;
  const std::vector<std::int32_t> cells(records.size(), cell);
  file.put(file.variable(cell_name), {written}, {records.size()}, cells.data());
  visit_fields([&]<class Number>(const Field& field, Number Record::*member) {
    std::vector<Number> column;
    for (const Record& record : records) column.push_back(record.*member);
    file.put(file.variable(field.name), {written}, {column.size()}, column.data());
  });
  written += records.size();
}

// One array of trajectories, ragged in memory, padded with missing entries up to shape.probes in the file.
template <class Entry>
void put_ragged(NetcdfFile& file, const Cell& cell, const ReplicaResults& results, const Field& field,
                const std::vector<Entry>& array, const ResultsShape& shape) {
  const auto width = static_cast<std::size_t>(entries_per_row(results, field.per));
  const std::size_t row = shape.probes * width;  // entries of one replica
  if (row == 0) return;
  const int variable = file.variable(field.name);
  const auto count = static_cast<std::size_t>(results.count);
  const std::size_t block = std::max<std::size_t>(1, entries_of_a_write / row);
  for (std::size_t first = 0; first < count; first += block) {
    const std::size_t replicas = std::min(block, count - first);
    std::vector<Entry> padded(replicas * row, missing_entry<Entry>());
    for (std::size_t r = 0; r < replicas; ++r) {
      const auto begin = results.trajectory_begin[first + r] * static_cast<std::int64_t>(width);
      const auto end = results.trajectory_begin[first + r + 1] * static_cast<std::int64_t>(width);
      std::copy(array.begin() + begin, array.begin() + end, padded.begin() + static_cast<std::ptrdiff_t>(r * row));
    }
    if (is_column(field.per)) {
      file.put(variable, at_cell(cell, {first, 0}), one_cell(cell, {replicas, shape.probes}), padded.data());
    } else {
      file.put(variable, at_cell(cell, {first, 0, 0}), one_cell(cell, {replicas, shape.probes, width}), padded.data());
    }
  }
}

void put_trajectories(NetcdfFile& file, const Cell& cell, const ReplicaResults& results, const ResultsShape& shape) {
  if (results.trajectory_begin.empty() || results.count == 0) return;
  std::vector<std::int64_t> length;
  for (std::size_t r = 1; r < results.trajectory_begin.size(); ++r)
    length.push_back(results.trajectory_begin[r] - results.trajectory_begin[r - 1]);
  file.put(file.variable("trajectory_length"), at_cell(cell, {0}), one_cell(cell, {length.size()}), length.data());
  visit_trajectory_fields(
      [&](const Field& field, const auto& array) { put_ragged(file, cell, results, field, array, shape); }, results);
}

// A graph per phase of a cell; variables are filled with missing entries beforehand.
void put_graphs(NetcdfFile& file, const Cell& cell, const std::vector<PhaseGraph>& phases) {
  visit_graph_fields([&]<class Number>(const Field& field, Number PhaseGraph::*member) {
    std::vector<Number> column;
    for (const PhaseGraph& graph : phases) column.push_back(graph.*member);
    file.put(file.variable(field.name), at_cell(cell, {0}), one_cell(cell, {column.size()}), column.data());
  });
}

void put_landscape(NetcdfFile& file, const Cell& cell) {
  if (!cell.landscape) return;
  for (const LandscapeNumber& number : landscape_numbers) {
    const double value = number.of(*cell.landscape);
    file.put(file.variable(std::string(number.name)), at_cell(cell, {}), one_cell(cell, {}), &value);
  }
}

void put_masks(NetcdfFile& file, const ObservedGraphs& graphs, const ResultsShape& shape) {
  for (std::size_t m = 0; m < graphs.masks.size(); ++m) {
    const ObservedMask& mask = graphs.masks[m];
    std::vector<std::int32_t> padded(shape.mask_rows * shape.mask_columns, -1);
    for (int i = 0; i < mask.rows; ++i)
      std::fill_n(padded.begin() + i * static_cast<std::ptrdiff_t>(shape.mask_columns), mask.columns, 0);
    for (const ObservedEntry& entry : mask.entries)
      padded[static_cast<std::size_t>(entry.row) * shape.mask_columns + static_cast<std::size_t>(entry.column)] = 1;
    file.put(file.variable("observed_mask"), {m, 0, 0}, {1, shape.mask_rows, shape.mask_columns}, padded.data());
  }
}

void put_all_graphs(NetcdfFile& file, const Experiment& experiment, const ObservedGraphs& graphs, const ResultsShape& shape) {
  if (shape.phases == 0) return;
  assert(graphs.cells.size() == experiment.cells.size());
  std::vector<std::string> names;
  for (const PhaseSpec& phase : experiment.cells.front().phases) names.push_back(phase.name);
  file.put(file.variable("phase"), names);
  for (std::size_t c = 0; c < graphs.cells.size(); ++c) put_graphs(file, experiment.cells[c], graphs.cells[c]);
  put_masks(file, graphs, shape);
}

}  // namespace

void write_results(const std::string& path, const Experiment& experiment, const RunResults& results,
                   const Provenance& provenance, const ObservedGraphs& graphs) {
  assert(results.size() == experiment.cells.size());
  for (std::size_t c = 0; c < results.size(); ++c) {
    assert(results[c].singular_value_count == experiment.cells[c].model.singular_values());
    assert(results[c].factor_count == experiment.cells[c].model.factors());
  }
  PendingFile pending(path);
  const ResultsShape shape(experiment, results, graphs);
  NetcdfFile file(pending.temporary(), NetcdfFile::Mode::create);
  define_results(file, experiment, shape, provenance);
  file.put_attribute(NetcdfFile::whole_file, "checksum", results_checksum(results));
  file.end_definitions();
  put_coordinates(file, experiment, shape);
  put_all_graphs(file, experiment, graphs, shape);
  std::size_t events = 0, plateaus = 0;
  for (std::size_t c = 0; c < results.size(); ++c) {
    put_replicas(file, experiment.cells[c], results[c], shape);
    put_landscape(file, experiment.cells[c]);
    const auto cell = static_cast<std::int32_t>(c);
    put_records(file, "event_cell", cell, results[c].events, [](auto&& visit) { visit_event_fields(visit); }, events);
    put_records(file, "plateau_cell", cell, results[c].plateaus, [](auto&& visit) { visit_plateau_fields(visit); }, plateaus);
    put_trajectories(file, experiment.cells[c], results[c], shape);
  }
  file.close();
  pending.commit();
}

}  // namespace rankfall
