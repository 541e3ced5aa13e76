// The least rank of completions and when the target is the only one of it, against the tangent space of matrices of that rank; the
// law of connected observations beside the program's own flows.
#include <gtest/gtest.h>

#include "backend/instance.hpp"
#include "backend/observation_graph.hpp"
#include "tests/backend/support.hpp"
#include "tests/theory/problems.hpp"
#include "theory/low_rank.hpp"
#include "theory/low_rank_laws.hpp"

namespace rankfall {
namespace {

std::vector<int> all_but(int rows, int columns, std::initializer_list<int> hidden) {
  std::vector<int> places;
  for (const int place : all_places(rows, columns))
    if (std::find(hidden.begin(), hidden.end(), place) == hidden.end()) places.push_back(place);
  return places;
}

LeastRank least_rank_of(int rows, int columns, const Numbers& matrix, const std::vector<int>& places) {
  return least_rank(rows, columns, observe(rows, columns, matrix, places).entries, matrix);
}

// Rank of the derivative of the observed entries of U V^T by U and V, at factors of `matrix`; injective up to the r^2 directions
// that leave U V^T as it is if no completion of that rank is near.
bool is_rigid(std::mt19937_64& random, int rows, int columns, int rank, const std::vector<int>& places) {
  const Numbers u = random_matrix(random, rows, rank, rank), v = random_matrix(random, columns, rank, rank);
  const int unknowns = rank * (rows + columns);
  Numbers jacobian(places.size() * static_cast<std::size_t>(unknowns), 0.0);
  for (std::size_t e = 0; e < places.size(); ++e)
    for (int k = 0; k < rank; ++k) {
      const int i = places[e] / columns, j = places[e] % columns;
      jacobian[e * static_cast<std::size_t>(unknowns) + static_cast<std::size_t>(i * rank + k)] = v[static_cast<std::size_t>(j * rank + k)];
      jacobian[e * static_cast<std::size_t>(unknowns) + static_cast<std::size_t>((rows + j) * rank + k)] = u[static_cast<std::size_t>(i * rank + k)];
    }
  const auto spectrum = singular_values_of(static_cast<int>(places.size()), unknowns, jacobian);
  const auto directions = std::count_if(spectrum.begin(), spectrum.end(), [&](double s) { return s > 1e-9 * spectrum[0]; });
  return directions == rank * (rows + columns - rank);
}

// Of generic matrices: unique only where no other completion is near; and often found so, or the test would see nothing.
TEST(LeastRank, IsUniqueOnlyWhereTheTangentSpaceSaysSo) {
  std::mt19937_64 random(5);
  int unique = 0, rigid = 0;
  for (int k = 0; k < 120; ++k) {
    const int rank = 1 + k % 3, rows = 4 + k % 2, columns = 4 + k % 3;
    const Numbers matrix = random_matrix(random, rows, columns, rank);
    const int least = rank * (rows + columns - rank), count = std::min(least + k % 7, rows * columns - 1);
    const auto places = random_places(random, rows, columns, count);
    const LeastRank found = least_rank_of(rows, columns, matrix, places);
    EXPECT_EQ(found.rank, rank);
    const bool at_most_one = is_rigid(random, rows, columns, rank, places);
    EXPECT_TRUE(!found.unique || (found.proven && at_most_one)) << k;
    unique += found.unique ? 1 : 0;
    rigid += at_most_one ? 1 : 0;
  }
  EXPECT_GT(unique, 20);
  EXPECT_GE(rigid, unique);
  EXPECT_LT(rigid, 120);
}

// Rank one without zeros: what is joined follows, and nothing else does.
TEST(LeastRank, OfRankOneIsThatOfTheGraph) {
  std::mt19937_64 random(8);
  int joined = 0;
  for (int k = 0; k < 60; ++k) {
    const Numbers matrix = random_matrix(random, 4, 5, 1);
    const auto places = random_places(random, 4, 5, 6 + k % 8);
    const auto seen = observe(4, 5, matrix, places).entries;
    const bool connected = observation_graph(4, 5, seen).components_with_isolated() == 1;
    EXPECT_EQ(least_rank(4, 5, seen, matrix).unique, connected) << k;
    joined += connected ? 1 : 0;
  }
  EXPECT_GT(joined, 10);
  EXPECT_LT(joined, 50);
}

TEST(LeastRank, IsProvenByABlockOfObservedEntriesAlone) {
  std::mt19937_64 random(2);
  const Numbers matrix = random_matrix(random, 4, 4, 3);
  EXPECT_TRUE(least_rank_of(4, 4, matrix, all_but(4, 4, {5})).unique);
  // Two hidden entries of one row: one follows from rows of rank 3 on three columns each, of two nothing does.
  EXPECT_TRUE(least_rank_of(4, 4, matrix, all_but(4, 4, {5, 6})).proven);
  EXPECT_FALSE(least_rank_of(4, 4, matrix, all_but(4, 4, {5, 6})).unique);
  EXPECT_FALSE(least_rank_of(4, 4, matrix, all_but(4, 4, {0, 5, 10, 15})).proven);  // no 3 x 3 block is left
  const Numbers swap{0, 1, 1, 0};  // W11 hidden: rank 1 is a limit that no completion has, and rank 2 has no block
  EXPECT_FALSE(least_rank_of(2, 2, swap, {1, 2, 3}).proven);
  EXPECT_FALSE(least_rank_of(40, 40, random_matrix(random, 40, 40, 4), all_but(40, 40, {0})).proven);  // 91390 sets of rows
}

const LawComparison* law_of(const std::vector<CellEstimate>& estimates, const std::string& name) {
  for (const LawComparison& each : estimates.at(0).laws)
    if (each.law == name) return &each;
  return nullptr;
}

std::vector<CellEstimate> estimated(const Overrides& overrides) {
  const Experiment experiment = test::parse(
      "precision = 'float64'\nreplicas = 8\n[problem]\ntarget = [[1, 0, -1], [0, -2, -1], [-1, -2, 0]]\n"
      "observed = [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2], [2, 0], [2, 1]]\n[initialization]\nscale = 1e-5\n"
      "[objective]\nloss = 'half-sum-squared'\n[[phase]]\nname = 'before'\noptimizer = 'gradient-flow'\nobserved = 'diagonal'\ntime = 0\n"
      "[[phase]]\nname = 'flow'\noptimizer = 'gradient-flow'\ntime = 1e4\nstop = { loss = 1e-16 }\n"
      "[probe]\nevery = 50\n", overrides);
  const RunResults results = test::train(experiment);
  std::vector<CellEstimate> estimates(results.size());
  add_laws(experiment, results, estimates);
  return estimates;
}

TEST(LowRankLaw, IsThatOfConnectedObservations) {
  const auto small = estimated({});
  ASSERT_NE(law_of(small, "low_rank"), nullptr);
  EXPECT_EQ(law_of(small, "low_rank")->predicted, 2.0);
  EXPECT_EQ(law_of(small, "low_rank")->measured, 2.0);
  EXPECT_EQ(law_of(small, "low_rank")->replicas, 8);
  ASSERT_NE(law_of(small, "low_rank_completion"), nullptr);
  EXPECT_LT(law_of(small, "low_rank_completion")->difference, 1e-3);
  const auto large = estimated({"initialization.scale=1"});
  EXPECT_EQ(law_of(large, "low_rank")->predicted, 2.0);
  EXPECT_EQ(law_of(large, "low_rank")->measured, 3.0);
  EXPECT_GT(law_of(large, "low_rank_completion")->difference, 10.0 * law_of(small, "low_rank_completion")->difference);
}

TEST(LowRankLaw, SaysNothingWhereItsConditionsFail) {
  EXPECT_EQ(law_of(estimated({"problem.noise=0.1"}), "low_rank"), nullptr);
  EXPECT_EQ(law_of(estimated({"model.depth=3", "initialization.scale=0.1"}), "low_rank"), nullptr);
  EXPECT_EQ(law_of(estimated({"problem.observed='diagonal'"}), "low_rank"), nullptr);
  EXPECT_EQ(law_of(estimated({"phase.flow.time=1"}), "low_rank"), nullptr);  // nobody fits yet
  EXPECT_EQ(law_of(estimated({"phase.before.time=100"}), "low_rank"), nullptr);  // it does not start from a small W
}

}  // namespace
}  // namespace rankfall
