// Starts that are drawn again until they are as required.
#include <gtest/gtest.h>

#include "backend/instance.hpp"
#include "tests/backend/reference.hpp"
#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

TEST(Requirement, EveryDeterminantIsPositiveAndTriesAreCounted) {
  const Experiment experiment = parse(R"(
seed = 3
replicas = 600
[problem]
rows = 4
rank = 2
[model]
depth = 3
width = [6, 5]
[initialization]
require = 'positive-determinant'
[[phase]]
learning_rate = 1e-3
steps = 1
[probe]
classify_at_end = 'numerical'
)");
  const Cell& cell = experiment.cells.front();
  const ReplicaResults results = train(experiment).at(0);
  double tries = 0.0;
  for (std::int64_t r = 0; r < 600; ++r) {
    const auto determinant = [&](int attempt) {
      Experiment free = experiment;
      free.cells.front().initialization.requirement = Requirement::none;
      const DrawnFactors drawn = draw_factors(free, free.cells.front(), r, attempt);
      Factors factors;
      for (int l = 0; l < 3; ++l)
        factors.push_back(
            {cell.model.factor_rows(l), cell.model.factor_columns(l), drawn.factor[static_cast<std::size_t>(l)]});
      return lapack_determinant(product(factors));
    };
    const int accepted = results.tries[static_cast<std::size_t>(r)] - 1;
    for (int attempt = 0; attempt < accepted; ++attempt) EXPECT_LT(determinant(attempt), 0.0);
    EXPECT_GT(determinant(accepted), 0.0);
    tries += accepted + 1;
  }
  EXPECT_NEAR(tries / 600.0, 2.0, 5.0 * std::sqrt(2.0 / 600.0));  // geometric: half of all starts qualify
}

const std::string settling = "seed = 5\nreplicas = 64\n" + k5a_problem + R"(
[model]
depth = 3
[initialization]
scale = 0.4
require = { settled_rank = 2 }
[objective]
ridge = 0.03
[[phase]]
name = 'settle'
learning_rate = 0.05
steps = 30000
stop = { gradient_norm = 1e-4 }
[[phase]]
name = 'noise'
optimizer = 'sgd'
learning_rate = 0.02
steps = 10
[probe]
every = 500
)";

TEST(Requirement, EveryReplicaSettlesAtTheRank) {
  const Experiment experiment = parse(settling);
  const RunResults results = train(experiment);
  double tries = 0.0;
  for (std::size_t r = 0; r < 64; ++r) {
    EXPECT_EQ(results[0].start_rank[r], 2);
    tries += results[0].tries[r];
  }
  // 30 to 33 % of the starts settle there: a mean of 3.0 to 3.3 draws, with a standard deviation of 2.7 each.
  EXPECT_NEAR(tries / 64.0, 3.15, 5.0 * 2.7 / 8.0);
  EXPECT_EQ(results_checksum(train(experiment, cut(experiment, 3))), results_checksum(results));
}

TEST(Requirement, ThatCannotHoldEndsInOneLine) {
  const std::string impossible =
      refusal(parse(settling, {"initialization.require={settled_rank=5}", "initialization.maximum_tries=3"}));
  EXPECT_EQ(impossible,
            "initialization.require: no start settles at rank 5 in 3 draws; the first phase ends at another rank every "
            "time; require another rank, change initialization.scale, or raise initialization.maximum_tries");
  const std::string negative = refusal(parse(R"(
[problem]
rows = 2
[initialization]
kind = 'affine'
mixing = 3.0
require = 'positive-determinant'
[model]
depth = 3
[[phase]]
learning_rate = 0.1
steps = 1
)"));
  EXPECT_NE(negative.find("initialization.require: no start with a positive determinant in "), std::string::npos)
      << negative;
}

TEST(Requirement, FailureNamesTheCell) {
  const std::string text =
      refusal(parse(settling + "[sweep]\n'objective.ridge' = [0.03, 0.04]\n",
                    {"initialization.require={settled_rank=5}", "initialization.maximum_tries=2"}));
  EXPECT_NE(text.find("(cell ridge=0.03)"), std::string::npos) << text;
}

}  // namespace
}  // namespace rankfall
