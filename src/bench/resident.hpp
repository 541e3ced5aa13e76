#pragma once
// How much memory this process has come to occupy.
#include <cstdint>
#include <optional>

namespace rankfall {

// Peak of the resident memory since construction, beyond what was resident then. What the allocator kept for later is
// given back to the system first.
class ResidentGrowth {
 public:
  ResidentGrowth();
  std::optional<std::int64_t> peak_bytes() const;  // none where the system does not tell

 private:
  std::optional<std::int64_t> before_;
};

}  // namespace rankfall
