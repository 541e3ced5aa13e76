#include "store/results_schema.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <variant>

#include "rankfall/landscape_numbers.hpp"
#include "store/whole_error.hpp"

namespace rankfall {
namespace {

void describe(NetcdfFile& file, int variable, const Field& field) {
  file.put_attribute(variable, "long_name", field.description);
  file.put_attribute(variable, "units", field.units);
}

// The CF convention for enumerations.
void describe_outcomes(NetcdfFile& file, int variable) {
  std::vector<std::int32_t> values{-1};
  std::string meanings = "missing";
  for (std::size_t i = 0; i < outcome_names.size(); ++i) {
    values.push_back(static_cast<std::int32_t>(i));
    meanings.append(" ").append(outcome_names[i]);
  }
  file.put_attribute(variable, "flag_values", values);
  file.put_attribute(variable, "flag_meanings", meanings);
}

// Defines the dimensions in its constructor, then variables on them.
class Definer {
 public:
  Definer(NetcdfFile& file, const Experiment& experiment, const ResultsShape& shape);
  void coordinates(const Experiment& experiment);
  void replicas();
  void events();
  void trajectories();
  void graphs();
  void landscapes() {
    for (const auto& n : landscape_numbers) on_cells(NumberType::float64, {std::string(n.name), n.description, n.units}, {}, Missing::masked);
  }

 private:
  void records(const char* cell_name, int dimension, auto&& visit_fields);
  int on_cells(NumberType type, const Field& field, std::vector<int> further, Missing missing);
  std::vector<int> with_entries(std::vector<int> rows, Per per) const {
    if (per == Per::singular_value || per == Per::alignment || per == Per::velocity || per == Per::monitored_value)
      rows.push_back(singular_value_);
    if (per == Per::factor) rows.push_back(factor_);
    if (per == Per::solution || per == Per::approach) rows.push_back(solution_);
    return rows;
  }
  // Whether any cell has such entries; singular values and factors all have.
  bool has(Per per) const {
    if (per == Per::solution || per == Per::learning) return solution_ >= 0;
    if (per == Per::alignment) return shape_.alignments;
    if (per == Per::velocity) return shape_.velocities;
    if (per == Per::coupling) return shape_.couplings;
    if (per == Per::monitor || per == Per::monitored_value) return shape_.monitors;
    return (per != Per::comparison && per != Per::approach) || shape_.compared;
  }

