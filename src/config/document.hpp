#pragma once
// The only door to the TOML parser.
#include <string>
#include <vector>

#include "config/node.hpp"

namespace rankfall::config {

// Parses a whole file; `origin` is what messages call it. Throws ConfigError with the line of a syntax error.
Node parse_document(const std::string& text, const std::string& origin);

// One `--set key=value`, taken apart.
struct Assignment {
  std::vector<std::string> path;  // {"phase", "noise", "steps"}
  Node value;
};

// The value is read as TOML; one that is no TOML is taken as a string unless it begins like a list, table or string.
// Throws ConfigError.
Assignment parse_assignment(const std::string& override_text);

}  // namespace rankfall::config
