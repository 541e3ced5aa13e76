// What a run needs of the machine: told by plan, and checked before a run.
#include "run/capacity.hpp"

#include "run/plan.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using namespace test;

constexpr double gigabyte = 1e9;

Experiment replicas_of(const std::string& count, const Overrides& more = {}) {
  Overrides overrides{"replicas=" + count};
  overrides.insert(overrides.end(), more.begin(), more.end());
  return small_experiment(overrides);
}

TEST(Capacity, OfThisMachine) {
  const Capacity capacity = capacity_of_machine("not/yet/made");
  EXPECT_GT(capacity.memory, 0.5 * gigabyte);
  EXPECT_GT(capacity.disk, 0.0);
  EXPECT_EQ(capacity_of_machine(".").memory, capacity.memory);
}

TEST(Capacity, ResultsAreCounted) {
  // 9 observables, 4 singular values, 3 norms of 8 bytes and 48 bytes of other numbers, 2 cells of a million replicas.
  const Need need = need_of(replicas_of("1e6"), 2);
  EXPECT_EQ(need.disk, 2 * 2e6 * 184);
  EXPECT_EQ(need.merging, 2.5 * 2e6 * 184);
  EXPECT_EQ(need.merging_most, need.merging);
}

TEST(Capacity, TrajectoriesThatNoRuleEndsAreCertain) {
  // A probe: 9 + 4 numbers of 8 bytes and 24 of others. 1 + 4 probes of the first phase, 1 + 6 of the second, which a
  // rule may end at once.
  const Need need = need_of(replicas_of("1e6", {"probe.trajectory=true"}), 2);
  EXPECT_EQ(need.disk, 2 * 2e6 * (184 + 128 * (5 + 1)));
  EXPECT_EQ(need.disk_most, 2 * 2e6 * (184 + 128 * (5 + 7)));
  EXPECT_EQ(shortages(need, {5.0 * gigabyte, 100 * gigabyte}),
            std::vector<std::string>{"merging the results takes 4.8 GB to 8.6 GB of memory, this machine has 5.0 GB: "
                                     "raise probe.every"});
}

TEST(Capacity, TrainingGrowsWithThreads) {
  const Experiment experiment = small_experiment();
  EXPECT_EQ(need_of(experiment, 6).training, 3 * need_of(experiment, 2).training);
  EXPECT_EQ(shortages(need_of(experiment, 2), {1e4, gigabyte}).front().substr(0, 16), "training takes 1");
}

TEST(Capacity, AllFits) { EXPECT_TRUE(shortages(need_of(small_experiment(), 2), {gigabyte, gigabyte}).empty()); }

TEST(Capacity, PlanWarnsAndStillPlans) {
  const std::string text = plan(replicas_of("1e9"), 2, {16 * gigabyte, 100 * gigabyte});
  for (const char* fact :
       {"small: 2 cells x 1000000000 replicas = 2000000000 replicas in 7812500 work units\n",
        "WARNING: merging the results takes about 920.0 GB of memory, this machine has 16.0 GB: `rankfall run` will "
        "refuse\n",
        "WARNING: the results take about 736.0 GB of disk, 100.0 GB are free here: choose another disk with --out\n",
        "(measured now on one core)\n"})
    EXPECT_NE(text.find(fact), std::string::npos) << text;
  EXPECT_EQ(plan(small_experiment(), 2, {gigabyte, gigabyte}).find("WARNING"), std::string::npos);
}

// Planning takes no memory and no minutes, however large the model.
TEST(Capacity, PlanTriesNoGiants) {
  const Overrides giant{"problem.rows=9000", "model.depth=2", "problem.observed_count=10"};
  const std::string memory = plan(replicas_of("10", giant), 2, {10 * gigabyte, 100 * gigabyte});
  EXPECT_NE(memory.find("not measured, one thread's replicas do not fit in memory\n"), std::string::npos) << memory;
  EXPECT_NE(memory.find("WARNING: training takes "), std::string::npos) << memory;
  const std::string time = plan(replicas_of("10", giant), 2, {1000 * gigabyte, 100 * gigabyte});
  EXPECT_NE(time.find("not measured, one step of 16 replicas takes about 1e+14 operations\n"), std::string::npos)
      << time;
}

TEST(Capacity, ARunThatCouldNotBeMergedIsRefused) {
  const Capacity capacity{16 * gigabyte, 100 * gigabyte};
  EXPECT_NO_THROW(check_merge_fits(replicas_of("1e7"), capacity));
  EXPECT_EQ(
      complaint_of<ConfigError>([&] { check_merge_fits(replicas_of("1e8"), capacity); }),
      "small: the results of 2 cells x 100000000 replicas do not fit in memory; merging them would take about 92.0 "
      "GB, this machine has 16.0 GB; lower replicas, or sweep fewer values per run");
  EXPECT_EQ(
      complaint_of<ConfigError>([&] { check_merge_fits(replicas_of("1e7", {"probe.trajectory=true"}), capacity); }),
      "small: the results of 2 cells x 10000000 replicas do not fit in memory; merging them would take about 47.6 "
      "GB, this machine has 16.0 GB; lower replicas, sweep fewer values per run, or raise probe.every");
}

// Absurd sizes do not even become an experiment: the same line for validate, plan and run.
TEST(Capacity, AbsurdSizesAreRefusedWithTheirMemory) {
  EXPECT_EQ(
      complaint_of<ConfigError>([] { replicas_of("1e12"); }),
      "--set replicas=1e12: replicas = 1000000000000 is out of range; the results would take 368.0 TB of disk, and "
      "of memory when they are merged; at most 4000000000 replicas per cell are counted; lower replicas");
  EXPECT_EQ(
      complaint_of<ConfigError>([] { small_experiment({"problem.rows=1000000"}); }),
      "--set problem.rows=1000000: problem.rows makes a target of 1000000 x 1000000; one such matrix would take 8.0 "
      "TB; at most 65535 rows and columns and 100000000 entries are allowed; use a smaller problem");
}

}  // namespace
}  // namespace rankfall
