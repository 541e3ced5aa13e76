#pragma once
// Figures are drawn by the Python package, as a program of its own.
#include <string>

namespace rankfall {

// Draws DIR/figures/*.png. Returns the files' paths, a line each, or (empty) with the reason in `reason`.
std::string draw_figures(const std::string& directory, std::string& reason);

}  // namespace rankfall
