#pragma once
// Matrices in text files.
#include <string>

#include "rankfall/problem.hpp"

namespace rankfall::config {

// Comma, semicolon, tab or blank separated, one row a line; '#' starts a comment, empty lines are skipped. The
// separator is the first of ; , TAB that the first row has, else blanks. Throws ConfigError with file:line.
Matrix read_csv(const std::string& path);

}  // namespace rankfall::config
