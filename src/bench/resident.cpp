#include "bench/resident.hpp"

#include <fstream>
#include <sstream>
#include <string>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace rankfall {

namespace {

// "VmRSS:     1234 kB" of Linux's account of this process, in bytes.
std::optional<std::int64_t> account(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    std::istringstream words(line);
    std::string word;
    std::int64_t kilobytes = 0;
    if (words >> word >> kilobytes && word == name + ":") return kilobytes * 1024;
  }
  return std::nullopt;
}

}  // namespace

ResidentGrowth::ResidentGrowth() {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
  std::ofstream reset("/proc/self/clear_refs");
  reset << "5" << std::flush;  // the peak begins again at what is resident now
  if (reset) before_ = account("VmRSS");
}

std::optional<std::int64_t> ResidentGrowth::peak_bytes() const {
  const std::optional<std::int64_t> peak = account("VmHWM");
  if (!before_ || !peak) return std::nullopt;
  return *peak - *before_;
}

}  // namespace rankfall
