// Writes the binary seeds of the committed corpora: make_seeds tests/fuzz/corpus. To be run again, and its files
// committed, when the format of unit files changes. The text seeds are written by hand.
#include <netcdf.h>

#include <filesystem>
#include <string>
#include <vector>

#include "store/unit_file.hpp"
#include "support.hpp"
#include "tests/store/samples.hpp"

namespace rankfall {
namespace {

void write_netcdf(const std::string& path, int mode, nc_type type, const char* attribute) {
  const std::vector<double> entries{1, 2, 3, 4, 5, 6};
  int file = 0, variable = 0;
  int dimensions[2] = {0, 0};
  const double nine = 9.0;
  int status = nc_create(path.c_str(), NC_CLOBBER | mode, &file);
  status |= nc_def_dim(file, "row", mode == 0 ? NC_UNLIMITED : 2, &dimensions[0]);
  status |= nc_def_dim(file, "column", 3, &dimensions[1]);
  status |= nc_def_var(file, "target", type, 2, dimensions, &variable);
  if (attribute != nullptr) status |= nc_put_att_double(file, variable, attribute, type, 1, &nine);
  status |= nc_enddef(file);
  const std::size_t begin[2] = {0, 0}, size[2] = {2, 3};
  status |= nc_put_vara_double(file, variable, begin, size, entries.data());
  status |= nc_close(file);
  fuzz::require(status == NC_NOERR, "the seed can be written");
}

}  // namespace
}  // namespace rankfall

int main(int count, char** arguments) {
  using namespace rankfall;
  fuzz::require(count == 2, "usage: make_seeds tests/fuzz/corpus");
  const std::filesystem::path corpus = arguments[1];
  write_netcdf((corpus / "netcdf" / "classic_records.nc").string(), 0, NC_DOUBLE, "missing_value");
  write_netcdf((corpus / "netcdf" / "offset64_float.nc").string(), NC_64BIT_OFFSET, NC_FLOAT, "_FillValue");
  write_netcdf((corpus / "netcdf" / "cdf5_int64.nc").string(), NC_CDF5, NC_INT64, nullptr);
  write_netcdf((corpus / "netcdf" / "classic_packed.nc").string(), 0, NC_SHORT, "scale_factor");
  write_netcdf((corpus / "netcdf" / "hdf5_double.nc").string(), NC_NETCDF4, NC_DOUBLE, "_FillValue");
  write_unit((corpus / "unit").string(), 7, samples::block(0, 0, 3));
  write_unit((corpus / "unit").string(), 7, samples::block(1, 2, 2, 3, 2, samples::Trajectories::kept, {2, 1}, {1, 1, 1, 1, 1}));
  return 0;
}
