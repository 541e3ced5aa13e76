#include "estimate/recount.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "made_spectra.hpp"

namespace rankfall {
namespace {

using Counts = std::map<int, std::int64_t>;

// Labels are the numbers of singular values.
Cell numerical_cell() {
  Cell cell = made_cell();
  cell.probe.classify_at_end = RankKind::numerical;
  return cell;
}

Recount again(const Cell& cell, const ReplicaResults& results, double factor) {
  return recount(cell, results, {}, {1.0}, factor);
}

Counts rank_counts(const Recount& recount) {
  Counts counts;
  for (const auto& [rank, share] : recount.final_rank) counts[rank] = share.events;
  return counts;
}

TEST(Recount, AtTheSameToleranceChangesNothing) {
  ReplicaResults results = near_threshold(5, 2);
  add_replica(results, {.rank = 1});
  set_spectrum(results, {20.0, 0.5});
  add_event(results, 1500, 2, 1);
  const Recount same = again(numerical_cell(), results, 1.0);
  EXPECT_EQ(same.jump.events, 1);
  EXPECT_EQ(same.jump.trials, 6);
  EXPECT_EQ(rank_counts(same), (Counts{{1, 1}, {2, 5}}));
}

TEST(Recount, AHigherToleranceFindsMoreJumps) {
  const Recount higher = again(numerical_cell(), near_threshold(5, 2), 3.0);
  EXPECT_EQ(higher.factor, 3.0);
  EXPECT_EQ(higher.jump.events, 2);
  EXPECT_EQ(rank_counts(higher), (Counts{{1, 2}, {2, 3}}));
}

TEST(Recount, ALowerToleranceTakesAJumpBackThatIsOnItsWay) {
  ReplicaResults results;
  add_replica(results, {.rank = 1});
  set_spectrum(results, {20.0, 0.5});
  add_event(results, 2900, 2, 1);
  const Recount lower = again(numerical_cell(), results, 1.0 / 3.0);
  EXPECT_EQ(lower.jump.events, 0);
  EXPECT_EQ(rank_counts(lower), (Counts{{2, 1}}));
}

// Stopped at the tolerance: with a lower one it would have gone on, nobody knows where to.
TEST(Recount, AReplicaStoppedByItsRankKeepsItWhereTheRuleWouldNotHold) {
  Cell cell = numerical_cell();
  cell.phases.back().stop.rank_at_most = 1;
  ReplicaResults results;
  add_replica(results, {.rank = 1, .outcome = Outcome::stopped, .steps = 1500});
  set_spectrum(results, {20.0, 0.5});
  add_event(results, 1500, 2, 1);
  const Recount lower = again(cell, results, 1.0 / 3.0);
  EXPECT_EQ(lower.jump.events, 1);
  EXPECT_EQ(rank_counts(lower), (Counts{{1, 1}}));
  EXPECT_EQ(rank_counts(again(cell, results, 30.0)), (Counts{{0, 1}}));  // the rule still holds
}

TEST(Recount, AQuenchsLabelStays) {
  ReplicaResults results;
  add_replica(results, {.rank = 1});  // on its way down
  set_spectrum(results, {20.0, 2.0});
  add_replica(results, {.rank = 2});
  set_spectrum(results, {20.0, 2.0});
  EXPECT_EQ(again(made_cell(), results, 1.0).jump.events, 1);
  const Recount higher = again(made_cell(), results, 3.0);
  EXPECT_EQ(higher.jump.events, 2);  // the second falls by its singular values, whatever the label
  EXPECT_EQ(rank_counts(higher), (Counts{{1, 1}, {2, 1}}));
  results.rank[1] = 1;
  results.numerical_rank[1] = 1;
  results.singular_values[3] = 0.5;
  EXPECT_EQ(again(made_cell(), results, 1.0 / 3.0).jump.events, 2);  // it is back above, but labelled lower
}

TEST(Recount, AJumpThatCameBackStays) {
  ReplicaResults results = near_threshold(1, 0);
  add_event(results, 1200, 2, 1);
  add_event(results, 1500, 1, 2);
  EXPECT_EQ(again(numerical_cell(), results, 1.0 / 3.0).jump.events, 1);
}

TEST(Recount, TheDivergedKeepTheirVerdict) {
  ReplicaResults results = near_threshold(2, 0);
  add_replica(results, {.outcome = Outcome::diverged});
  set_spectrum(results, {std::nan(""), std::nan("")});
  const Recount higher = again(numerical_cell(), results, 3.0);
  EXPECT_EQ(higher.jump.events, 0);
  EXPECT_EQ(higher.jump.trials, 3);
  EXPECT_EQ(rank_counts(higher), (Counts{{2, 2}}));
  EXPECT_EQ(higher.final_rank.at(2).trials, 2);
}

TEST(Recount, EveryReplicaMayHaveAThresholdOfItsOwn) {
  const Recount own = recount(numerical_cell(), near_threshold(3, 2), {}, {1.0, 0.5, 1.0}, 3.0);
  EXPECT_EQ(rank_counts(own), (Counts{{1, 1}, {2, 2}}));
}

}  // namespace
}  // namespace rankfall
