// Greedy low-rank learning: its solutions where they are known, distances of flows from its path, and bits.
#include <gtest/gtest.h>

#include "backend/greedy_library.hpp"
#include "tests/backend/in_pieces.hpp"

namespace rankfall {
namespace {

using namespace test;

// The counter-example of Li, Luo & Lyu with R = 2: v = (1, 2, 1, 2), minimum of the nuclear norm 8, v v^T has 10.
const std::string counter_example = R"(
replicas = 1
[problem]
target = [[1, 2, 1, 2], [2, 4, 2, 4], [1, 2, 1, 2], [2, 4, 2, 4]]
observed = [[0, 2], [0, 3], [1, 2], [2, 0], [2, 1], [3, 0]]
[model]
depth = 2
[initialization]
kind = 'identity'
[objective]
loss = 'half-sum-squared'
)";
const std::string greedy_phase = "[[phase]]\nname = 'greedy'\nkind = 'greedy-low-rank'\n";

TEST(Greedy, ReachesTheCounterExampleInOnePhase) {
  const std::string symmetric = "model.symmetric=true", deep = "phase.greedy.pair=eigenvector";
  for (const Overrides& model : {Overrides{symmetric}, Overrides{deep}, Overrides{deep, "model.depth=3"},
                                 Overrides{deep, "model.depth=4"}}) {
    const ReplicaResults found = train_one_cell(counter_example + greedy_phase, model);
    EXPECT_EQ(found.outcome[0], Outcome::converged);
    EXPECT_EQ(found.greedy_outcome[0], 0);
    EXPECT_EQ(std::vector<std::int32_t>(found.greedy_rank.begin(), found.greedy_rank.begin() + 3),
              (std::vector<std::int32_t>{0, 1, -1}));
    EXPECT_NEAR(found.greedy_escape_rate[0], (1.0 + std::sqrt(17.0)) / 2.0, 1e-12);
    EXPECT_NEAR(found.greedy_gap[0], (std::sqrt(17.0) - 1.0) / (std::sqrt(17.0) + 1.0), 1e-12);
    EXPECT_LE(found.greedy_escape_rate[1], 1e-6 * found.greedy_escape_rate[0]);
    EXPECT_NEAR(found.greedy_loss[0], 9.0, 1e-12);
    EXPECT_LT(found.greedy_loss[1], 1e-14);
    EXPECT_NEAR(found.greedy_nuclear_norm[1], 10.0, 1e-6);
    EXPECT_LT(found.greedy_unobserved_error[1], 1e-6);
    EXPECT_TRUE(std::isnan(found.greedy_loss[2]));
    // The state that is left is that of the last solution.
    EXPECT_EQ(value(found, Observable::loss, 0), found.greedy_loss[1]);
    EXPECT_EQ(found.rank[0], 1);
    ASSERT_EQ(found.events.size(), 1u);
    EXPECT_EQ(found.events[0].rank_after, 1);
    EXPECT_EQ(found.time[0], found.greedy_time[1]);
  }
}

// The gradient at 0 is symmetric with eigenvalues in pairs +-: a singular pair is not unique, and that is told.
TEST(Greedy, TellsThatAnEscapeIsNotUnique) {
  const ReplicaResults found = train_one_cell(counter_example + greedy_phase);
  EXPECT_NEAR(found.greedy_gap[0], 1.0, 1e-12);
  EXPECT_EQ(found.greedy_outcome[0], 0);
}

// All observed: solutions are the best approximations of rank r, escapes are driven by the next singular value.
class Truncation : public testing::TestWithParam<std::string> {};

TEST_P(Truncation, IsTheSolution) {
  const double spectrum[] = {3.0, 2.0, 0.5};
  const std::string problem =
      "replicas = 1\n[problem]\nrows = 4\nspectrum = [3, 2, 0.5]\n[objective]\nloss = 'half-sum-squared'\n";
  const ReplicaResults found = train_one_cell(problem + greedy_phase, {GetParam()});
  ASSERT_EQ(found.greedy_outcome[0], 0);
  double loss = 0.5 * (9.0 + 4.0 + 0.25), nuclear = 0.0, left = 3.0;
  for (std::size_t r = 0; r <= 3; ++r) {
    EXPECT_EQ(found.greedy_rank[r], static_cast<int>(r));
    EXPECT_NEAR(found.greedy_loss[r], loss, 1e-7);
    EXPECT_NEAR(found.greedy_nuclear_norm[r], nuclear, 1e-6);
    EXPECT_NEAR(found.greedy_escape_rate[r], left, 1e-6);
    if (r < 2) { EXPECT_NEAR(found.greedy_gap[r], spectrum[r + 1] / spectrum[r], 1e-6); }
    if (r == 3) break;
    loss -= 0.5 * spectrum[r] * spectrum[r];
    nuclear += spectrum[r];
    left = r < 2 ? spectrum[r + 1] : 0.0;
  }
}

INSTANTIATE_TEST_SUITE_P(All, Truncation,
                         testing::Values("model.symmetric=true", "model.depth=2", "model.depth=3", "model.depth=4",
                                         "problem.columns=6", "problem.columns=3", "phase.greedy.escape=1e-20",
                                         "objective.loss=half-sum-squared", "model.width=3"));

// Over the cone of positive semidefinite matrices the end is a minimum though the gradient is not zero: KKT.
TEST(Greedy, EndsAtTheMinimumOverTheCone) {
  const ReplicaResults found = train_one_cell(
      "replicas = 1\n[problem]\ntarget = [[2, 0, 0], [0, 1, 0], [0, 0, -1]]\n[model]\nsymmetric = true\n"
      "[objective]\nloss = 'half-sum-squared'\n" + greedy_phase);
  EXPECT_EQ(found.greedy_outcome[0], 0);
  EXPECT_EQ(found.greedy_rank[2], 2);
  EXPECT_NEAR(found.greedy_loss[2], 0.5, 1e-12);
  EXPECT_LE(found.greedy_escape_rate[2], 2e-6);
  EXPECT_TRUE(std::isnan(found.greedy_loss[3]));
}

TEST(Greedy, StopsAtItsMaximumRankAndStalls) {
  const std::string problem = "replicas = 2\n[problem]\nrows = 4\nspectrum = [3, 2, 1]\n[initialization]\n" + greedy_phase;
  const ReplicaResults cut_off = train_one_cell(problem, {"phase.greedy.maximum_rank=2"});
  EXPECT_EQ(cut_off.outcome[0], Outcome::stopped);
  EXPECT_EQ(cut_off.solution_count, 3);
  EXPECT_EQ(cut_off.greedy_rank[2], 2);
  const ReplicaResults stalled = train_one_cell(problem, {"phase.greedy.maximum_steps=50"});
  EXPECT_EQ(stalled.outcome[0], Outcome::stalled);
  EXPECT_EQ(stalled.steps[0], 50);
  EXPECT_EQ(stalled.greedy_rank[1], -1);
}

// ||W - v v^T||_F where the flow from W(0) = a I ends: computed with an independent program.
struct End {
  int depth;
  double scale;  // a
  double distance;
};
class EndOfFlow : public testing::TestWithParam<End> {};

TEST_P(EndOfFlow, IsAsFarFromTheGreedySolution) {
  const auto [depth, a, distance] = GetParam();
  const std::string flow = "[[phase]]\nname = 'flow'\noptimizer = 'gradient-flow'\ntime = 1e12\nstop = { loss = 1e-18 }\n"
                           "[compare]\ngreedy = true\npair = 'eigenvector'\n[probe]\nevery = 1\n";
  const std::string scale = std::to_string(std::pow(a, 1.0 / depth));
  const ReplicaResults found =
      train_one_cell(counter_example + flow, {"model.depth=" + std::to_string(depth), "initialization.scale=" + scale});
  EXPECT_NEAR(found.greedy_end_distance[0] / distance, 1.0, 5e-3);
  EXPECT_NEAR(found.greedy_approach[1], found.greedy_end_distance[0], 0.2 * distance);
  EXPECT_LE(found.greedy_distance_maximum[0], 1.001 * distance);  // the flow leaves the path for good
  EXPECT_GE(found.greedy_distance_maximum[0], 0.15 * distance);  // and has passed it nearer to its middle
  EXPECT_EQ(found.greedy_rank[1], 1);
}

INSTANTIATE_TEST_SUITE_P(All, EndOfFlow,
                         testing::Values(End{2, 1e-1, 5.725}, End{2, 1e-4, 2.603}, End{2, 1e-8, 0.329},
                                         End{3, 1e-1, 4.37}, End{3, 1e-2, 1.153}, End{3, 1e-3, 9.27e-2},
                                         End{4, 1e-2, 0.360}, End{4, 1e-4, 2.36e-3}));

// A path found with other tolerances and another escape keeps within what is promised of the first.
TEST(GreedyPath, IsTheSamePathHoweverItIsFound) {
  const Experiment experiment = parse(
      "replicas = 1\n[problem]\nrows = 6\nspectrum = [3, 2]\nobserved_count = 30\n[model]\nsymmetric = true\n" + greedy_phase);
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
      "[[phase]]\nname = 'warm'\nlearning_rate = 0.05\nsteps = 9\n" + greedy_phase +
      "[[phase]]\nname = 'noise'\noptimizer = 'sgd'\nlearning_rate = 0.05\nsteps = 12\n";
  for (const std::string& text : {beside_the_path, learnt}) {
    const Experiment whole = parse(text, GetParam());
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
  const Experiment experiment = parse(beside_the_path, {"sweep.initialization.scale=[1e-1, 1e-2, 1e-3]", "probe.every=1"});
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
