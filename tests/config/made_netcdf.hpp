#pragma once
// How broken and odd netCDF files are made.
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "netcdf_samples.hpp"
#include "support.hpp"

namespace rankfall::test {

// An open file that is changed after it was made.
inline void edit(const std::string& path, const std::function<int(int)>& change) {
  int file = 0;
  ASSERT_EQ(nc_open(path.c_str(), NC_WRITE, &file), NC_NOERR);
  nc_redef(file);  // an error where the format has no such mode
  EXPECT_EQ(change(file), NC_NOERR);
  EXPECT_EQ(nc_close(file), NC_NOERR);
}

inline std::string bytes_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// Writes a file.
using Make = std::function<void(const std::string& path)>;

// With one attribute of the variable.
inline Make with_attribute(NetcdfContent content, const std::string& name, nc_type type, const std::vector<double>& values) {
  content.entries.clear();
  return [=](const std::string& path) {
    write_netcdf(path, content);
    edit(path, [&](int file) {
      const int status = type == NC_CHAR ? nc_put_att_text(file, 0, name.c_str(), values.size(), "none")
                                         : nc_put_att_double(file, 0, name.c_str(), type, values.size(), values.data());
      const std::vector<double> entries{1, 2, 3, 4, 5, 6};
      nc_enddef(file);
      return status | nc_put_var_double(file, 0, entries.data());
    });
  };
}

// The first `part` of a whole file.
inline Make cut(const NetcdfContent& content, double part) {
  return [=](const std::string& path) {
    write_netcdf(path, content);
    std::filesystem::resize_file(path, static_cast<std::uintmax_t>(part * static_cast<double>(bytes_of(path).size())));
  };
}

// A classic file with four bytes of its header replaced.
inline Make damaged(std::size_t at, const std::string& four_bytes) {
  return [=](const std::string& path) {
    std::string bytes = bytes_of(write_netcdf(path, {0, NC_DOUBLE, {2, 3}, {1, 2, 3, 4, 5, 6}, nullptr}));
    bytes.replace(at, 4, four_bytes);
    std::ofstream(path, std::ios::binary) << bytes;
  };
}

inline Make defined(int mode, const std::function<int(int file, int& variable)>& define) {
  return [=](const std::string& path) {
    int file = 0, variable = 0;
    ASSERT_EQ(nc_create(path.c_str(), NC_CLOBBER | mode, &file), NC_NOERR);
    EXPECT_EQ(define(file, variable), NC_NOERR);
    EXPECT_EQ(nc_close(file), NC_NOERR);
  };
}

// A variable of 2 x 3 values of this type.
inline int add_variable(int file, const char* name, nc_type type, int& variable) {
  int dimensions[2] = {0, 0};
  const int status = nc_def_dim(file, "row", 2, &dimensions[0]) | nc_def_dim(file, "column", 3, &dimensions[1]);
  return status | nc_def_var(file, name, type, 2, dimensions, &variable);
}

inline int define_strings(int file, int& variable) { return add_variable(file, "target", NC_STRING, variable); }

inline int define_compound(int file, int& variable) {
  nc_type type = NC_NAT;
  const int status = nc_def_compound(file, 16, "complex", &type) |
                     nc_insert_compound(file, type, "real", 0, NC_DOUBLE) |
                     nc_insert_compound(file, type, "imaginary", 8, NC_DOUBLE);
  return status | add_variable(file, "target", type, variable);
}

inline int define_scalar(int file, int& variable) { return nc_def_var(file, "target", NC_DOUBLE, 0, nullptr, &variable); }

inline int define_no_records(int file, int& variable) {
  int dimensions[2] = {0, 0};
  const int status =
      nc_def_dim(file, "row", NC_UNLIMITED, &dimensions[0]) | nc_def_dim(file, "column", 3, &dimensions[1]);
  return status | nc_def_var(file, "target", NC_DOUBLE, 2, dimensions, &variable);
}

// Two records of three numbers and a byte; the file then says how many there are.
inline Make with_records(const std::string& said) {
  return [=](const std::string& path) {
    defined(0, [](int file, int& variable) {
      int other = 0, dimension = 0;
      const std::size_t begin[2] = {0, 0}, size[2] = {2, 3};
      const std::vector<double> entries{1, 2, 3, 4, 5, 6};
      int status = define_no_records(file, variable) | nc_inq_dimid(file, "row", &dimension);
      status |= nc_def_var(file, "other", NC_BYTE, 1, &dimension, &other) | nc_enddef(file);
      return status | nc_put_vara_double(file, variable, begin, size, entries.data());
    })(path);
    std::string bytes = bytes_of(path);
    bytes.replace(7, 1, said);
    std::ofstream(path, std::ios::binary) << bytes;
  };
}

inline int define_in_group(int file, int& variable) {
  int group = 0;
  return nc_def_grp(file, "inputs", &group) | add_variable(group, "target", NC_DOUBLE, variable);
}

inline int define_other_name(int file, int& variable) { return add_variable(file, "Target", NC_DOUBLE, variable); }

inline int define_unwritten(int file, int& variable) { return add_variable(file, "target", NC_INT, variable); }

}  // namespace rankfall::test
