#pragma once
// How long a thread trains before it looks up.
#include <algorithm>
#include <cstdint>

namespace rankfall {

// Steps that take about a fifth of a second. It grows and shrinks with what was measured; how steps are sliced changes
// no number.
class Slice {
 public:
  std::int64_t steps() const { return steps_; }
  void took(std::int64_t steps, double seconds) {
    if (seconds > 0.4) steps_ = std::max<std::int64_t>(1, steps / 2);
    else if (seconds < 0.1 && steps == steps_) steps_ *= 2;
  }

 private:
  std::int64_t steps_ = 64;
};

}  // namespace rankfall