  NetcdfFile& file_;
  const ResultsShape& shape_;
  std::vector<AxisNames> names_;
  std::vector<int> cells_;
  std::string zip_coordinates_;  // variables that label a dimension of another name
  int replica_, singular_value_, factor_, event_, probe_ = -1, solution_ = -1, plateau_ = -1;
};

Definer::Definer(NetcdfFile& file, const Experiment& experiment, const ResultsShape& shape)
    : file_(file), shape_(shape), names_(axis_names(experiment.axes)) {
  for (std::size_t a = 0; a < names_.size(); ++a) {
    cells_.push_back(file.add_dimension(names_[a].dimension, shape.axes[a]));
    for (const std::string& name : names_[a].coordinates)
      if (name != names_[a].dimension) zip_coordinates_ += " " + name;
  }
  replica_ = file.add_dimension("replica", shape.replicas);
  singular_value_ = file.add_dimension("singular_value", shape.singular_values);
  factor_ = file.add_dimension("factor", shape.factors);
  event_ = file.add_dimension("event", shape.events);
  if (shape.solutions > 0) solution_ = file.add_dimension("solution", shape.solutions);
  if (shape.watched) plateau_ = file.add_dimension("plateau_event", shape.plateaus);
  if (shape.trajectories) probe_ = file.add_dimension("probe", shape.probes);
}

// A variable on the dimensions of the sweep and `further` ones.
int Definer::on_cells(NumberType type, const Field& field, std::vector<int> further, Missing missing) {
  further.insert(further.begin(), cells_.begin(), cells_.end());
  const int variable = file_.add_variable(field.name, type, further, missing);
  describe(file_, variable, field);
  // The CF convention's way to say which variables label the grid besides those named like a dimension.
  const std::string labels = (field.name == "cell" ? "" : "cell") + zip_coordinates_;
  if (!labels.empty()) file_.put_attribute(variable, "coordinates", labels);
  return variable;
}

void Definer::coordinates(const Experiment& experiment) {
  for (std::size_t a = 0; a < names_.size(); ++a) {
    const Axis& axis = experiment.axes[a];
    for (std::size_t k = 0; k < axis.keys.size(); ++k) {
      const auto is_number = [](const SweepValue& value) { return std::holds_alternative<double>(value); };
      const bool numbers = std::all_of(axis.values[k].begin(), axis.values[k].end(), is_number);
      const int variable =
          file_.add_variable(names_[a].coordinates[k], numbers ? NumberType::float64 : NumberType::text, {cells_[a]});
      file_.put_attribute(variable, "long_name", axis.keys[k]);
      if (numbers) file_.put_attribute(variable, "units", "1");
    }
  }
  const auto index = [&](const std::string& name, int dimension, std::string_view description) {
    describe(file_, file_.add_variable(name, NumberType::int64, {dimension}), {name, description, "1"});
  };
  index("replica", replica_, "index of the training run within its cell");
  index("singular_value", singular_value_, "number of the singular value, from the largest, from 1");
  index("factor", factor_, "number l of the factor W_l, from 1 (next to the input)");
  if (solution_ >= 0) index("solution", solution_, "number of the solution of greedy low-rank learning, from 0 (W = 0)");
  on_cells(NumberType::int32, {"cell", "index of the grid point, as event_cell and replay count", "1"}, {},
           Missing::never);
  on_cells(NumberType::int64, {"replicas_done", "replicas that are here; further entries are missing", "1"}, {}, Missing::never);
}

void Definer::replicas() {
  const ReplicaResults prototype;
  visit_replica_fields(
      [&](const Field& field, const auto& array) {
        if (!has(field.per)) return;
        using Entry = StoredEntry<decltype(array)>;
        // The outcome says itself that a replica is missing, so it stays an integer where masks turn into NaN.
        const bool is_outcome = field.name == "outcome";
        const int variable = on_cells(number_type<Entry>, field, with_entries({replica_}, field.per),
                                      is_outcome ? Missing::never : Missing::masked);
        if (is_outcome) describe_outcomes(file_, variable);
      },
      prototype);
  on_cells(NumberType::float64, whole_error_field, {replica_}, Missing::masked);
}

// Events or plateaus: a variable per number, and one for the cell.
void Definer::records(const char* cell_name, int dimension, auto&& visit_fields) {
  describe(file_, file_.add_variable(cell_name, NumberType::int32, {dimension}),
           {cell_name, "index of the cell, as in variable cell", "1"});
  visit_fields([&]<class Record, class Number>(const Field& field, Number Record::*) {
    describe(file_, file_.add_variable(field.name, number_type<Number>, {dimension}), field);
  });
}

void Definer::events() {
  records("event_cell", event_, [](auto&& visit) { visit_event_fields(visit); });
  if (plateau_ >= 0) records("plateau_cell", plateau_, [](auto&& visit) { visit_plateau_fields(visit); });
}

void Definer::trajectories() {
  if (probe_ < 0) return;
  on_cells(NumberType::int64, {"trajectory_length", "probes kept of this replica; further entries are missing", "1"},
           {replica_}, Missing::masked);
  const ReplicaResults prototype;
  visit_trajectory_fields(
      [&](const Field& field, const auto& array) {
        if (!has(field.per)) return;
        on_cells(number_type<StoredEntry<decltype(array)>>, field, with_entries({replica_, probe_}, field.per),
                 Missing::masked);
      },
      prototype);
}

// What is observed, and what it joins.
void Definer::graphs() {
  if (shape_.phases == 0) return;
  const int phase = file_.add_dimension("phase", shape_.phases);
  file_.put_attribute(file_.add_variable("phase", NumberType::text, {phase}), "long_name", std::string_view("name of the phase"));
  visit_graph_fields([&]<class Number>(const Field& field, Number PhaseGraph::*) {
    on_cells(number_type<Number>, field, {phase}, Missing::masked);
  });
  if (shape_.masks == 0) return;
  std::vector<int> dimensions;
  dimensions.push_back(file_.add_dimension("mask", shape_.masks));
  dimensions.push_back(file_.add_dimension("row", shape_.mask_rows));
  dimensions.push_back(file_.add_dimension("column", shape_.mask_columns));
  describe(file_, file_.add_variable("observed_mask", NumberType::int32, dimensions, Missing::masked),
           {"observed_mask", "1 where an entry is observed, 0 where it is hidden, missing outside of the target", "1"});
}

void put_attributes(NetcdfFile& file, const Experiment& experiment, const Provenance& provenance) {
  const auto put = [&](const char* name, const auto& value) {
    file.put_attribute(NetcdfFile::whole_file, name, value);
  };
  put("Conventions", std::string_view("CF-1.8"));
  put("title", experiment.name);
  put("inference_library", std::string_view("rankfall"));
  put("version", provenance.version);
  put("commit", provenance.commit);
  put("compiler", provenance.compiler);
  put("flags", provenance.flags);
  put("backend", provenance.backend);
  put("device", provenance.device);
  put("host_threads", provenance.host_threads);
  put("command", provenance.command);
  put("created_at", provenance.created_at);
  put("wall_seconds", provenance.wall_seconds);
  put("replica_steps", provenance.replica_steps);
  put("seed", experiment.seed);
  put("precision", precision_name(experiment.precision));
  put("digest", fmt::format("{:016x}", experiment.digest));
  put("experiment", experiment.text);
}

}  // namespace

void define_results(NetcdfFile& file, const Experiment& experiment, const ResultsShape& shape,
                    const Provenance& provenance) {
  put_attributes(file, experiment, provenance);
  Definer definer(file, experiment, shape);
  definer.coordinates(experiment);
  definer.replicas();
  definer.events();
  definer.trajectories();
  definer.graphs();
  if (shape.landscapes) definer.landscapes();
}

}  // namespace rankfall
