#include "store/merge.hpp"

#include <fstream>

#include "samples.hpp"
#include "store/results_file.hpp"
#include "store/unit_file.hpp"

namespace rankfall {
namespace {

using samples::block;
using samples::TemporaryDirectory;
using samples::Trajectories;

TEST(Append, JoinsBlocksCutAnywhere) {
  for (const Trajectories trajectories : {Trajectories::none, Trajectories::kept}) {
    const ReplicaResults whole = block(2, 10, 20, 3, 2, trajectories);
    for (const std::int64_t cut : {0, 1, 7, 19, 20}) {
      SCOPED_TRACE(cut);
      ReplicaResults joined = block(2, 10, cut, 3, 2, trajectories);
      append(joined, block(2, 10 + cut, 20 - cut, 3, 2, trajectories));
      samples::expect_same(joined, whole);
    }
  }
}

TEST(Append, ClosesAGapAndRenumbersEvents) {
  ReplicaResults joined = block(0, 0, 4);
  const ReplicaResults late = block(0, 100, 30);
  ASSERT_FALSE(late.events.empty());
  const std::size_t earlier = joined.events.size();
  append(joined, block(0, 100, 30));
  EXPECT_EQ(joined.count, 34);
  EXPECT_EQ(joined.left_out, 96);
  append(joined, block(0, 130, 5));
  EXPECT_EQ(joined.left_out, 96);  // nothing more is missing
  append(joined, block(0, 140, 5));
  EXPECT_EQ(joined.left_out, 101);
  for (std::size_t e = 0; e < late.events.size(); ++e)
    EXPECT_EQ(joined.events[earlier + e].replica, late.events[e].replica - 96);
}

TEST(MergeUnits, GivesTheRunWhateverTheUnits) {
  const Experiment experiment = samples::experiment({samples::axis("objective.ridge", "ridge", {0.1, 0.2})}, 30);
  const RunResults whole{block(0, 0, 30), block(1, 0, 30)};
  for (const std::int64_t size : {1, 4, 30}) {
    const TemporaryDirectory directory;
    std::vector<WorkUnit> units;
    for (int cell : {1, 0})  // not in order
      for (std::int64_t first = 0; first < 30; first += size)
        units.push_back({cell, first, std::min<std::int64_t>(size, 30 - first)});
    for (const WorkUnit& unit : units)
      write_unit(directory.path(), experiment.digest, block(unit.cell, unit.first, unit.count));
    std::vector<std::string> reasons;
    const RunResults merged = merge_units(directory.path(), experiment, units, reasons);
    EXPECT_TRUE(reasons.empty());
    samples::expect_same(merged, whole);
    EXPECT_EQ(results_checksum(merged), results_checksum(whole));
  }
}

TEST(MergeUnits, LeavesOutWhatIsMissingAndReportsWhatIsDamaged) {
  const Experiment experiment = samples::experiment({samples::axis("objective.ridge", "ridge", {0.1, 0.2})}, 30);
  const TemporaryDirectory directory;
  const std::vector<WorkUnit> units{{0, 0, 10}, {0, 10, 10}, {0, 20, 10}, {1, 0, 10}, {1, 10, 10}};
  write_unit(directory.path(), experiment.digest, block(0, 0, 10));
  write_unit(directory.path(), experiment.digest, block(0, 20, 10));
  std::ofstream(directory.file(unit_name(units[1]))) << "damaged";
  write_unit(directory.path(), experiment.digest + 1, block(1, 0, 10));
  std::vector<std::string> reasons;
  const RunResults merged = merge_units(directory.path(), experiment, units, reasons);
  ReplicaResults expected = block(0, 0, 10);
  append(expected, block(0, 20, 10));
  samples::expect_same(merged[0], expected);
  EXPECT_EQ(merged[1].count, 0);
  ASSERT_EQ(reasons.size(), 2U);
  EXPECT_EQ(reasons[0], unit_name(units[1]) + ": it is not a unit file, or damaged");
  EXPECT_NE(reasons[1].find("another experiment"), std::string::npos);
}

TEST(MergeUnits, RefusesMatricesOfAnotherShape) {
  const Experiment experiment = samples::experiment({}, 10);
  const TemporaryDirectory directory;
  write_unit(directory.path(), experiment.digest, block(0, 0, 10, 4, 2));
  std::vector<std::string> reasons;
  const std::vector<WorkUnit> units{{0, 0, 10}};
  EXPECT_EQ(merge_units(directory.path(), experiment, units, reasons)[0].count, 0);
  EXPECT_EQ(reasons.size(), 1U);
}

}  // namespace
}  // namespace rankfall
