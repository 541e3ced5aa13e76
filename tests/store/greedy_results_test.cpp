// Greedy low-rank learning in results.nc.
#include "samples.hpp"
#include "store/results_file.hpp"

namespace rankfall {
namespace {

// A cell with a greedy phase, one with a comparison, one with neither.
TEST(ResultsFile, RoundTripsGreedyLearning) {
  for (const samples::Trajectories kept : {samples::Trajectories::none, samples::Trajectories::kept}) {
    Experiment experiment = samples::experiment({samples::axis("model.depth", "depth", {2.0, 3.0, 4.0})}, 9);
    PhaseSpec greedy;
    greedy.kind = PhaseKind::greedy_low_rank;
    greedy.greedy_spec.maximum_rank = 3;
    experiment.cells[0].phases.push_back(greedy);
    greedy.greedy_spec.maximum_rank = 2;
    experiment.cells[1].greedy_path = greedy;
    const RunResults results{samples::block(0, 0, 9, 3, 2, kept, {4, 0}), samples::block(1, 0, 5, 3, 2, kept, {3, 1}),
                             samples::block(2, 0, 9, 3, 2, kept)};
    const samples::TemporaryDirectory directory;
    write_results(directory.file("results.nc"), experiment, results, samples::provenance());
    samples::expect_same(read_results(directory.file("results.nc"), experiment), results);
    RunResults moved = results;
    moved[1].greedy_approach[4] = 42.0;
    EXPECT_NE(results_checksum(moved), results_checksum(results));
  }
}

}  // namespace
}  // namespace rankfall
