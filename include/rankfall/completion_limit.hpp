#pragma once
// How large a problem whose completion of minimum nuclear norm is asked for may be.
#include <cstddef>

namespace rankfall {

inline constexpr std::size_t most_completion_entries = 8192;  // observed; a matrix of this size squared is factored

}  // namespace rankfall
