#pragma once
// A completion problem row by row, and matrices to begin a search for completions from.
#include <vector>

#include "theory/completion.hpp"

namespace rankfall {

// A problem with at most as many rows as columns, values of order one, and what of each row is not observed.
struct HiddenRows {
  int rows = 0, columns = 0;
  bool transposed = false;
  int exponent = 0;                      // given values = values * 2^exponent
  std::vector<double> observed;          // dense, zero where unobserved
  std::vector<std::vector<int>> hidden;  // of each row: unobserved columns
  std::vector<std::vector<int>> seen;
};

HiddenRows hidden_rows_of(const CompletionProblem& problem);

// Where start number `start` begins: 0 from the completion of minimum nuclear norm; odd ones from a fit of rank 1, 2,
// ...; the other ones from random hidden entries about as large as the observed.
std::vector<double> starting_matrix(const HiddenRows& problem, const std::vector<double>& minimum, int start);

}  // namespace rankfall
