// Instance K5a against numbers of an independent float64 program: its minima, and the probability to jump out of one.
#include <gtest/gtest.h>

#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

// Gaussian factors of standard deviation .4 = .89 / sqrt(5), settled at rate .1 until the gradient is at rounding.
const std::string settle = k5a_problem + R"(
[model]
depth = 3
[initialization]
scale = 0.4
[objective]
ridge = 0.03
[[phase]]
name = 'settle'
learning_rate = 0.1
steps = 60000
stop = { gradient_norm = 1e-9 }
[probe]
every = 500
classify_at_end = 'numerical'
)";

// Root-mean-square of W - T over all 25 entries, from the 10 observed and the 15 unobserved ones.
double error_over_all(const ReplicaResults& results, std::int64_t r) {
  const double observed = value(results, Observable::loss, r),
               unobserved = value(results, Observable::unobserved_error, r);
  return std::sqrt((10.0 * observed + 15.0 * unobserved * unobserved) / 25.0);
}

TEST(RankJumps, DescentEndsInOneOfTwoMinima) {
  const std::int64_t replicas = 1024 / sample_divisor;
  const ReplicaResults results = train_one_cell(settle, {"replicas=" + std::to_string(replicas), "precision=float64"});
  std::int64_t high = 0;
  for (std::int64_t r = 0; r < replicas; ++r) {
    EXPECT_EQ(results.outcome[static_cast<std::size_t>(r)], Outcome::converged);
    const bool rank_two = results.rank[static_cast<std::size_t>(r)] == 2;
    high += rank_two ? 1 : 0;
    EXPECT_NEAR(error_over_all(results, r), rank_two ? 0.999 : 0.236, 5e-4);
    // At every critical point of the regularised objective the factors are balanced and the cost is L sum s^(2/L).
    double cost = 0.0;
    for (int k = 0; k < 5; ++k) cost += 3.0 * std::pow(singular_value(results, r, k), 2.0 / 3.0);
    EXPECT_NEAR(value(results, Observable::representation_cost, r), cost, 1e-5);
    EXPECT_LT(value(results, Observable::balancedness, r), 1e-6);
    if (!rank_two) continue;
    EXPECT_NEAR(singular_value(results, r, 0), 3.10138, 1e-5);
    EXPECT_NEAR(singular_value(results, r, 1), 1.22790, 1e-5);
  }
  // 30 to 33 % of the starts, within 3.3 standard errors.
  const double share = static_cast<double>(high) / static_cast<double>(replicas);
  const double slack = 3.3 * std::sqrt(0.32 * 0.68 / static_cast<double>(replicas));
  EXPECT_GT(share, 0.30 - slack);
  EXPECT_LT(share, 0.33 + slack);
}

TEST(RankJumps, DepthTwoHasOneMinimum) {
  const ReplicaResults results = train_one_cell(settle, {"replicas=64", "precision=float64", "model.depth=2"});
  for (std::int64_t r = 1; r < 64; ++r)
    for (int k = 0; k < 5; ++k) EXPECT_NEAR(singular_value(results, r, k), singular_value(results, 0, k), 1e-3);
}

// Jumps: sigma_2 committed below the small threshold within 20000 steps of single-entry SGD from the rank-2 minimum.
std::string jumping(double rate, double ridge, std::int64_t replicas) {
  return "seed = 12\nreplicas = " + std::to_string(replicas) + "\n" + k5a_problem + R"(
[model]
depth = 3
[initialization]
scale = 0.4
instances = 'shared'
require = { settled_rank = 2 }
[[phase]]
name = 'settle'
learning_rate = 0.05
steps = 60000
stop = { gradient_norm = 1e-6 }
[[phase]]
name = 'noise'
optimizer = 'sgd'
steps = 20000
stop = { rank_at_most = 1 }
learning_rate = )" +
         std::to_string(rate) + "\n[objective]\nridge = " + std::to_string(ridge) + R"(
[probe]
every = 500
rank_tolerance = { absolute = 0.02 }
classify_at_end = 'numerical'
)";
}

struct Known {
  double rate, ridge, probability;
};

class JumpProbability : public testing::TestWithParam<std::tuple<Known, std::string>> {};

TEST_P(JumpProbability, IsThePublishedOne) {
  const auto& [known, precision] = GetParam();
  const std::int64_t replicas = 1024 / sample_divisor;
  const ReplicaResults results = train_one_cell(jumping(known.rate, known.ridge, replicas), {"precision=" + precision});
  const auto low = std::count_if(results.rank.begin(), results.rank.end(), [](int rank) { return rank <= 1; });
  const double n = static_cast<double>(replicas), share = static_cast<double>(low) / n;
  // 99.9 % of a binomial share; the published number has a standard error of its own, of 8192 replicas.
  const double variance = known.probability * (1.0 - known.probability) * (1.0 / n + 1.0 / 8192.0);
  EXPECT_NEAR(share, known.probability, 3.3 * std::sqrt(variance) + 1.0 / n) << "rate " << known.rate;
  for (std::int64_t r = 0; r < replicas; ++r) {
    EXPECT_EQ(results.start_rank[static_cast<std::size_t>(r)], 2);
    EXPECT_EQ(results.outcome[static_cast<std::size_t>(r)] == Outcome::stopped,
              results.rank[static_cast<std::size_t>(r)] <= 1);
  }
  for (const RankEvent& event : results.events) EXPECT_LT(event.rank_after, event.rank_before);  // one way
}

INSTANTIATE_TEST_SUITE_P(K5a, JumpProbability,
                         testing::Combine(testing::Values(Known{0.06, 0.03, 0.092}, Known{0.07, 0.03, 0.753},
                                                          Known{0.08, 0.03, 0.997}, Known{0.09, 0.02, 0.636},
                                                          Known{0.06, 0.04, 0.617}),
                                          testing::Values("float32", "float64")));

}  // namespace
}  // namespace rankfall
