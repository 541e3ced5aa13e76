#include "theory/hidden_rows.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/cholesky.hpp"
#include "kernels/draw.hpp"

namespace rankfall {

namespace {

using Numbers = std::vector<double>;

// Rows of `fitted` (count x rank) that best reproduce the observed entries of fitted * other^T, `other` standing still,
// with ridge * ||fitted||_F^2.
struct Sample {
  int row, column;
  double value;
};
void refit(const std::vector<Sample>& samples, int rank, double ridge, const Numbers& other, Numbers& fitted) {
  const auto r = static_cast<std::size_t>(rank);
  const std::size_t count = fitted.size() / r;
  Numbers system(count * r * r, 0.0), right(fitted.size(), 0.0);
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t k = 0; k < r; ++k) system[(i * r + k) * r + k] = ridge;
  for (const Sample& sample : samples) {
    const double* v = other.data() + static_cast<std::size_t>(sample.column) * r;
    const auto i = static_cast<std::size_t>(sample.row);
    for (std::size_t k = 0; k < r; ++k) {
      right[i * r + k] += sample.value * v[k];
      for (std::size_t l = k; l < r; ++l) system[(i * r + k) * r + l] += v[k] * v[l];
    }
  }
  for (std::size_t i = 0; i < count; ++i) {
    if (!(kernels::cholesky(rank, system.data() + i * r * r) > 0.0)) continue;
    kernels::solve_cholesky(rank, system.data() + i * r * r, right.data() + i * r);
    std::copy_n(right.data() + i * r, r, fitted.data() + i * r);
  }
}

// A matrix of the given rank that fits what is observed as well as alternating least squares finds from random factors.
// The ridge fades: where many fit, it has chosen one of small factors by then.
Numbers low_rank_fit(const HiddenRows& problem, int rank, kernels::VariateSequence& variates) {
  std::vector<Sample> by_row, by_column;
  for (int i = 0; i < problem.rows; ++i)
    for (const int j : problem.seen[static_cast<std::size_t>(i)]) {
      by_row.push_back({i, j, problem.observed[static_cast<std::size_t>(i) * problem.columns + j]});
      by_column.push_back({j, i, by_row.back().value});
    }
  Numbers left(static_cast<std::size_t>(problem.rows) * rank), right(static_cast<std::size_t>(problem.columns) * rank);
  for (Numbers* factor : {&left, &right})
    for (double& x : *factor) x = variates.normal();
  double ridge = 0.1;
  for (int sweep = 0; sweep < 300; ++sweep, ridge *= 0.95) {
    refit(by_row, rank, ridge, right, left);
    refit(by_column, rank, ridge, left, right);
  }
  Numbers matrix(problem.observed.size(), 0.0);
  for (int i = 0; i < problem.rows; ++i)
    for (int j = 0; j < problem.columns; ++j)
      for (int k = 0; k < rank; ++k)
        matrix[static_cast<std::size_t>(i) * problem.columns + j] +=
            left[static_cast<std::size_t>(i) * rank + k] * right[static_cast<std::size_t>(j) * rank + k];
  return matrix;
}

}  // namespace

HiddenRows hidden_rows_of(const CompletionProblem& problem) {
  HiddenRows r;
  r.transposed = problem.rows > problem.columns;
  r.rows = std::min(problem.rows, problem.columns), r.columns = std::max(problem.rows, problem.columns);
  double largest = 0.0;
  for (const double x : problem.values) largest = std::max(largest, std::abs(x));
  if (largest > 0.0) r.exponent = std::ilogb(largest);
  const auto size = static_cast<std::size_t>(r.rows) * r.columns;
  r.observed.assign(size, 0.0);
  std::vector<char> is_seen(size, 0);
  for (std::size_t e = 0; e < problem.entries.size(); ++e) {
    const int i = r.transposed ? problem.entries[e].column : problem.entries[e].row;
    const int j = r.transposed ? problem.entries[e].row : problem.entries[e].column;
    const std::size_t place = static_cast<std::size_t>(i) * r.columns + j;
    r.observed[place] = std::scalbn(problem.values[e], -r.exponent);
    is_seen[place] = 1;
  }
  r.hidden.resize(static_cast<std::size_t>(r.rows));
  r.seen.resize(static_cast<std::size_t>(r.rows));
  for (std::size_t place = 0; place < size; ++place)
    (is_seen[place] != 0 ? r.seen : r.hidden)[place / r.columns].push_back(static_cast<int>(place % r.columns));
  return r;
}

Numbers starting_matrix(const HiddenRows& problem, const Numbers& minimum, int start) {
  const std::uint64_t key = kernels::random_key(static_cast<std::uint64_t>(start), 0);
  kernels::VariateSequence variates({static_cast<kernels::Word>(key), static_cast<kernels::Word>(key >> 32), 0,
                                     kernels::use_word(kernels::Stream::initialization, 0, 0)});
  Numbers hidden = minimum;
  if (start == 0) {
    for (int i = 0; i < problem.rows; ++i)
      for (int j = 0; j < problem.columns; ++j)
        hidden[static_cast<std::size_t>(i) * problem.columns + j] =
            std::scalbn(minimum[problem.transposed ? static_cast<std::size_t>(j) * problem.rows + i
                                                   : static_cast<std::size_t>(i) * problem.columns + j],
                        -problem.exponent);
  } else if (start % 2 == 1) {
    hidden = low_rank_fit(problem, 1 + start / 2 % problem.rows, variates);
  } else {
    for (double& x : hidden) x = variates.normal();
  }
  Numbers matrix = problem.observed;
  for (int i = 0; i < problem.rows; ++i)
    for (const int j : problem.hidden[static_cast<std::size_t>(i)]) {
      const std::size_t place = static_cast<std::size_t>(i) * problem.columns + j;
      matrix[place] = hidden[place];
    }
  return matrix;
}

}  // namespace rankfall
