// The path of greedy low-rank learning: however it is found, distances of flows from it, and bits.
#include <gtest/gtest.h>

#include "backend/greedy_library.hpp"
#include "tests/backend/greedy_texts.hpp"
#include "tests/backend/in_pieces.hpp"

namespace rankfall {
namespace {

using namespace test;

// A path found with other tolerances and another escape keeps within what is promised of the first.
TEST(GreedyPath, IsTheSamePathHoweverItIsFound) {
  const Experiment experiment =
      parse("replicas = 1\n[problem]\nrows = 6\nspectrum = [3, 2]\nobserved_count = 30\n[model]\nsymmetric = true\n" +
            greedy_phase);
  const Cell& cell = experiment.cells[0];
  const ProblemInstance instance = draw_problem(experiment, cell, 0);
  const std::vector<GreedyProblem> problems{{&instance.phase[0], &instance.target, 0.01}};
  GreedyLibrary library;
  const auto found = [&](double tolerance, double path_tolerance, double escape) {
    PhaseSpec phase = cell.phases[0];
    phase.relative_tolerance = tolerance;
    phase.greedy_spec.path_tolerance = path_tolerance;
    phase.greedy_spec.escape = escape;
    return library.paths(cell.model, phase, problems, GreedyRecord::path, [] { return true; })->at(0);
  };
  const auto coarse = found(1e-9, 1e-4, 1e-12), fine = found(1e-12, 1e-6, 1e-10);
  ASSERT_GE(coarse->solutions.size(), 3u);
  ASSERT_EQ(coarse->solutions.size(), fine->solutions.size());
  EXPECT_GT(fine->polyline.vertices(), 3 * coarse->polyline.vertices());
  double norm = 0.0;
  for (const double t : instance.phase[0].target) norm += t * t;
  for (std::size_t k = 0; k < fine->polyline.vertices(); ++k) {
    const std::vector<double> w(fine->polyline.vertex(k), fine->polyline.vertex(k) + 36);
    EXPECT_LE(coarse->polyline.distance(w), 2.1e-4 * std::sqrt(norm)) << k;
    EXPECT_EQ(fine->polyline.distance(w), 0.0);
  }
  EXPECT_EQ(found(1e-9, 1e-4, 1e-12).get(), coarse.get());  // found once
}

// Stopped at any step, nothing is left behind; begun anew, it is the same path.
TEST(GreedyPath, IsFoundAnewAfterAStop) {
  const Experiment experiment = parse(counter_example + greedy_phase, {"phase.greedy.pair=eigenvector"});
  const Cell& cell = experiment.cells[0];
  const ProblemInstance instance = draw_problem(experiment, cell, 0);
  const std::vector<GreedyProblem> problems(3, {&instance.phase[0], &instance.target, 0.01});
  GreedyLibrary library, undisturbed;
  const auto find = [&](GreedyLibrary& in, int steps) {
    return in.paths(cell.model, cell.phases[0], problems, GreedyRecord::path,
                    [steps]() mutable { return steps-- > 0; });
  };
  const auto reference = find(undisturbed, 1 << 20);
  ASSERT_TRUE(reference);
  EXPECT_EQ(reference->at(0), reference->at(2));
  for (const int steps : {0, 1, 50, 300}) EXPECT_FALSE(find(library, steps)) << steps;
  const auto found = find(library, 1 << 20);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at(0)->factors, reference->at(0)->factors);
  EXPECT_EQ(found->at(0)->steps, reference->at(0)->steps);
  EXPECT_EQ(found->at(0)->polyline.vertices(), reference->at(0)->polyline.vertices());
}

const std::string beside_the_path = R"(
seed = 3
replicas = 11
[problem]
rows = 4
rank = 1
observed_fraction = 0.8
[model]
depth = 2
[initialization]
scale = 1e-3
[[phase]]
name = 'flow'
optimizer = 'gradient-flow'
time = 500
[compare]
greedy = true
[probe]
every = 20
trajectory = true
)";

class GreedyCut : public testing::TestWithParam<Overrides> {};

TEST_P(GreedyCut, MovesNoBit) {
  const std::string learnt =
      "seed = 3\nreplicas = 11\n[problem]\nrows = 4\nrank = 2\nobserved_fraction = 0.8\n[probe]\ntrajectory = true\n"
      "[[phase]]\nname = 'warm'\nlearning_rate = 0.05\nsteps = 9\n" +
      greedy_phase + "[[phase]]\nname = 'noise'\noptimizer = 'sgd'\nlearning_rate = 0.05\nsteps = 12\n";
  for (const std::string& experiment_text : {beside_the_path, learnt}) {
    const Experiment whole = parse(experiment_text, GetParam());
    const RunResults reference = train(whole);
    const auto expect_same = [&](const RunResults& results) {
      for (std::int64_t r = 0; r < whole.replicas; ++r) {
        ASSERT_EQ(bits_of(results[0], r), bits_of(reference[0], r)) << r;
        ASSERT_EQ(trajectory_bits(results[0], r), trajectory_bits(reference[0], r)) << r;
      }
    };
    expect_same(train(whole, cut(whole, 3), {.threads = 3}));
    const auto one = make_cpu_backend(1);
    const Pieces pieces = train_in_pieces({one.get()}, whole, cut(whole, 7), 1);
    expect_same(pieces.results);
    EXPECT_GT(pieces.stops, 1);
    const RunResults traced = train(whole, Training{.trace_every = 2});
    for (std::int64_t r = 0; r < whole.replicas; ++r) ASSERT_EQ(bits_of(traced[0], r), bits_of(reference[0], r)) << r;
  }
}

INSTANTIATE_TEST_SUITE_P(All, GreedyCut,
                         testing::Values(Overrides{}, Overrides{"problem.instances=per-replica"},
                                         Overrides{"initialization.instances=shared"}));

// Whatever the cells, the path is one and the same; nearer to it the smaller the start.
TEST(GreedyDistance, FallsWithTheScale) {
  const Experiment experiment =
      parse(beside_the_path, {"sweep.initialization.scale=[1e-1, 1e-2, 1e-3]", "probe.every=1"});
  const RunResults results = train(experiment);
  double before = 1e300;
  for (const ReplicaResults& cell : results) {
    double sum = 0.0;
    for (const double distance : cell.greedy_distance_maximum) sum += distance;
    EXPECT_LT(sum, 0.5 * before);
    before = sum;
    for (std::size_t k = 0; k < 2; ++k) EXPECT_EQ(cell.greedy_escape_rate[k], results[0].greedy_escape_rate[k]);
    // The largest of the series is the maximum, to the bit.
    double largest = 0.0;
    for (auto p = cell.trajectory_begin[4]; p < cell.trajectory_begin[5]; ++p) {
      const double distance = cell.trajectory_greedy_distance[static_cast<std::size_t>(p)];
      largest = std::max(largest, distance);
      EXPECT_LE(distance, cell.trajectory_greedy_solution_distance[static_cast<std::size_t>(p)]);
    }
    EXPECT_EQ(largest, cell.greedy_distance_maximum[4]);
  }
}

}  // namespace
}  // namespace rankfall
