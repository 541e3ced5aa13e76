#include "config/netcdf_matrix.hpp"

#include <fmt/format.h>
#include <netcdf.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <string_view>
#include <vector>

#include "config/classic_header.hpp"
#include "config/limits.hpp"
#include "config/wording.hpp"
#include "rankfall/error.hpp"

namespace rankfall::config {
namespace {

constexpr std::size_t most_missing_values = 1000;

std::string start_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::string start(8, '\0');
  stream.read(start.data(), static_cast<std::streamsize>(start.size()));
  start.resize(static_cast<std::size_t>(stream.gcount()));
  return start;
}

bool is_classic(std::string_view start) {
  return start.starts_with("CDF\x01") || start.starts_with("CDF\x02") || start.starts_with("CDF\x05");
}

// An open file; closes itself.
class NetcdfFile {
 public:
  explicit NetcdfFile(const std::string& path) : path_(path) {
    const ClassicFile state = is_classic(start_of(path)) ? check_classic(path) : ClassicFile::whole;
    if (state != ClassicFile::whole) {
      refuse("cannot be read as netCDF",
             state == ClassicFile::truncated ? "its data are cut off" : "its header is damaged or cut off",
             "write or copy the file again");
    }
    check(nc_open(path.c_str(), NC_NOWRITE, &id_), "cannot be read as netCDF");
  }
  ~NetcdfFile() { nc_close(id_); }
  NetcdfFile(const NetcdfFile&) = delete;
  NetcdfFile& operator=(const NetcdfFile&) = delete;

  int id() const { return id_; }
  void check(int status, const std::string& what) const {
    if (status != NC_NOERR) refuse(what, nc_strerror(status), "check the file with ncdump -h");
  }
  [[noreturn]] void refuse(const std::string& what, const std::string& why, const std::string& remedy) const {
    throw ConfigError({path_, what, why, remedy});
  }

