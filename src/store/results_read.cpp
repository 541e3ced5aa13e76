#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <vector>

#include "store/merge.hpp"
#include "store/results_file.hpp"
#include "store/results_schema.hpp"

namespace rankfall {
namespace {

using Index = NetcdfFile::Index;
constexpr std::size_t entries_of_a_read = 1 << 20;  // trajectories are read in blocks of about this many padded entries

// Reads one file; knows its shape, which need not be the experiment's (more replicas may have been asked for since).
class ResultsReader {
 public:
  ResultsReader(const std::string& path, const Experiment& experiment)
      : path_(path), experiment_(experiment), file_(path, NetcdfFile::Mode::read) {}
  RunResults read();

 private:
  [[noreturn]] void refuse(const std::string& why) const {
    throw StoreError({path_, "is not a results file of this experiment", why,
                      "use the experiment.toml beside it, or merge it again"});
  }
  Index cell_index(const Cell& cell, std::initializer_list<std::size_t> further) const;
  int variable(const std::string& name, std::initializer_list<std::size_t> further_at_least);
  void read_cell(const Cell& cell, ReplicaResults& results);
  void read_trajectories(const Cell& cell, ReplicaResults& results);
  template <class Entry>
  void read_ragged(const Cell& cell, const ReplicaResults& results, const Field& field, std::vector<Entry>& array);
  template <class Record, class VisitFields>
  void read_records(const std::string& cell_name, std::vector<Record> ReplicaResults::*list, VisitFields&& visit_fields,
                    RunResults& all);

