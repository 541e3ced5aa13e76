#include "config/netcdf_matrix.hpp"

#include <fmt/format.h>
#include <netcdf.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <string_view>
#include <vector>

#include "config/limits.hpp"
#include "config/wording.hpp"
#include "rankfall/error.hpp"

namespace rankfall::config {
namespace {

// An open file; closes itself.
class NetcdfFile {
 public:
  explicit NetcdfFile(const std::string& path) : path_(path) {
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
    if (lengths[i] < 1 || lengths[i] > static_cast<std::size_t>(largest_dimension)) {
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

double attribute_or(const NetcdfFile& file, int variable, const char* name, double otherwise) {
  std::size_t length = 0;
  double value = 0.0;
  const bool there = nc_inq_attlen(file.id(), variable, name, &length) == NC_NOERR && length == 1 &&
                     nc_get_att_double(file.id(), variable, name, &value) == NC_NOERR;
  return there ? value : otherwise;
}

// Packed variables would be read as their raw integers, and a fill value as a number: both silently wrong.
void check_attributes(const NetcdfFile& file, int variable, const std::string& name, const Matrix& matrix) {
  for (const char* attribute : {"scale_factor", "add_offset"}) {
    if (nc_inq_attid(file.id(), variable, attribute, nullptr) == NC_NOERR) {
      file.refuse(fmt::format("variable {} is packed with {}", in_quotes(name), attribute),
                  "packed variables are not read", "store it unpacked, as doubles");
    }
  }
  nc_type type = NC_DOUBLE;
  file.check(nc_inq_vartype(file.id(), variable, &type), "cannot read the type");
  const double standard = type == NC_FLOAT ? static_cast<double>(NC_FILL_FLOAT) : NC_FILL_DOUBLE;
  const double fill = attribute_or(file, variable, "_FillValue", standard);
  const double missing = attribute_or(file, variable, "missing_value", fill);
  for (std::size_t i = 0; i < matrix.entries.size(); ++i) {
    const double entry = matrix.entries[i];
    if (std::isfinite(entry) && entry != fill && entry != missing) continue;
    const auto columns = static_cast<std::size_t>(matrix.columns);
    file.refuse(fmt::format("entry ({}, {}) of variable {} is {}", i / columns, i % columns, in_quotes(name),
                            std::isfinite(entry) ? "a fill value" : fmt::format("{}", entry)),
                "every entry must be finite", "replace it; entries that are unknown belong out of the observed set");
  }
}

}  // namespace

bool is_netcdf(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::array<char, 8> start{};
  stream.read(start.data(), start.size());
  const std::string_view magic(start.data(), static_cast<std::size_t>(stream.gcount()));
  return magic.starts_with("CDF\x01") || magic.starts_with("CDF\x02") || magic.starts_with("CDF\x05") ||
         magic == "\x89HDF\r\n\x1a\n";
}

Matrix read_netcdf(const std::string& path, const std::string& variable) {
  const NetcdfFile file(path);
  const int id = find_variable(file, variable);
  const auto shape = shape_of(file, id, variable);
  Matrix matrix{static_cast<int>(shape[0]), static_cast<int>(shape[1]), std::vector<double>(shape[0] * shape[1])};
  file.check(nc_get_var_double(file.id(), id, matrix.entries.data()),
             fmt::format("variable {} cannot be read as numbers", in_quotes(variable)));
  check_attributes(file, id, variable, matrix);
  return matrix;
}

}  // namespace rankfall::config
