#pragma once
// Names for the places of an axis: a zip may have a key `label`, texts beside the values of the other keys, which sets nothing.
#include <algorithm>
#include <cstddef>
#include <string_view>

#include "rankfall/sweep.hpp"

namespace rankfall {

inline constexpr std::string_view label_key = "label";

// Whether tables and names of cells show a key of an axis: where there are labels, these alone.
inline bool tells(const Axis& axis, std::size_t key) {
  return axis.keys[key] == label_key || std::find(axis.keys.begin(), axis.keys.end(), label_key) == axis.keys.end();
}

}  // namespace rankfall
