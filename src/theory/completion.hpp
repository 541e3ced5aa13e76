#pragma once
// Completion of minimum nuclear norm, many problems at once, each answered with two proven bounds.
#include <cstddef>
#include <stop_token>
#include <vector>

#include "rankfall/completion_limit.hpp"
#include "rankfall/observations.hpp"

namespace rankfall {

// Minimise the nuclear norm ||X||_* (sum of singular values) over rows x columns matrices with X_ij = value at the
// observed entries.
struct CompletionProblem {
  int rows = 0;
  int columns = 0;
  std::vector<ObservedEntry> entries;  // distinct; weights play no part
  std::vector<double> values;          // finite, one per entry
};

struct CompletionOptions {
  double tolerance = 1e-8;    // of the gap, relative to the upper bound; at least smallest_tolerance
  int most_iterations = 200;  // Newton steps
  int threads = 0;            // 0: one per core
  std::stop_token stop{};     // looked at between Newton's steps
};
inline constexpr double smallest_tolerance = 1e-10;  // below it the rounding that the bounds allow for is felt

struct Completion {
  double lower = 0.0;                   // proven: lower <= min ||X||_* <= upper, rounding included
  double upper = 0.0;                   // at least the norm of `completion`
  std::vector<double> completion;       // X, dense row-major; agrees with the problem's values exactly
  std::vector<double> singular_values;  // of X, descending
  int iterations = 0;

  double gap() const { return upper - lower; }
  double relative_gap() const { return upper > 0.0 ? gap() / upper : 0.0; }
  // Singular values above `tolerance` times the largest. Where minimisers are many X lies amidst them, and has the
  // largest rank among them.
  int rank(double tolerance = 1e-4) const;
};

// One answer per problem, in their order; an answer's bits depend on its problem and the options but not on the other
// problems or on threads. If the tolerance is not reached, relative_gap() says so. Throws ConfigError if a problem has
// more than most_completion_entries entries, and Stopped (rankfall/error.hpp) if a stop is requested meanwhile.
std::vector<Completion> complete(const std::vector<CompletionProblem>& problems, const CompletionOptions& options);

}  // namespace rankfall
