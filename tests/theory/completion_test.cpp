#include "theory/completion.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "backend/instance.hpp"
#include "rankfall/error.hpp"
#include "tests/theory/problems.hpp"

namespace rankfall {
namespace {

Completion complete_one(const CompletionProblem& problem) { return complete({problem}, {}).front(); }

double nuclear_norm(int rows, int columns, const Numbers& matrix) {
  const Numbers values = singular_values_of(rows, columns, matrix);
  return std::accumulate(values.begin(), values.end(), 0.0);
}

void expect_certified(const Completion& answer, double norm) {
  EXPECT_LE(answer.lower, norm * (1.0 + 1e-15));
  EXPECT_GE(answer.upper, norm * (1.0 - 1e-15));
  EXPECT_LE(answer.relative_gap(), 1e-8);
}

// Li, Luo & Lyu 2021: greedy low-rank learning completes it by rank one, of nuclear norm 2 + 2 R^2; the minimum is 4 R.
TEST(Completion, CounterExampleOfGreedyLowRankLearning) {
  for (const double R : {2.0, 3.0, 100.0}) {
    const CompletionProblem problem{4, 4, {{0, 2}, {0, 3}, {1, 2}, {2, 0}, {2, 1}, {3, 0}}, {1, R, R, 1, R, R}};
    expect_certified(complete_one(problem), 4.0 * R);
    const Numbers other{R, 1, 1, R, 1, R, R, 1, 1, R, R, 1, R, 1, 1, R};  // a minimiser too: there are many
    EXPECT_NEAR(nuclear_norm(4, 4, other), 4.0 * R, 1e-12 * R);
  }
}

TEST(Completion, DiagonalObservationsHaveTheSumOfTheirSizes) {
  const CompletionProblem problem{4, 6, {{0, 0}, {1, 1}, {2, 2}, {3, 3}}, {3.0, -1.0, 0.5, -0.125}};
  const Completion answer = complete_one(problem);
  expect_certified(answer, 4.625);
  EXPECT_EQ(answer.rank(), 4);
}

TEST(Completion, OneRowHasTheEuclideanNormOfWhatIsSeen) {
  const Completion answer = complete_one({1, 5, {{0, 1}, {0, 4}}, {3.0, -4.0}});
  expect_certified(answer, 5.0);
  EXPECT_EQ(answer.rank(), 1);
  for (const int unseen : {0, 2, 3}) EXPECT_NEAR(answer.completion[static_cast<std::size_t>(unseen)], 0.0, 1e-7);
}

TEST(Completion, WhollyObservedMatrixIsItsOwnCompletion) {
  std::mt19937_64 random(5);
  for (const int rank : {1, 2, 5}) {
    const Numbers matrix = random_matrix(random, 7, 5, rank);
    const Completion answer = complete_one(observe(7, 5, matrix, all_places(7, 5)));
    EXPECT_EQ(answer.completion, matrix);
    expect_certified(answer, nuclear_norm(7, 5, matrix));
    EXPECT_EQ(answer.rank(), rank);
  }
}

TEST(Completion, NothingButZerosIsCompletedByZeros) {
  for (const CompletionProblem& problem :
       {CompletionProblem{2, 3, {{0, 0}, {1, 2}}, {0.0, 0.0}}, CompletionProblem{2, 3, {}, {}}}) {
    const Completion answer = complete_one(problem);
    EXPECT_EQ(answer.lower, 0.0);
    EXPECT_EQ(answer.upper, 0.0);
    EXPECT_EQ(answer.completion, Numbers(6, 0.0));
    EXPECT_EQ(answer.rank(), 0);
  }
}

// Candes & Recht 2009: enough entries of a matrix of low rank determine it.
TEST(Completion, RecoversLowRankFromManyEntries) {
  std::mt19937_64 random(11);
  const Numbers matrix = random_matrix(random, 20, 20, 1);
  const Completion answer = complete_one(observe(20, 20, matrix, random_places(random, 20, 20, 280)));
  expect_certified(answer, nuclear_norm(20, 20, matrix));
  EXPECT_EQ(answer.rank(), 1);
  for (std::size_t e = 0; e < matrix.size(); ++e) EXPECT_NEAR(answer.completion[e], matrix[e], 1e-4);
}

// Observations in two blocks: the norm of the whole is the sum of the blocks' norms.
TEST(Completion, DisconnectedObservationsAddUp) {
  std::mt19937_64 random(3);
  const auto first = observe(3, 4, random_matrix(random, 3, 4, 2), random_places(random, 3, 4, 8));
  const auto second = observe(4, 3, random_matrix(random, 4, 3, 1), random_places(random, 4, 3, 7));
  CompletionProblem both{7, 7, first.entries, first.values};
  for (const ObservedEntry& entry : second.entries) both.entries.push_back({entry.row + 3, entry.column + 4, 1.0});
  both.values.insert(both.values.end(), second.values.begin(), second.values.end());
  const auto answers = complete({first, second, both}, {});
  EXPECT_LE(answers[2].lower, answers[0].upper + answers[1].upper);
  EXPECT_GE(answers[2].upper, answers[0].lower + answers[1].lower);
  EXPECT_LE(answers[2].relative_gap(), 1e-8);
}

TEST(Completion, BoundsHoldForRandomProblems) {
  const auto problems = random_problems(1, 500);
  const auto answers = complete(problems, {});
  for (std::size_t k = 0; k < problems.size(); ++k) {
    SCOPED_TRACE(k);
    const CompletionProblem& problem = problems[k];
    const Completion& answer = answers[k];
    EXPECT_LE(answer.lower, answer.upper);
    EXPECT_LE(answer.relative_gap(), 1e-8);
    Numbers filled(answer.completion.size(), 0.0);
    for (std::size_t e = 0; e < problem.values.size(); ++e) {
      const std::size_t place =
          static_cast<std::size_t>(problem.entries[e].row) * problem.columns + problem.entries[e].column;
      EXPECT_EQ(answer.completion[place], problem.values[e]);
      filled[place] = problem.values[e];
    }
    EXPECT_LE(answer.lower, nuclear_norm(problem.rows, problem.columns, filled) * (1.0 + 1e-13));
    EXPECT_NEAR(answer.upper, nuclear_norm(problem.rows, problem.columns, answer.completion), 1e-11 * answer.upper);
  }
}

TEST(Completion, GapIsReportedWhereStepsRunOut) {
  CompletionOptions few;
  few.most_iterations = 4;
  const auto problems = random_problems(2, 50);
  const auto rough = complete(problems, few), fine = complete(problems, {});
  int unfinished = 0;
  for (std::size_t k = 0; k < problems.size(); ++k) {
    EXPECT_LE(rough[k].iterations, 4);
    EXPECT_LE(rough[k].lower, fine[k].upper);
    EXPECT_GE(rough[k].upper, fine[k].lower);
    unfinished += rough[k].relative_gap() > 1e-8;
  }
  EXPECT_GT(unfinished, 25);  // a single row needs no more than four
}

TEST(Completion, ScalesAndTransposesExactly) {
  for (const CompletionProblem& problem : random_problems(4, 20)) {
    CompletionProblem large = problem, tiny = problem, turned = problem;
    for (double& x : large.values) x = std::scalbn(x, 900);
    for (double& x : tiny.values) x = std::scalbn(x, -900);
    if (problem.rows != problem.columns) {
      std::swap(turned.rows, turned.columns);
      for (ObservedEntry& entry : turned.entries) std::swap(entry.row, entry.column);
    }
    const auto answers = complete({problem, large, tiny, turned}, {});
    EXPECT_EQ(answers[1].singular_values.front(), std::scalbn(answers[0].singular_values.front(), 900));
    EXPECT_EQ(answers[2].singular_values.front(), std::scalbn(answers[0].singular_values.front(), -900));
    EXPECT_EQ(answers[3].lower, answers[0].lower);
    EXPECT_EQ(answers[3].upper, answers[0].upper);
  }
}

TEST(Completion, RefusesWhatItCannotFactor) {
  CompletionProblem problem{100, 100, std::vector<ObservedEntry>(most_completion_entries + 1), {}};
  problem.values.assign(problem.entries.size(), 1.0);
  EXPECT_THROW(complete({problem}, {}), ConfigError);
}

void expect_same_bits(const Completion& a, const Completion& b) {
  ASSERT_EQ(a.completion.size(), b.completion.size());
  EXPECT_EQ(std::memcmp(a.completion.data(), b.completion.data(), a.completion.size() * sizeof(double)), 0);
  EXPECT_EQ(a.lower, b.lower);
  EXPECT_EQ(a.upper, b.upper);
  EXPECT_EQ(a.iterations, b.iterations);
}

TEST(ThreadsCompletion, BitsDoNotDependOnBatchOrThreads) {
  auto problems = random_problems(6, 60);
  std::mt19937_64 random(7);
  for (int k = 0; k < 20; ++k)  // many of one shape: full registers
    problems.push_back(observe(5, 5, random_matrix(random, 5, 5, 1), random_places(random, 5, 5, 12)));
  const auto together = complete(problems, {1e-8, 200, 3});
  std::vector<CompletionProblem> reversed(problems.rbegin(), problems.rend());
  const auto backwards = complete(reversed, {1e-8, 200, 1});
  for (std::size_t k = 0; k < problems.size(); ++k) {
    SCOPED_TRACE(k);
    expect_same_bits(together[k], complete_one(problems[k]));
    expect_same_bits(together[k], backwards[problems.size() - 1 - k]);
  }
}

}  // namespace
}  // namespace rankfall
