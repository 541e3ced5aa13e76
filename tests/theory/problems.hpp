#pragma once
// Completion problems made for tests.
#include <algorithm>
#include <numeric>
#include <random>
#include <vector>

#include "theory/completion.hpp"

namespace rankfall {

using Numbers = std::vector<double>;

// What is observed of a dense matrix.
inline CompletionProblem observe(int rows, int columns, const Numbers& matrix, const std::vector<int>& places) {
  CompletionProblem problem{rows, columns, {}, {}};
  for (const int place : places) {
    problem.entries.push_back({place / columns, place % columns, 1.0});
    problem.values.push_back(matrix[static_cast<std::size_t>(place)]);
  }
  return problem;
}

inline std::vector<int> all_places(int rows, int columns) {
  std::vector<int> places(static_cast<std::size_t>(rows) * columns);
  std::iota(places.begin(), places.end(), 0);
  return places;
}

inline Numbers random_matrix(std::mt19937_64& random, int rows, int columns, int rank) {
  std::normal_distribution<double> normal;
  Numbers matrix(static_cast<std::size_t>(rows) * columns, 0.0);
  for (int k = 0; k < rank; ++k) {
    Numbers left(static_cast<std::size_t>(rows)), right(static_cast<std::size_t>(columns));
    for (double& x : left) x = normal(random);
    for (double& x : right) x = normal(random);
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) matrix[static_cast<std::size_t>(i * columns + j)] += left[i] * right[j];
  }
  return matrix;
}

inline std::vector<int> random_places(std::mt19937_64& random, int rows, int columns, int count) {
  std::vector<int> places = all_places(rows, columns);
  std::shuffle(places.begin(), places.end(), random);
  places.resize(static_cast<std::size_t>(count));
  std::sort(places.begin(), places.end());
  return places;
}

// Problems of sizes 1 to 8, of ranks 1 to 3, with one observed entry up to all.
inline std::vector<CompletionProblem> random_problems(std::uint64_t seed, int count) {
  std::mt19937_64 random(seed);
  const auto between = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  std::vector<CompletionProblem> problems;
  for (int k = 0; k < count; ++k) {
    const int rows = between(1, 8), columns = between(1, 8);
    const Numbers matrix = random_matrix(random, rows, columns, between(1, 3));
    problems.push_back(
        observe(rows, columns, matrix, random_places(random, rows, columns, between(1, rows * columns))));
  }
  return problems;
}

}  // namespace rankfall
