// Targets, masks and noise.
#include <gtest/gtest.h>

#include <set>

#include "backend/instance.hpp"
#include "tests/backend/reference.hpp"
#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

const std::string tail = "[[phase]]\nname = 'train'\nlearning_rate = 0.1\nsteps = 1\n";

ProblemInstance draw(const std::string& problem, std::int64_t replica = 0, const std::string& more = "") {
  const Experiment experiment = parse("[problem]\n" + problem + tail + more);
  return draw_problem(experiment, experiment.cells.front(), replica);
}

TEST(Target, RandomRankHasItsRankAndSize) {
  for (int rank : {1, 2, 4}) {
    const ProblemInstance instance = draw("rows = 4\ncolumns = 7\nrank = " + std::to_string(rank) + "\n");
    const DenseMatrix target{4, 7, instance.target};
    EXPECT_NEAR(std::sqrt(squares(target) / 28.0), 1.0, 1e-14);
    const std::vector<double> s = lapack_singular_values(target);
    EXPECT_NEAR(instance.largest_singular_value, s[0], 1e-13);
    for (int k = 0; k < 4; ++k) EXPECT_EQ(s[static_cast<std::size_t>(k)] > 1e-10, k < rank) << rank;
  }
}

TEST(Target, SpectrumIsTheGivenOne) {
  const ProblemInstance instance = draw("rows = 7\ncolumns = 4\nspectrum = [3.0, 1.0, 0.25]\n");
  const std::vector<double> s = lapack_singular_values({7, 4, instance.target});
  const std::vector<double> given{3.0, 1.0, 0.25, 0.0};
  for (std::size_t k = 0; k < 4; ++k) EXPECT_NEAR(s[k], given[k], 1e-14);
}

TEST(Target, OfTheSymmetricModelIsPositiveSemidefinite) {
  for (const char* kind : {"rank = 2\n", "spectrum = [2.0, 0.5]\n"}) {
    const ProblemInstance instance = draw(std::string("rows = 5\n") + kind, 0, "[model]\nsymmetric = true\n");
    const DenseMatrix target{5, 5, instance.target};
    EXPECT_EQ(squares(difference(target, transposed(target))), 0.0);
    double trace = 0.0, nuclear = 0.0;
    for (int i = 0; i < 5; ++i) trace += target.at(i, i);
    for (double s : lapack_singular_values(target)) nuclear += s;
    EXPECT_NEAR(trace, nuclear, 1e-13);  // equal if and only if no eigenvalue is negative
  }
}

TEST(Target, NoiseIsOnWhatTheLossSeesOnly) {
  double squared = 0.0;
  int count = 0;
  for (std::int64_t r = 0; r < 100; ++r) {
    const ProblemInstance instance = draw("rows = 5\nnoise = 0.5\nobserved_count = 10\ninstances = 'per-replica'\n", r);
    const ObservedData& data = instance.phase.front();
    EXPECT_NEAR(std::sqrt(squares({5, 5, instance.target}) / 25.0), 1.0, 1e-13);  // the clean target stays clean
    for (std::size_t e = 0; e < 25; ++e) {
      if (data.weight[e] == 0.0) {
        EXPECT_EQ(data.target[e], 0.0);
        continue;
      }
      squared += (data.target[e] - instance.target[e]) * (data.target[e] - instance.target[e]);
      ++count;
    }
  }
  EXPECT_EQ(count, 1000);
  EXPECT_NEAR(squared / count, 0.25, 5.0 * 0.25 * std::sqrt(2.0 / count));
}

TEST(Mask, RandomHasItsCountAndFavoursNobody) {
  std::vector<double> seen(20, 0.0);
  const Experiment experiment =
      parse("[problem]\nrows = 4\ncolumns = 5\nobserved_count = 7\ninstances = 'per-replica'\n" + tail);
  constexpr int draws = 4000;
  for (std::int64_t r = 0; r < draws; ++r) {
    const ProblemInstance instance = draw_problem(experiment, experiment.cells.front(), r);
    const auto& entries = instance.phase.front().entries;
    ASSERT_EQ(entries.size(), 7u);
    std::set<int> distinct;
    for (const ObservedEntry& entry : entries) distinct.insert(entry.row * 5 + entry.column);
    ASSERT_EQ(distinct.size(), 7u);
    for (int e : distinct) seen[static_cast<std::size_t>(e)] += 1.0;
  }
  // Counts per entry have mean n p and, drawn without replacement, (N-1)/N of the chi-square's 19 degrees of freedom.
  const double expected = draws * 7.0 / 20.0, variance = expected * (1.0 - 7.0 / 20.0) * 20.0 / 19.0;
  double chi_square = 0.0;
  for (double count : seen) chi_square += (count - expected) * (count - expected) / variance;
  EXPECT_GT(chi_square, 3.0);   // 1e-5 quantile of 19 degrees of freedom: 3.1
  EXPECT_LT(chi_square, 55.0);  // 1 - 2e-5 quantile: 55
}

