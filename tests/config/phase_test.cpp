// [[phase]], [objective] and [probe].
#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <tuple>

#include "support.hpp"

namespace rankfall {
namespace {

using test::cell_of;
using test::problem;

TEST(Phase, Defaults) {
  const PhaseSpec phase = cell_of(problem + "[[phase]]\nlearning_rate = 0.1\nsteps = 100\n").phases.at(0);
  EXPECT_EQ(phase.name, "phase1");
  EXPECT_EQ(phase.optimizer, Optimizer::gradient_descent);
  EXPECT_EQ(phase.learning_rate, 0.1);
  EXPECT_EQ(phase.steps, 100);
  EXPECT_EQ(phase.batch_size, 1);
  EXPECT_EQ(phase.sampling, Sampling::uniform);
  EXPECT_EQ(phase.loss, LossKind::mean_squared);
  EXPECT_EQ(phase.ridge, 0.0);
  EXPECT_FALSE(phase.observed.has_value());
  EXPECT_TRUE(phase.stop.empty());
}

TEST(Phase, EveryKey) {
  const PhaseSpec phase =
      cell_of(problem +
              "[[phase]]\nname = \"noise-1\"\noptimizer = \"sgd\"\nlearning_rate = 1\nsteps = 1e5\nbatch_size = 3\n"
              "sampling = \"cyclic\"\nloss = \"half-sum-squared\"\nridge = 0.5\nobserved = \"diagonal\"\n"
              "stop = { gradient_norm = 1e-5, loss = 1e-6, plateau = 1e-7, rank_at_most = 1, rank_at_least = 3 }\n")
          .phases.at(0);
  EXPECT_EQ(phase.name, "noise-1");
  EXPECT_EQ(phase.optimizer, Optimizer::sgd);
  EXPECT_EQ(phase.learning_rate, 1.0);
  EXPECT_EQ(phase.steps, 100000);
  EXPECT_EQ(phase.batch_size, 3);
  EXPECT_EQ(phase.sampling, Sampling::cyclic);
  EXPECT_EQ(phase.loss, LossKind::half_sum_squared);
  EXPECT_EQ(phase.ridge, 0.5);
  ASSERT_TRUE(phase.observed.has_value());
  EXPECT_EQ(phase.observed->pattern, ObservationPattern::diagonal);
  EXPECT_EQ(phase.stop.gradient_norm, 1e-5);
  EXPECT_EQ(phase.stop.loss, 1e-6);
  EXPECT_EQ(phase.stop.plateau, 1e-7);
  EXPECT_EQ(phase.stop.rank_at_most, 1);
  EXPECT_EQ(phase.stop.rank_at_least, 3);
}

TEST(Phase, ObjectiveHoldsWhereAPhaseDoesNotOverride) {
  const std::vector<PhaseSpec> phases =
      cell_of(problem +
              "[objective]\nloss = \"half-sum-squared\"\nridge = 0.25\n"
              "[[phase]]\nlearning_rate = 0.1\nsteps = 1\n"
              "[[phase]]\nlearning_rate = 0.1\nsteps = 1\nloss = \"mean-squared\"\nridge = 0\nobserved_count = 2\n")
          .phases;
  EXPECT_EQ(phases.at(0).loss, LossKind::half_sum_squared);
  EXPECT_EQ(phases.at(0).ridge, 0.25);
  EXPECT_FALSE(phases.at(0).observed.has_value());
  EXPECT_EQ(phases.at(1).name, "phase2");
  EXPECT_EQ(phases.at(1).loss, LossKind::mean_squared);
  EXPECT_EQ(phases.at(1).ridge, 0.0);
  EXPECT_EQ(phases.at(1).observed->pattern, ObservationPattern::random);
  EXPECT_EQ(phases.at(1).observed->count, 2);
}

TEST(Phase, AddsToWhatThePhaseBeforeObserves) {
  const std::string length = "[[phase]]\nlearning_rate = 0.1\nsteps = 10\n";
  const auto phases = cell_of("[problem]\nrows = 3\nobserved = 'diagonal'\n" + length + length +
                              "observed_from = 'previous'\nobserved = [[2, 0], [1, 1]]\n" + length +
                              "observed_from = 'previous'\nobserved_count = 3\n" + length +
                              "observed_from = 'previous'\nobserved_count = 2\n" + length + "observed = 'chain'\n")
                          .phases;
  EXPECT_FALSE(phases.at(0).observed.has_value());
  ASSERT_EQ(phases.at(1).observed->pattern, ObservationPattern::given);
  std::vector<std::pair<int, int>> places;
  for (const ObservedEntry& entry : phases.at(1).observed->entries) places.emplace_back(entry.row, entry.column);
  EXPECT_EQ(places, (std::vector<std::pair<int, int>>{{0, 0}, {1, 1}, {2, 0}, {2, 2}}));
  EXPECT_EQ(std::tie(phases.at(2).observed->count, phases.at(2).observed->added), std::tuple(7, 3));
  EXPECT_EQ(std::tie(phases.at(3).observed->count, phases.at(3).observed->added), std::tuple(9, 2));
  EXPECT_EQ(phases.at(4).observed->pattern, ObservationPattern::chain);
}

TEST(Memory, DefaultsAndEveryKey) {
  const std::string length = "learning_rate = 0.1\nsteps = 10\n";
  const PhaseSpec heavy = cell_of(problem + "[[phase]]\noptimizer = 'momentum'\n" + length).phases.at(0);
  EXPECT_TRUE(heavy.remembers());
  EXPECT_FALSE(heavy.draws());
  EXPECT_EQ(heavy.momentum, 0.9);
  const PhaseSpec plain = cell_of(problem + "[[phase]]\noptimizer = 'group-rmsprop'\n" + length).phases.at(0);
  EXPECT_TRUE(plain.remembers());
  EXPECT_EQ(std::tie(plain.smoothing, plain.epsilon), std::tuple(0.99, 1e-4));
  const PhaseSpec given =
      cell_of(problem + "[[phase]]\noptimizer = 'group-rmsprop'\nsmoothing = 0.5\nepsilon = 1e-6\n" + length).phases.at(0);
  EXPECT_EQ(std::tie(given.smoothing, given.epsilon), std::tuple(0.5, 1e-6));
  EXPECT_EQ(cell_of(problem + "[[phase]]\noptimizer = 'momentum'\nmomentum = 0\n" + length).phases.at(0).momentum, 0.0);
}

// Whatever changes a replica's numbers changes the digest.
TEST(Memory, EveryKeyIsInTheDigest) {
  const auto digest = [](const std::string& keys) {
    return test::parse(problem + "[[phase]]\nlearning_rate = 0.1\nsteps = 10\n" + keys).digest;
  };
  const std::vector<std::string> all{"optimizer = 'gd'\n", "optimizer = 'momentum'\n", "optimizer = 'momentum'\nmomentum = 0.8\n",
                                     "optimizer = 'group-rmsprop'\n", "optimizer = 'group-rmsprop'\nsmoothing = 0.9\n",
                                     "optimizer = 'group-rmsprop'\nepsilon = 1e-3\n"};
  std::set<std::uint64_t> digests;
  for (const std::string& keys : all) digests.insert(digest(keys));
  EXPECT_EQ(digests.size(), all.size());
}

TEST(GradientFlow, Defaults) {
  const Cell cell = cell_of(problem + "[[phase]]\noptimizer = \"gradient-flow\"\ntime = 1e4\n");
  const PhaseSpec& phase = cell.phases.at(0);
  EXPECT_TRUE(phase.flows());
  EXPECT_FALSE(phase.draws());
  EXPECT_EQ(phase.time, 1e4);
  EXPECT_EQ(phase.relative_tolerance, 1e-8);
  EXPECT_EQ(phase.absolute_tolerance, 0.0);
  EXPECT_EQ(phase.steps, 1'000'000);
  EXPECT_EQ(phase.stop.blow_up, 1e3 * std::sqrt(static_cast<double>(cell.problem.rows * cell.problem.columns)));
  EXPECT_TRUE(cell.probe.times.empty());
  EXPECT_EQ(cell.probe.classify_at_end, RankKind::numerical);
}

// The norm of what is fitted, noise included: sqrt(3^2 + 16 * 1^2) = 5.
TEST(GradientFlow, ItsBoundOnTheNormKnowsOfNoise) {
  const Cell cell = cell_of("[problem]\nrows = 4\nspectrum = [3]\nnoise = 1\n[[phase]]\noptimizer = \"gradient-flow\"\ntime = 1\n");
  EXPECT_NEAR(*cell.phases.at(0).stop.blow_up, 5e3, 1e-9);
}

TEST(GradientFlow, EveryKey) {
  const Cell cell = cell_of(problem +
                            "[[phase]]\noptimizer = \"gradient-flow\"\ntime = 7\nrelative_tolerance = 1e-5\n"
                            "absolute_tolerance = 1e-9\nmaximum_steps = 50\nstop = { blow_up = 3 }\n"
                            "[probe]\ntimes = { logspace = [0.01, 100, 5] }\n");
  const PhaseSpec& phase = cell.phases.at(0);
  EXPECT_EQ(phase.time, 7.0);
  EXPECT_EQ(phase.relative_tolerance, 1e-5);
  EXPECT_EQ(phase.absolute_tolerance, 1e-9);
  EXPECT_EQ(phase.steps, 50);
  EXPECT_EQ(phase.stop.blow_up, 3.0);
  EXPECT_EQ(cell.probe.times, (std::vector<double>{0.01, 0.1, 1.0, 10.0, 100.0}));
}

// The precision that a flow asks for, in all cells once one of them has a flow.
TEST(GradientFlow, IsInFloat64) {
  const std::string phase = problem + "[[phase]]\nname = \"a\"\n";
  EXPECT_EQ(test::parse(phase + "learning_rate = 0.1\nsteps = 3\n").precision, Precision::float32);
  EXPECT_EQ(test::parse(phase + "optimizer = \"gradient-flow\"\ntime = 1\n").precision, Precision::float64);
}

// Finer tolerances where the arithmetic is finer; it is kept as the file says it.
TEST(GradientFlow, HasFinerTolerancesInDoubleDouble) {
  const std::string phase = problem + "[[phase]]\nname = \"a\"\noptimizer = \"gradient-flow\"\ntime = 1\n";
  const Experiment fine = test::parse("precision = \"double-double\"\n" + phase + "relative_tolerance = 1e-20\n");
  EXPECT_EQ(fine.precision, Precision::double_double);
  EXPECT_EQ(fine.cells[0].phases[0].relative_tolerance, 1e-20);
  EXPECT_EQ(test::parse(fine.text).digest, fine.digest);
  EXPECT_THROW(test::parse(phase + "relative_tolerance = 1e-20\n"), ConfigError);
}

// The digest of what is not a flow is not moved by what only flows have; that of a flow is.
TEST(GradientFlow, HasItsKeysInTheDigest) {
  const std::string flow = problem + "[[phase]]\noptimizer = \"gradient-flow\"\ntime = 1\n";
  const auto digest = [&](const std::string& more) { return test::parse(flow + more).digest; };
  for (const char* more : {"relative_tolerance = 1e-7\n", "absolute_tolerance = 1e-7\n", "maximum_steps = 9\n",
                           "stop = { blow_up = 2 }\n", "[probe]\ntimes = [0.5]\n"})
    EXPECT_NE(digest(more), digest("")) << more;
  EXPECT_EQ(digest("relative_tolerance = 1e-8\n"), digest(""));
}

TEST(Probe, Defaults) {
  const ProbeSpec probe = cell_of(problem + test::phase).probe;
  EXPECT_EQ(probe.every, 1000);
  EXPECT_EQ(probe.rank, RankKind::numerical);
  EXPECT_EQ(probe.rank_tolerance, 4e-3);
  EXPECT_FALSE(probe.tolerance_is_absolute);
  EXPECT_EQ(probe.classify_at_end, RankKind::quenched);
  EXPECT_FALSE(probe.trajectory);
  EXPECT_FALSE(probe.quench.learning_rate.has_value());
  EXPECT_EQ(probe.quench.steps, 200000);
  EXPECT_EQ(probe.quench.gradient_norm, 1e-5);
}

TEST(Probe, EveryKey) {
  const ProbeSpec probe = cell_of(problem + test::phase +
                                  "[probe]\nevery = 50\nrank = \"quenched\"\nrank_tolerance = { absolute = 0.02 }\n"
                                  "classify_at_end = \"numerical\"\ntrajectory = true\n"
                                  "quench = { learning_rate = 0.01, steps = 5000, gradient_norm = 1e-4 }\n")
                              .probe;
  EXPECT_EQ(probe.every, 50);
  EXPECT_EQ(probe.rank, RankKind::quenched);
  EXPECT_EQ(probe.rank_tolerance, 0.02);
  EXPECT_TRUE(probe.tolerance_is_absolute);
  EXPECT_EQ(probe.classify_at_end, RankKind::numerical);
  EXPECT_TRUE(probe.trajectory);
  EXPECT_EQ(probe.quench.learning_rate, 0.01);
  EXPECT_EQ(probe.quench.steps, 5000);
  EXPECT_EQ(probe.quench.gradient_norm, 1e-4);
}

}  // namespace
}  // namespace rankfall
