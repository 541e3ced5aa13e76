#include "estimate/fall_sensitivity.hpp"

#include <gtest/gtest.h>

#include "made_replicas.hpp"

namespace rankfall {
namespace {

// A replica that begins the last phase with singular values 20 and `second.front()` and has `second` at its probes.
void add_traced(ReplicaResults& results, const std::vector<double>& second) {
  add_replica(results, {.rank = 2});
  if (results.trajectory_begin.empty()) results.trajectory_begin = {0};
  results.singular_value_count = 2;
  for (std::size_t p = 0; p < second.size(); ++p) {
    results.trajectory_phase.push_back(p == 0 ? 0 : 1);  // the first probe is of the phase before, and lower
    results.trajectory_rank.push_back(2);
    results.trajectory_singular_values.insert(results.trajectory_singular_values.end(), {20.0, p == 0 ? 0.001 : second[p]});
  }
  results.trajectory_begin.push_back(static_cast<std::int64_t>(results.trajectory_phase.size()));
}

TEST(FallSensitivity, CountsExcursionsThatComeBack) {
  ReplicaResults results;
  add_traced(results, {0, 50.0, 40.0, 50.0});             // never
  add_traced(results, {0, 50.0, 8.0, 50.0, 50.0});        // below ten times, and back
  add_traced(results, {0, 50.0, 2.0, 5.0, 0.01});         // at three times back once; down for good at the others
  add_traced(results, {0, 50.0, 0.5, 0.2, 0.2});          // ends between a third and a tenth
  add_traced(results, {0, 5.0, 5.0, 0.2});                // at ten times it has rank 1 from the start
  const auto found = fall_sensitivity(made_cell(), results, {1.0});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at_risk, 5);
  const std::int64_t fallen[] = {1, 3, 3, 3, 3}, returned[] = {0, 0, 0, 1, 1};
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_EQ(found->at[k].fallen, fallen[k]) << k;
    EXPECT_EQ(found->at[k].returned, returned[k]) << k;
  }
  EXPECT_FALSE(fall_sensitivity(made_cell(), results, {}));
  results.start_rank.assign(5, 0);  // nobody could fall
  EXPECT_FALSE(fall_sensitivity(made_cell(), results, {1.0}));
  EXPECT_FALSE(fall_sensitivity(made_cell(), made_results(0, 3, 1), {1.0}));  // no trajectories
}

}  // namespace
}  // namespace rankfall
