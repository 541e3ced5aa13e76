#include "cli/option_checks.hpp"

#include <fmt/core.h>

#include <cmath>
#include <cstdlib>

namespace rankfall::cli {

namespace {

template <class Rule>
std::string complaint(const std::string& text, const Rule& holds, const std::string& wanted) {
  char* stop = nullptr;
  const double value = std::strtod(text.c_str(), &stop);
  const bool whole = !text.empty() && stop == text.c_str() + text.size();
  return whole && std::isfinite(value) && holds(value) ? "" : fmt::format("{} is not {}", text, wanted);
}

}  // namespace

std::string positive(const std::string& text) {
  return complaint(text, [](double x) { return x > 0.0; }, "a number above 0");
}

std::string not_negative(const std::string& text) {
  return complaint(text, [](double x) { return x >= 0.0; }, "a number of at least 0");
}

std::function<std::string(const std::string&)> between(double low, double high) {
  return [low, high](const std::string& text) {
    return complaint(text, [&](double x) { return x >= low && x <= high; }, fmt::format("between {:g} and {:g}", low, high));
  };
}

}  // namespace rankfall::cli
