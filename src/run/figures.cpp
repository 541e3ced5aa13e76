#include "run/figures.hpp"

#include "run/python_package.hpp"

namespace rankfall {

std::string draw_figures(const std::string& directory, std::string& reason) {
  return run_module("rankfall.figures", {directory}, reason);
}

}  // namespace rankfall
