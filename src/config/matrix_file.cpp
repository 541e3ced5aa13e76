#include "config/matrix_file.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "config/csv.hpp"
#include "config/limits.hpp"
#include "config/netcdf_matrix.hpp"
#include "rankfall/error.hpp"

namespace rankfall {
namespace {

void check_readable(const std::string& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw ConfigError({path, "cannot be read", "not a regular file", "name a CSV or netCDF file"});
  }
  errno = 0;
  if (!std::ifstream(path, std::ios::binary)) {
    throw ConfigError({path, "cannot be read", std::strerror(errno == 0 ? ENOENT : errno), "check the path"});
  }
  if (std::filesystem::file_size(path, error) > static_cast<std::uintmax_t>(config::largest_file)) {
    throw ConfigError(
        {path, "is too large", fmt::format("at most {} bytes are read", config::largest_file), "use a smaller matrix"});
  }
}

}  // namespace

std::shared_ptr<const Matrix> read_matrix(const std::string& path, const std::string& variable) {
  check_readable(path);
  return std::make_shared<const Matrix>(config::is_netcdf(path) ? config::read_netcdf(path, variable)
                                                                : config::read_csv(path));
}

std::vector<std::shared_ptr<const Matrix>> read_factors(const std::string& path, int factors) {
  check_readable(path);
  if (!config::is_netcdf(path)) {
    throw ConfigError({path, "is not a netCDF file", "factors are the variables W1, W2, ... of one netCDF file",
                       "store them with dimensions (n_l, n_{l-1}) each"});
  }
  std::vector<std::shared_ptr<const Matrix>> result;
  for (int factor = 1; factor <= factors; ++factor) {
    result.push_back(std::make_shared<const Matrix>(config::read_netcdf(path, fmt::format("W{}", factor))));
  }
  return result;
}

}  // namespace rankfall
