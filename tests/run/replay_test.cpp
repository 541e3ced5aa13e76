// One replica once more, densely.
#include "run/replay.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "store/netcdf_file.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using namespace test;

class Replay : public testing::Test {
 protected:
  std::string out() const { return folder_.file("out"); }
  std::string trace() const { return folder_.file("trace.nc"); }
  std::string replayed(int cell, std::int64_t replica, std::int64_t every = 0) const {
    return replay({out(), cell, replica, every, trace()});
  }
  Folder folder_;
};

TEST_F(Replay, EndsBitForBit) {
  const Experiment experiment = small_experiment();
  run_into(out(), experiment, with_threads(2));
  for (const auto& [cell, replica] : {std::pair{0, 0}, std::pair{0, 131}, std::pair{1, 300}, std::pair{1, 599}}) {
    const std::string told = replayed(cell, replica, 7);
    EXPECT_NE(told.find("; ends as in the run, bit for bit"), std::string::npos) << told;
    EXPECT_NE(told.find("cell " + std::to_string(cell) + " (learning_rate=0.0"), std::string::npos) << told;
    EXPECT_NE(told.find(" replica " + std::to_string(replica) + ": "), std::string::npos) << told;
  }
}

TEST_F(Replay, TraceHasItsPoints) {
  const Experiment experiment = small_experiment({"replicas=40"});
  run_into(out(), experiment);
  const ReplicaResults cell = load_run(out()).results[1];
  const std::int64_t noise = cell.steps[17] - cell.start_step[17];
  const std::string told = replayed(1, 17, 1);
  // Every step of both phases, and the starts of both.
  const std::int64_t points = 41 + noise + 1;
  EXPECT_NE(told.find(": " + std::to_string(points) + " points in " + trace()), std::string::npos) << told;
  NetcdfFile file(trace(), NetcdfFile::Mode::read);
  EXPECT_EQ(file.shape(file.variable("trajectory_loss")), (NetcdfFile::Index{1, static_cast<std::size_t>(points)}));
  std::vector<std::int64_t> steps(static_cast<std::size_t>(points));
  file.get(file.variable("trajectory_step"), {0, 0}, {1, steps.size()}, steps.data());
  EXPECT_EQ(steps.front(), 0);
  EXPECT_EQ(steps[41], 40);
  EXPECT_EQ(steps.back(), cell.steps[17]);
  // Default: the run's own probes.
  EXPECT_NE(replayed(1, 17).find(": " + std::to_string(5 + (noise + 9) / 10 + 1) + " points"), std::string::npos);
}

TEST_F(Replay, OfAnUnfinishedReplicaHasNothingToCompareWith) {
  run_into(out(), small_experiment());
  std::filesystem::remove(std::filesystem::path(out()) / "units/c000000-r00000256-n00000256.unit");
  EXPECT_NE(replayed(0, 300).find("nothing to compare with"), std::string::npos);
  EXPECT_NE(replayed(0, 3).find("bit for bit"), std::string::npos);
}

TEST_F(Replay, OfARunWithTrajectories) {
  run_into(out(), small_experiment({"replicas=40", "probe.trajectory=true"}));
  EXPECT_NE(replayed(0, 39, 3).find("bit for bit"), std::string::npos);
}

TEST_F(Replay, TellsADifference) {
  run_into(out(), small_experiment({"replicas=40"}));
  // Another replica's numbers under this one's name.
  const Experiment experiment = small_experiment({"replicas=40"});
  std::string reason;
  ReplicaResults unit = *read_unit(out() + "/units", experiment.digest, {0, 0, 40}, reason);
  unit.singular_values[4 * 11] += 1e-15;
  write_unit(out() + "/units", experiment.digest, unit);
  EXPECT_NE(replayed(0, 11).find("DIFFERS"), std::string::npos);
  EXPECT_NE(replayed(0, 12).find("bit for bit"), std::string::npos);
}

TEST_F(Replay, RefusesWhatIsNotThere) {
  run_into(out(), small_experiment({"replicas=40"}));
  EXPECT_EQ(
      complaint_of<ConfigError>([&] { replayed(2, 0); }),
      "--replica: there is no cell 2; the experiment has cells 0 to 1; `rankfall plan DIR/experiment.toml` lists them");
  EXPECT_NE(complaint_of<ConfigError>([&] { replayed(-1, 0); }), "");
  EXPECT_NE(complaint_of<ConfigError>([&] { replayed(0, 40); }).find("replicas 0 to 39"), std::string::npos);
  EXPECT_NE(complaint_of<ConfigError>([&] {
              replay({folder_.file("nothing"), 0, 0, 0, trace()});
            }).find("not a result directory"),
            std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(trace()));
  EXPECT_NE(complaint_of<StoreError>([&] { replay({out(), 0, 0, 0, folder_.file("no/such/trace.nc")}); }), "");
}

}  // namespace
}  // namespace rankfall
