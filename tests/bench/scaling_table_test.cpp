// The scaling table: what its rows compute does not depend on threads or on how many replicas there are.
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "bench/backend_run.hpp"
#include "bench/resident.hpp"
#include "bench/scaling_table.hpp"

namespace rankfall {
namespace {

const BenchCase tiny{Operation::sgd_step, 4, 3, Precision::float32};

ScalingRow row(const std::string& axis, int threads, std::int64_t replicas) {
  return measure_row({axis, tiny, threads, replicas, 50}, 0.0);
}

TEST(ThreadsScalingTable, ResultsDependOnNeitherThreadsNorReplicas) {
  const ScalingRow alone = row("threads", 1, 600), three = row("threads", 3, 600), few = row("replicas", 1, 20);
  EXPECT_EQ(alone.checksum, three.checksum);
  EXPECT_EQ(alone.first_checksum, few.first_checksum);
  EXPECT_NE(alone.checksum, few.checksum);
  EXPECT_NO_THROW(check_scaling({alone, three, few, row("replicas", 2, 300)}));
  EXPECT_GT(alone.replica_steps_per_second, 0.0);
}

TEST(ScalingTable, AnotherResultIsRefused) {
  ScalingRow wrong = row("threads", 1, 40);
  const ScalingRow right = wrong;
  wrong.checksum ^= 1;
  EXPECT_THROW(check_scaling({right, wrong}), std::runtime_error);
  wrong.setup.axis = "replicas";
  EXPECT_NO_THROW(check_scaling({right, wrong}));
  ScalingRow other = wrong;
  other.first_checksum ^= 1;
  EXPECT_THROW(check_scaling({right, wrong, other}), std::runtime_error);
}

TEST(ScalingTable, ChecksumIsTheSameOnAnyNumberOfCores) {
  const ScalingRow one = row("threads", 1, 512), two = row("threads", 2, 1024), of_two = row("threads", 1, 1024);
  EXPECT_EQ(hash_scaling({one}), hash_scaling({of_two, two}));
  EXPECT_NE(hash_scaling({one}), hash_scaling({one, row("d", 1, 32)}));
}

TEST(ScalingTable, RowsCoverEveryAxis) {
  for (const int cores : {1, 2, 6, 64}) {
    std::set<int> threads;
    std::set<std::string> axes;
    for (const ScalingSetup& setup : scaling_setups(cores)) {
      axes.insert(setup.axis);
      if (setup.axis == "threads") threads.insert(setup.threads);
      EXPECT_GE(setup.steps, 1000);
    }
    EXPECT_EQ(axes, (std::set<std::string>{"threads", "replicas", "d", "L", "steps"}));
    EXPECT_EQ(*threads.begin(), 1);
    EXPECT_EQ(*threads.rbegin(), cores);
  }
}

TEST(ScalingTable, CountsTheStepsOfAllReplicas) {
  const Experiment experiment = backend_experiment(tiny, {0.001, 0.002}, 30, 70);
  EXPECT_EQ(run_through_backend(experiment, 8, 1).replica_steps, 2 * 30 * 70);
}

TEST(ScalingTable, JsonHasARowForEachMeasurement) {
  const auto json = nlohmann::json::parse(scaling_json({row("threads", 1, 20), row("replicas", 1, 20)}, Provenance{}));
  ASSERT_EQ(json["rows"].size(), 2u);
  EXPECT_EQ(json["rows"][1]["varied"], "replicas");
  EXPECT_EQ(json["rows"][0]["replicas"], 20);
  EXPECT_EQ(json["rows"][0]["checksum"].get<std::string>().size(), 16u);
}

TEST(ResidentGrowth, SeesMemoryThatIsUsed) {
  const ResidentGrowth growth;
  if (!growth.peak_bytes()) GTEST_SKIP() << "the system does not tell";
  constexpr std::size_t size = 64u << 20;
  {
    std::vector<char> used(size, 1);
    EXPECT_EQ(std::count(used.begin(), used.end(), 1), static_cast<std::ptrdiff_t>(size));
  }
  EXPECT_GT(*growth.peak_bytes(), static_cast<std::int64_t>(size * 9 / 10));  // although it is free again
  EXPECT_LT(*growth.peak_bytes(), static_cast<std::int64_t>(size * 15 / 10));
}

}  // namespace
}  // namespace rankfall
