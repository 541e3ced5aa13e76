// read_csv on arbitrary bytes: a full matrix of finite numbers, or one line.
#include <algorithm>
#include <cmath>

#include "config/csv.hpp"
#include "support.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rankfall;
  const fuzz::MemoryFile file(fuzz::as_text(data, size));
  try {
    const Matrix matrix = config::read_csv(file.path());
    const auto entries = static_cast<std::size_t>(matrix.rows) * static_cast<std::size_t>(matrix.columns);
    fuzz::require(matrix.rows > 0 && matrix.columns > 0, "a matrix that is read is not empty");
    fuzz::require(matrix.entries.size() == entries, "every row is as long as the first");
    fuzz::require(std::all_of(matrix.entries.begin(), matrix.entries.end(), [](double x) { return std::isfinite(x); }),
                  "every entry is finite");
  } catch (const ConfigError& error) {
    fuzz::require_one_line(error.what());
  }
  return 0;
}
