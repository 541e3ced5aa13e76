#pragma once
// Small netCDF files for the tests of this room.
#include <gtest/gtest.h>
#include <netcdf.h>

#include <string>
#include <vector>

namespace rankfall::test {

struct NetcdfContent {
  int mode = NC_NETCDF4;
  nc_type type = NC_DOUBLE;
  std::vector<std::size_t> shape{2, 3};
  std::vector<double> entries{1, 2, 3, 4, 5, 6};
  const char* attribute = nullptr;  // of value 2
};

// One variable, "target". Returns the path.
inline std::string write_netcdf(const std::string& path, const NetcdfContent& content) {
  int file = 0;
  EXPECT_EQ(nc_create(path.c_str(), NC_CLOBBER | content.mode, &file), NC_NOERR);
  std::vector<int> dimensions;
  for (const std::size_t length : content.shape) {
    const std::string name = "d" + std::to_string(dimensions.size());
    EXPECT_EQ(nc_def_dim(file, name.c_str(), length, &dimensions.emplace_back()), NC_NOERR);
  }
  int variable = 0;
  EXPECT_EQ(nc_def_var(file, "target", content.type, static_cast<int>(dimensions.size()), dimensions.data(), &variable),
            NC_NOERR);
  const double two = 2.0;
  if (content.attribute != nullptr) {
    EXPECT_EQ(nc_put_att_double(file, variable, content.attribute, content.type, 1, &two), NC_NOERR);
  }
  EXPECT_EQ(nc_enddef(file), NC_NOERR);
  if (!content.entries.empty()) {
    EXPECT_EQ(nc_put_var_double(file, variable, content.entries.data()), NC_NOERR);
  }
  EXPECT_EQ(nc_close(file), NC_NOERR);
  return path;
}

}  // namespace rankfall::test