TEST(Mask, PatternsAreWhatTheySay) {
  const auto observed = [](const std::string& problem) {
    std::vector<std::pair<int, int>> entries;
    const ProblemInstance instance = draw(problem);
    for (const ObservedEntry& entry : instance.phase.front().entries) entries.push_back({entry.row, entry.column});
    return entries;
  };
  using Entries = std::vector<std::pair<int, int>>;
  EXPECT_EQ(observed("rows = 2\ncolumns = 3\nobserved = 'diagonal'\n"), (Entries{{0, 0}, {1, 1}}));
  EXPECT_EQ(observed("rows = 3\nobserved = 'block-diagonal'\nblocks = [1, 2]\n"),
            (Entries{{0, 0}, {1, 1}, {1, 2}, {2, 1}, {2, 2}}));
  EXPECT_EQ(observed("rows = 2\ncolumns = 3\nobserved = 'chain'\n"), (Entries{{0, 0}, {0, 1}, {1, 1}, {1, 2}}));
  EXPECT_EQ(observed("rows = 3\ncolumns = 2\nobserved = 'chain'\n"), (Entries{{0, 0}, {0, 1}, {1, 1}}));
  EXPECT_EQ(observed("rows = 2\nobserved = [[1, 0], [0, 1]]\n"), (Entries{{0, 1}, {1, 0}}));
  EXPECT_EQ(observed("rows = 2\nobserved = 'full'\n").size(), 4u);
  EXPECT_EQ(observed("rows = 10\nobserved_fraction = 0.33\n").size(), 33u);
}

TEST(Mask, APhasesOwnRandomMaskIsADrawOfItsOwn) {
  const std::string two = "rows = 8\nobserved_count = 32\n";
  const Experiment experiment = parse("[problem]\n" + two + tail +
                                      "[[phase]]\nname = 'b'\nlearning_rate = 0.1\nsteps = 1\nobserved_count = 32\n" +
                                      "[[phase]]\nname = 'c'\nlearning_rate = 0.1\nsteps = 1\n");
  const ProblemInstance instance = draw_problem(experiment, experiment.cells.front(), 0);
  EXPECT_NE(instance.phase[0].weight, instance.phase[1].weight);
  EXPECT_EQ(instance.phase[0].weight, instance.phase[2].weight);
}

TEST(Mask, NestedOnesKeepWhatWasObservedAndDrawTheRest) {
  const std::string phase = "[[phase]]\nlearning_rate = 0.1\nsteps = 1\n", more = phase + "observed_from = 'previous'\nobserved_count = ";
  const Experiment experiment = parse("[problem]\nrows = 4\nobserved_count = 6\ninstances = 'per-replica'\n" + tail + more + "5\n" +
                                      more + "5\n");
  constexpr int draws = 2000;
  std::vector<double> added(16, 0.0);
  for (std::int64_t r = 0; r < draws; ++r) {
    const ProblemInstance instance = draw_problem(experiment, experiment.cells.front(), r);
    ASSERT_EQ(instance.phase[1].entries.size(), 11u);
    ASSERT_EQ(instance.phase[2].entries.size(), 16u);
    for (std::size_t e = 0; e < 16; ++e) {
      EXPECT_LE(instance.phase[0].weight[e], instance.phase[1].weight[e]);
      added[e] += instance.phase[1].weight[e] - instance.phase[0].weight[e];
      if (instance.phase[0].weight[e] > 0.0) {
        EXPECT_EQ(instance.phase[0].target[e], instance.phase[2].target[e]);
      }
    }
  }
  for (const double count : added) EXPECT_NEAR(count, draws * 5.0 / 16.0, 5.0 * std::sqrt(draws * 5.0 / 16.0 * 11.0 / 16.0));
}

TEST(Problem, IsOneForAllOrOneForEach) {
  const std::string problem = "rows = 4\nrank = 2\nobserved_count = 9\nnoise = 0.1\n",
                    own = "instances = 'per-replica'\n";
  EXPECT_EQ(draw(problem, 0).target, draw(problem, 5).target);
  EXPECT_EQ(draw(problem, 0).phase[0].target, draw(problem, 5).phase[0].target);
  EXPECT_NE(draw(problem + own, 0).target, draw(problem + own, 5).target);
  EXPECT_NE(draw(problem + own, 0).phase[0].weight, draw(problem + own, 5).phase[0].weight);
  EXPECT_NE(draw(problem, 0).target, draw(problem + "instance_seed = 1\n", 0).target);
  // Shared instances are one for all cells too: a sweep compares settings on the same problem.
  const Experiment swept = parse("[problem]\n" + problem + tail + "[sweep]\n'model.depth' = [2, 3]\n");
  EXPECT_EQ(draw_problem(swept, swept.cells[0], 0).target, draw_problem(swept, swept.cells[1], 0).target);
}

}  // namespace
}  // namespace rankfall