 private:
  const std::string& path_;
  int id_ = 0;
};

std::string variable_names(const NetcdfFile& file) {
  int count = 0;
  file.check(nc_inq_nvars(file.id(), &count), "cannot list its variables");
  std::vector<std::string> names;
  for (int variable = 0; variable < std::min(count, 12); ++variable) {
    std::array<char, NC_MAX_NAME + 1> name{};
    file.check(nc_inq_varname(file.id(), variable, name.data()), "cannot list its variables");
    names.emplace_back(name.data());
  }
  return names.empty() ? "none" : joined(names);
}

int find_variable(const NetcdfFile& file, const std::string& name) {
  int variable = 0;
  if (nc_inq_varid(file.id(), name.c_str(), &variable) != NC_NOERR) {
    file.refuse(fmt::format("has no variable {}", in_quotes(name)),
                fmt::format("its variables are: {}", variable_names(file)),
                fmt::format("name the matrix {}", in_quotes(name)));
  }
  return variable;
}

// The shape, checked before anything is allocated for it.
std::array<std::size_t, 2> shape_of(const NetcdfFile& file, int variable, const std::string& name) {
  int count = 0;
  file.check(nc_inq_varndims(file.id(), variable, &count), "cannot read dimensions");
  if (count != 2) {
    file.refuse(fmt::format("variable {} has {} dimensions", in_quotes(name), count), "a matrix has 2",
                "store it with dimensions (row, column)");
  }
  std::array<int, 2> dimensions{};
  std::array<std::size_t, 2> lengths{};
  file.check(nc_inq_vardimid(file.id(), variable, dimensions.data()), "cannot read dimensions");
  for (int i = 0; i < 2; ++i) {
    file.check(nc_inq_dimlen(file.id(), dimensions[i], &lengths[i]), "cannot read dimensions");
    if (lengths[i] == 0) {
      file.refuse(fmt::format("variable {} is empty", in_quotes(name)), "one of its dimensions has length 0",
                  "store at least one row and one column");
    }
    if (lengths[i] > static_cast<std::size_t>(largest_dimension)) {
      file.refuse(fmt::format("variable {} has a dimension of length {}", in_quotes(name), lengths[i]),
                  fmt::format("1 to {} are read", largest_dimension), "store a smaller matrix");
    }
  }
  if (lengths[0] * lengths[1] > static_cast<std::size_t>(most_entries)) {
    file.refuse(fmt::format("variable {} has {} entries", in_quotes(name), lengths[0] * lengths[1]),
                fmt::format("at most {} are read", most_entries), "store a smaller matrix");
  }
  return lengths;
}

bool is_number(nc_type type) { return type >= NC_BYTE && type <= NC_UINT64 && type != NC_CHAR; }

// The library converts numbers alone; what it does to other types differs between its formats and versions.
nc_type number_type(const NetcdfFile& file, int variable, const std::string& name) {
  nc_type type = NC_NAT;
  file.check(nc_inq_vartype(file.id(), variable, &type), "cannot read the type");
  if (is_number(type)) return type;
  const bool text = type == NC_CHAR || type == NC_STRING;
  file.refuse(fmt::format("variable {} holds {}", in_quotes(name), text ? "text" : "values of a type of its own"),
              "a matrix holds numbers", "store it as doubles");
}

// What entries hold that were never written. Bytes have no such value: all are in use.
std::vector<double> standard_fill(nc_type type) {
  switch (type) {
    case NC_SHORT:
      return {static_cast<double>(NC_FILL_SHORT)};
    case NC_USHORT:
      return {static_cast<double>(NC_FILL_USHORT)};
    case NC_INT:
      return {static_cast<double>(NC_FILL_INT)};
    case NC_UINT:
      return {static_cast<double>(NC_FILL_UINT)};
    case NC_INT64:
      return {static_cast<double>(NC_FILL_INT64)};
    case NC_UINT64:
      return {static_cast<double>(NC_FILL_UINT64)};
    case NC_FLOAT:
      return {static_cast<double>(NC_FILL_FLOAT)};
    case NC_DOUBLE:
      return {NC_FILL_DOUBLE};
    default:
      return {};
  }
}

// The values of an attribute; none if it is not there.
std::vector<double> attribute_values(const NetcdfFile& file, int variable, const std::string& name,
                                     const char* attribute) {
  nc_type type = NC_NAT;
  std::size_t length = 0;
  if (nc_inq_att(file.id(), variable, attribute, &type, &length) != NC_NOERR) return {};
  if (!is_number(type) || length == 0 || length > most_missing_values) {
    file.refuse(fmt::format("attribute {} of variable {} is no number", attribute, in_quotes(name)),
                "it says which entries are missing", "correct or remove the attribute");
  }
  std::vector<double> values(length);
  file.check(nc_get_att_double(file.id(), variable, attribute, values.data()), "cannot read an attribute");
  return values;
}

// Packed variables would be read as their raw integers: silently wrong.
void refuse_packed(const NetcdfFile& file, int variable, const std::string& name) {
  for (const char* attribute : {"scale_factor", "add_offset", "_Unsigned"}) {
    if (nc_inq_attid(file.id(), variable, attribute, nullptr) == NC_NOERR) {
      file.refuse(fmt::format("variable {} is packed with {}", in_quotes(name), attribute),
                  "packed variables are not read", "store it unpacked, as doubles");
    }
  }
}

// A fill value read as a number would be silently wrong too.
std::vector<double> fill_values(const NetcdfFile& file, int variable, const std::string& name, nc_type type) {
  std::vector<double> fill = attribute_values(file, variable, name, "_FillValue");
  if (fill.empty()) fill = standard_fill(type);
  for (const double missing : attribute_values(file, variable, name, "missing_value")) fill.push_back(missing);
  return fill;
}

void check_entries(const NetcdfFile& file, const std::string& name, const Matrix& matrix,
                   const std::vector<double>& fill) {
  for (std::size_t i = 0; i < matrix.entries.size(); ++i) {
    const double entry = matrix.entries[i];
    if (std::isfinite(entry) && std::find(fill.begin(), fill.end(), entry) == fill.end()) continue;
    const auto columns = static_cast<std::size_t>(matrix.columns);
    file.refuse(fmt::format("entry ({}, {}) of variable {} is {}", i / columns, i % columns, in_quotes(name),
                            std::isfinite(entry) ? "a fill value" : fmt::format("{}", entry)),
                "every entry must be finite", "replace it; entries that are unknown belong out of the observed set");
  }
}

}  // namespace

bool is_netcdf(const std::string& path) {
  const std::string start = start_of(path);
  return is_classic(start) || start == "\x89HDF\r\n\x1a\n";
}

Matrix read_netcdf(const std::string& path, const std::string& variable) {
  const NetcdfFile file(path);
  const int id = find_variable(file, variable);
  const nc_type type = number_type(file, id, variable);
  refuse_packed(file, id, variable);
  const std::vector<double> fill = fill_values(file, id, variable, type);
  const auto shape = shape_of(file, id, variable);
  Matrix matrix{static_cast<int>(shape[0]), static_cast<int>(shape[1]), std::vector<double>(shape[0] * shape[1])};
  file.check(nc_get_var_double(file.id(), id, matrix.entries.data()),
             fmt::format("variable {} cannot be read", in_quotes(variable)));
  check_entries(file, variable, matrix, fill);
  return matrix;
}

}  // namespace rankfall::config
