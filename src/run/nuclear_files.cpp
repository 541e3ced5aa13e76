// The report of `rankfall nuclear` for programs: JSON, CSV, netCDF.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "rankfall/error.hpp"
#include "run/nuclear.hpp"
#include "store/atomic_file.hpp"
#include "store/netcdf_file.hpp"

namespace rankfall {

namespace {

using Json = nlohmann::ordered_json;

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() > end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

// A distinct problem, and where it is first met.
struct Listed {
  const Reference* reference;
  int cell;
  std::int64_t replica;  // -1: of all replicas of the cell
};

std::vector<Listed> list_problems(const NuclearReport& report) {
  std::vector<Listed> listed;
  std::set<int> met;
  for (const CellReferences& cell : report.cells) {
    const bool own =
        report.experiment.cells[static_cast<std::size_t>(cell.cell)].problem.instances == Instances::per_replica;
    for (std::size_t r = 0; r < cell.problems.size(); ++r)
      if (met.insert(cell.problems[r].number).second)
        listed.push_back({&cell.problems[r], cell.cell, own ? static_cast<std::int64_t>(r) : -1});
  }
  return listed;
}

Json json_of(const NuclearReport& report, const Listed& listed) {
  const Reference& reference = *listed.reference;
  Json json{{"problem", reference.number},
            {"cell", listed.cell},
            {"rows", reference.problem.rows},
            {"columns", reference.problem.columns},
            {"observed", reference.problem.entries.size()},
            {"nuclear_norm_lower", reference.minimum.lower},
            {"nuclear_norm_upper", reference.minimum.upper},
            {"relative_gap", reference.minimum.relative_gap()},
            {"reached", reference.reached(report.options.tolerance)},
            {"iterations", reference.minimum.iterations},
            {"rank", reference.minimum.rank()},
            {"singular_values", reference.minimum.singular_values}};
  if (listed.replica >= 0) json["replica"] = listed.replica;
  if (reference.unobserved_error) json["unobserved_error"] = *reference.unobserved_error;
  return json;
}

Json json_of(const NuclearReport& report, std::size_t cell) {
  const NuclearComparison& all = report.comparisons[cell];
  Json json{{"cell", cell},
            {"label", report.experiment.cells[cell].label},
            {"problems", all.problems},
            {"nuclear_norm_minimum", all.minimum},
            {"nuclear_norm_gap", all.relative_gap}};
  if (all.problems == 1) json["problem"] = report.cells[cell].problems.front().number;
  if (all.unobserved_error) json["unobserved_error"] = *all.unobserved_error;
  if (report.has_trained) json["compared"] = all.compared;
  if (all.ratio) json["ratio_quartiles"] = *all.ratio;
  if (all.local_cost) {
    json["local_cost"] = *all.local_cost;
    json["local_cost_starts"] = all.cost_starts;
    json["local_cost_reached"] = all.cost_reached;
  }
  if (all.cost_ratio) json["local_cost_ratio_quartiles"] = *all.cost_ratio;
  return json;
}

std::string csv_of(const NuclearReport& report) {
  std::string text =
      "problem,cell,replica,rows,columns,observed,nuclear_norm_lower,nuclear_norm_upper,relative_gap,reached,"
      "iterations,rank,unobserved_error\n";
  for (const Listed& listed : list_problems(report)) {
    const Reference& r = *listed.reference;
    text += fmt::format("{},{},{},{},{},{},{},{},{},{},{},{},{}\n", r.number, listed.cell,
                        listed.replica < 0 ? "" : fmt::format("{}", listed.replica), r.problem.rows, r.problem.columns,
                        r.problem.entries.size(), r.minimum.lower, r.minimum.upper, r.minimum.relative_gap(),
                        r.reached(report.options.tolerance) ? 1 : 0, r.minimum.iterations, r.minimum.rank(),
                        r.unobserved_error ? fmt::format("{}", *r.unobserved_error) : "");
  }
  return text;
}

// Writes one number per problem.
template <class Number, class Read>
void put_column(NetcdfFile& file, int variable, const std::vector<Listed>& listed, const Read& read) {
  std::vector<Number> values;
  for (const Listed& each : listed) values.push_back(static_cast<Number>(read(each)));
  file.put(variable, {0}, {values.size()}, values.data());
}

void write_netcdf(const NuclearReport& report, const std::string& path) {
  static constexpr double missing = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Listed> listed = list_problems(report);
  std::size_t rows = 0, columns = 0;
  for (const Listed& each : listed) {
    rows = std::max(rows, static_cast<std::size_t>(each.reference->problem.rows));
    columns = std::max(columns, static_cast<std::size_t>(each.reference->problem.columns));
  }
  PendingFile pending(path);
  NetcdfFile file(pending.temporary(), NetcdfFile::Mode::create);
  const int problem = file.add_dimension("problem", listed.size()), row = file.add_dimension("row", rows),
            column = file.add_dimension("column", columns),
            value = file.add_dimension("singular_value", std::min(rows, columns));
  const auto add = [&](const char* name, NumberType type, const std::vector<int>& dimensions, const char* text) {
    const int variable =
        file.add_variable(name, type, dimensions, type == NumberType::float64 ? Missing::masked : Missing::never);
    file.put_attribute(variable, "long_name", text);
    return variable;
  };
  const int cell = add("cell", NumberType::int32, {problem}, "index of the first grid point that has this problem");
  const int replica =
      add("replica", NumberType::int64, {problem}, "index of the replica within its cell; -1: all have it");
  const int lower = add("nuclear_norm_lower", NumberType::float64, {problem}, "proven lower bound of min ||X||_*");
  const int upper =
      add("nuclear_norm_upper", NumberType::float64, {problem}, "proven upper bound of ||X||_* of the completion");
  const int rank =
      add("rank", NumberType::int32, {problem}, "singular values of the completion above 1e-4 of the largest");
  const int error =
      add("unobserved_error", NumberType::float64, {problem}, "root-mean-square of X - T over unobserved entries");
  const int spectrum = add("singular_values", NumberType::float64, {problem, value}, "of the completion, descending");
  const int matrix =
      add("completion", NumberType::float64, {problem, row, column}, "X, equal to the target where it is observed");
  file.put_attribute(NetcdfFile::whole_file, "tolerance", report.options.tolerance);
  file.put_attribute(NetcdfFile::whole_file, "experiment", report.experiment.text);
  file.end_definitions();
  put_column<std::int32_t>(file, cell, listed, [](const Listed& each) { return each.cell; });
  put_column<std::int64_t>(file, replica, listed, [](const Listed& each) { return each.replica; });
  put_column<double>(file, lower, listed, [](const Listed& each) { return each.reference->minimum.lower; });
  put_column<double>(file, upper, listed, [](const Listed& each) { return each.reference->minimum.upper; });
  put_column<std::int32_t>(file, rank, listed, [](const Listed& each) { return each.reference->minimum.rank(); });
  put_column<double>(file, error, listed,
                     [](const Listed& each) { return each.reference->unobserved_error.value_or(missing); });
  for (std::size_t k = 0; k < listed.size(); ++k) {
    const Reference& reference = *listed[k].reference;
    const auto own_rows = static_cast<std::size_t>(reference.problem.rows),
               own_columns = static_cast<std::size_t>(reference.problem.columns);
    file.put(spectrum, {k, 0}, {1, reference.minimum.singular_values.size()}, reference.minimum.singular_values.data());
    file.put(matrix, {k, 0, 0}, {1, own_rows, own_columns}, reference.minimum.completion.data());
  }
  file.close();
  pending.commit();
}

}  // namespace

std::string nuclear_json(const NuclearReport& report) {
  Json json{{"name", report.experiment.name},
            {"tolerance", report.options.tolerance},
            {"unreached", report.unreached},
            {"problems", Json::array()},
            {"cells", Json::array()}};
  for (const Listed& listed : list_problems(report)) json["problems"].push_back(json_of(report, listed));
  for (std::size_t c = 0; c < report.cells.size(); ++c) json["cells"].push_back(json_of(report, c));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void check_output_file(const std::string& option, const std::string& path) {
  if (std::filesystem::is_directory(path))
    throw ConfigError({option, fmt::format("'{}' is a directory", path), "a file is written", "name a file"});
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const std::string directory = parent.empty() ? "." : parent.string();
  if (!std::filesystem::is_directory(directory))
    throw ConfigError({option, fmt::format("'{}' cannot be written", path),
                       fmt::format("there is no directory '{}'", directory), "create it, or name another file"});
  if (::access(directory.c_str(), W_OK) != 0)
    throw ConfigError({option, fmt::format("'{}' cannot be written", path),
                       fmt::format("the directory '{}' may not be written to", directory), "name another file"});
}

void check_nuclear_path(const std::string& path) {
  if (ends_with(path, ".csv") || ends_with(path, ".nc")) return;
  throw ConfigError({"--out", fmt::format("'{}' has neither of the endings that are written", path),
                     "the ending says the format", "choose FILE.csv or FILE.nc"});
}

void write_nuclear(const NuclearReport& report, const std::string& path) {
  check_nuclear_path(path);
  if (ends_with(path, ".csv"))
    write_atomically(path, csv_of(report));
  else
    write_netcdf(report, path);
}

}  // namespace rankfall
