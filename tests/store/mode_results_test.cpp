// Modes and plateaus in results.nc and in unit files.
#include "samples.hpp"
#include "store/merge.hpp"
#include "store/results_file.hpp"
#include "store/unit_file.hpp"

namespace rankfall {
namespace {

// A cell with all, one with velocities alone, one with none.
Experiment modes_experiment() {
  Experiment experiment = samples::experiment({samples::axis("model.depth", "depth", {2.0, 3.0, 4.0})}, 9);
  experiment.cells[0].probe.alignment = experiment.cells[0].probe.velocities = experiment.cells[1].probe.velocities = true;
  experiment.cells[0].probe.coupling = true;
  experiment.cells[0].probe.monitor = MonitorSpec{};
  experiment.cells[0].probe.plateau = PlateauRule{};
  return experiment;
}

RunResults modes_results(samples::Trajectories kept) {
  return {samples::block(0, 0, 9, 3, 2, kept, {}, {1, 1, 1, 1, 1}), samples::block(1, 0, 5, 3, 2, kept, {}, {0, 1, 0}),
          samples::block(2, 0, 9, 3, 2, kept)};
}

TEST(ResultsFile, RoundTripsModesAndPlateaus) {
  for (const samples::Trajectories kept : {samples::Trajectories::none, samples::Trajectories::kept}) {
    const Experiment experiment = modes_experiment();
    const RunResults results = modes_results(kept);
    const samples::TemporaryDirectory directory;
    write_results(directory.file("results.nc"), experiment, results, samples::provenance());
    samples::expect_same(read_results(directory.file("results.nc"), experiment), results);
    RunResults moved = results, other = results;
    moved[1].mode_velocity_balanced[4] = 42.0;
    EXPECT_NE(results_checksum(moved), results_checksum(results));
    other[0].plateaus[1].rank += 1;
    EXPECT_NE(results_checksum(other), results_checksum(results));
    other = results;
    other[0].coupling_blocks[2] += 1.0;
    EXPECT_NE(results_checksum(other), results_checksum(results));
    other = results;
    other[0].absorbing_exits[2] += 1;
    EXPECT_NE(results_checksum(other), results_checksum(results));
  }
}

TEST(UnitFile, KeepsModesAndPlateausAndMergesThem) {
  const Experiment experiment = modes_experiment();
  const auto kept = samples::Trajectories::kept;
  const samples::TemporaryDirectory directory;
  std::vector<WorkUnit> units;
  for (const std::int64_t first : {0, 4}) {
    const ReplicaResults part = samples::block(0, first, first == 0 ? 4 : 5, 3, 2, kept, {}, {1, 1, 1, 1, 1});
    write_unit(directory.path(), experiment.digest, part);
    units.push_back({0, first, part.count});
    std::string reason;
    const auto read = read_unit(directory.path(), experiment.digest, units.back(), reason);
    ASSERT_TRUE(read) << reason;
    samples::expect_same(*read, part);
  }
  std::vector<std::string> reasons;
  const RunResults merged = merge_units(directory.path(), experiment, units, reasons);
  EXPECT_TRUE(reasons.empty());
  samples::expect_same(merged[0], modes_results(kept)[0]);
}

}  // namespace
}  // namespace rankfall
