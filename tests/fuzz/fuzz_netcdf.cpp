// read_netcdf on arbitrary bytes: a full matrix of finite numbers, or one line. The netCDF and HDF5 libraries are not
// instrumented; a crash within HDF5 on a file that we cannot judge beforehand would be theirs (millions of inputs gave
// none), one on a classic header is ours: check_classic should have refused it.
#include <algorithm>
#include <cmath>

#include "config/netcdf_matrix.hpp"
#include "support.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rankfall;
  const fuzz::MemoryFile file(fuzz::as_text(data, size));
  if (!config::is_netcdf(file.path())) return 0;
  try {
    const Matrix matrix = config::read_netcdf(file.path(), "target");
    const auto entries = static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.columns);
    fuzz::require(matrix.rows > 0 && matrix.columns > 0, "a matrix that is read is not empty");
    fuzz::require(matrix.entries.size() == entries, "an entry for every row and column");
    fuzz::require(std::all_of(matrix.entries.begin(), matrix.entries.end(), [](double x) { return std::isfinite(x); }),
                  "every entry is finite");
  } catch (const ConfigError& error) {
    fuzz::require_one_line(error.what());
  }
  return 0;
}
