#pragma once
// Ranges of options, told in numbers that can be read. Each returns what is wrong with the text, empty if nothing is.
#include <functional>
#include <string>

namespace rankfall::cli {

std::string positive(const std::string& text);
std::string not_negative(const std::string& text);
std::function<std::string(const std::string&)> between(double low, double high);  // both included

}  // namespace rankfall::cli
