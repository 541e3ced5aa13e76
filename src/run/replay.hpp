#pragma once
// One replica of a run once more, with a dense trace.
#include <cstdint>
#include <string>

namespace rankfall {

struct ReplayOptions {
  std::string directory;  // of the run
  std::int64_t cell = 0;
  std::int64_t replica = 0;
  std::int64_t every = 0;  // steps between points of the trace; 0: probe.every
  std::string out;         // netCDF
};

// Writes the trace and returns a line that tells whether the replica ended as it did in the run, bit for bit. Throws
// ConfigError for a cell or replica the experiment does not have.
std::string replay(const ReplayOptions& options);

}  // namespace rankfall