  std::string path_;
  const Experiment& experiment_;
  NetcdfFile file_;
};

// `further` behind ones (a count) or, with `cell`'s position put over them, a start.
Index counts(const Experiment& experiment, std::initializer_list<std::size_t> further) {
  Index index(experiment.axes.size(), 1);
  index.insert(index.end(), further);
  return index;
}

Index ResultsReader::cell_index(const Cell& cell, std::initializer_list<std::size_t> further) const {
  Index index = counts(experiment_, further);
  std::copy(cell.position.begin(), cell.position.end(), index.begin());
  return index;
}

// The variable, if its dimensions are the sweep's and at least as many entries of the further ones.
int ResultsReader::variable(const std::string& name, std::initializer_list<std::size_t> further_at_least) {
  if (!file_.has_variable(name)) refuse("it has no variable '" + name + "'");
  const int found = file_.variable(name);
  const Index shape = file_.shape(found);
  const std::size_t axes = experiment_.axes.size();
  bool fits = shape.size() == axes + further_at_least.size();
  for (std::size_t a = 0; fits && a < axes; ++a)
    fits = shape[a] == static_cast<std::size_t>(experiment_.axes[a].size());
  fits = fits && std::equal(further_at_least.begin(), further_at_least.end(), shape.begin() + static_cast<long>(axes),
                            [](std::size_t least, std::size_t size) { return least <= size; });
  if (!fits) refuse("variable '" + name + "' has another shape");
  return found;
}

void ResultsReader::read_cell(const Cell& cell, ReplicaResults& results) {
  file_.get(variable("replicas_done", {}), cell_index(cell, {}), counts(experiment_, {}), &results.count);
  if (results.count < 0) refuse("replicas_done is negative");
  const auto count = static_cast<std::size_t>(results.count);
  variable("outcome", {count});  // before anything of that size is allocated
  visit_replica_fields(
      [&]<class Entry>(const Field& field, std::vector<Entry>& array) {
        const auto width = static_cast<std::size_t>(entries_per_row(results, field.per));
        if (width == 0) return;  // and the file may not know the variable
        std::vector<typename Stored<Entry>::type> stored(count * width);
        if (is_column(field.per)) {
          const int found = variable(field.name, {count});
          if (!stored.empty()) file_.get(found, cell_index(cell, {0}), counts(experiment_, {count}), stored.data());
        } else {
          const int found = variable(field.name, {count, width});
          if (!stored.empty())
            file_.get(found, cell_index(cell, {0, 0}), counts(experiment_, {count, width}), stored.data());
        }
        if constexpr (std::is_same_v<Entry, Outcome>) {
          for (const std::int32_t code : stored) {
            if (code < 0 || static_cast<std::size_t>(code) >= outcome_names.size()) refuse("an outcome is unknown");
            array.push_back(static_cast<Outcome>(code));
          }
        } else {
          array = std::move(stored);
        }
      },
      results);
}

template <class Entry>
void ResultsReader::read_ragged(const Cell& cell, const ReplicaResults& results, const Field& field,
                                std::vector<Entry>& array) {
  const auto count = static_cast<std::size_t>(results.count);
  const auto width = static_cast<std::size_t>(entries_per_row(results, field.per));
  if (width == 0) return;
  const bool per_row = is_column(field.per);
  const int found = per_row ? variable(field.name, {count, 0}) : variable(field.name, {count, 0, width});
  const std::size_t probes = file_.shape(found)[experiment_.axes.size() + 1];
  if (probes * width == 0) return;
  const std::size_t block = std::max<std::size_t>(1, entries_of_a_read / (probes * width));
  for (std::size_t first = 0; first < count; first += block) {
    const std::size_t replicas = std::min(block, count - first);
    std::vector<Entry> padded(replicas * probes * width);
    if (per_row) {
      file_.get(found, cell_index(cell, {first, 0}), counts(experiment_, {replicas, probes}), padded.data());
    } else {
      file_.get(found, cell_index(cell, {first, 0, 0}), counts(experiment_, {replicas, probes, width}), padded.data());
    }
    for (std::size_t r = 0; r < replicas; ++r) {
      const auto length = results.trajectory_begin[first + r + 1] - results.trajectory_begin[first + r];
      if (static_cast<std::size_t>(length) > probes) refuse("trajectory_length is more than there are probes");
      const auto begin = padded.begin() + static_cast<std::ptrdiff_t>(r * probes * width);
      array.insert(array.end(), begin, begin + length * static_cast<std::ptrdiff_t>(width));
    }
  }
}

void ResultsReader::read_trajectories(const Cell& cell, ReplicaResults& results) {
  if (results.count == 0 || !file_.has_variable("trajectory_length")) return;
  const auto count = static_cast<std::size_t>(results.count);
  std::vector<std::int64_t> length(count);
  file_.get(variable("trajectory_length", {count}), cell_index(cell, {0}), counts(experiment_, {count}), length.data());
  if (std::all_of(length.begin(), length.end(), [](std::int64_t l) { return l < 0; })) return;  // none in this cell
  results.trajectory_begin = {0};
  for (const std::int64_t l : length) {
    if (l < 0 || l > std::int64_t{1} << 40) refuse("a trajectory_length is out of range");
    results.trajectory_begin.push_back(results.trajectory_begin.back() + l);
  }
  visit_trajectory_fields([&](const Field& field, auto& array) { read_ragged(cell, results, field, array); }, results);
}

// Events, plateaus: of all cells one after another.
template <class Record, class VisitFields>
void ResultsReader::read_records(const std::string& cell_name, std::vector<Record> ReplicaResults::*list,
                                 VisitFields&& visit_fields, RunResults& all) {
  const auto column = [&]<class Number>(const std::string& name, std::size_t size, Number) {
    if (!file_.has_variable(name)) refuse("it has no variable '" + name + "'");
    const int found = file_.variable(name);
    if (file_.shape(found) != Index{size}) refuse("variable '" + name + "' has another shape");
    std::vector<Number> numbers(size);
    if (size > 0) file_.get(found, {0}, {size}, numbers.data());
    return numbers;
  };
  if (!file_.has_variable(cell_name)) refuse("it has no variable '" + cell_name + "'");
  const Index shape = file_.shape(file_.variable(cell_name));
  const std::size_t size = shape.empty() ? 0 : shape[0];
  const std::vector<std::int32_t> cells = column(cell_name, size, std::int32_t{});
  std::vector<Record> records(size);
  visit_fields([&]<class Number>(const Field& field, Number Record::*member) {
    const std::vector<Number> numbers = column(field.name, size, Number{});
    for (std::size_t e = 0; e < size; ++e) records[e].*member = numbers[e];
  });
  for (std::size_t e = 0; e < size; ++e) {
    if (cells[e] < 0 || static_cast<std::size_t>(cells[e]) >= all.size()) refuse(cell_name + " names no cell");
    ReplicaResults& results = all[static_cast<std::size_t>(cells[e])];
    if (records[e].replica < 0 || records[e].replica >= results.count) refuse(cell_name + ": one is in no replica");
    (results.*list).push_back(records[e]);
  }
}

RunResults ResultsReader::read() {
  const std::string digest = fmt::format("{:016x}", experiment_.digest);
  const std::string found = file_.text_attribute("digest");
  if (found != digest) refuse(found.empty() ? "it has no digest" : "its digest is " + found + ", not " + digest);
  RunResults results = empty_results(experiment_);
  for (std::size_t c = 0; c < results.size(); ++c) {
    read_cell(experiment_.cells[c], results[c]);
    read_trajectories(experiment_.cells[c], results[c]);
  }
  read_records("event_cell", &ReplicaResults::events, [](auto&& visit) { visit_event_fields(visit); }, results);
  const auto watches = [](const Cell& cell) { return cell.probe.plateau.has_value(); };
  if (std::any_of(experiment_.cells.begin(), experiment_.cells.end(), watches))
    read_records("plateau_cell", &ReplicaResults::plateaus, [](auto&& visit) { visit_plateau_fields(visit); }, results);
  if (file_.text_attribute("checksum") != results_checksum(results)) refuse("its content does not match its checksum");
  return results;
}

}  // namespace

RunResults read_results(const std::string& path, const Experiment& experiment) {
  return ResultsReader(path, experiment).read();
}

}  // namespace rankfall
