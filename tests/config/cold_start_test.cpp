// [compare] cold_start: pairs of cells; and phases without a length.
#include <gtest/gtest.h>

#include "support.hpp"

namespace rankfall {
namespace {

using test::parse;

const std::string pre_and_last =
    "[problem]\nrows = 4\n[[phase]]\nname = 'pre'\nlearning_rate = 0.1\nsteps = 100\nobserved = 'diagonal'\n"
    "[[phase]]\nname = 'warm'\noptimizer = 'gradient-flow'\ntime = 7\n"
    "[[phase]]\nname = 'last'\noptimizer = 'sgd'\nlearning_rate = 0.1\nsteps = 50\n";
const std::string cold_start = "[compare]\ncold_start = true\n";
const std::string rates = "[sweep]\n'phase.last.learning_rate' = [0.1, 0.2, 0.3]\n";

TEST(ColdStart, MakesAPairOfEveryCell) {
  const Experiment plain = parse(pre_and_last + rates), paired = parse(pre_and_last + rates + cold_start);
  ASSERT_EQ(paired.cells.size(), 2 * plain.cells.size());
  ASSERT_EQ(paired.axes.size(), 2u);
  EXPECT_EQ(paired.axes[1].dimension, "start");
  EXPECT_EQ(paired.axes[1].coordinates, std::vector<std::string>{"start"});
  EXPECT_EQ(paired.axes[1].values[0], (std::vector<SweepValue>{std::string("warm"), std::string("cold")}));
  for (std::size_t c = 0; c < plain.cells.size(); ++c) {
    const Cell &own = plain.cells[c], &warm = paired.cells[2 * c], &cold = paired.cells[2 * c + 1];
    EXPECT_EQ(warm.identity, own.identity);
    EXPECT_EQ(cold.identity, own.identity);
    EXPECT_EQ(own.start, Start::single);
    EXPECT_EQ(warm.start, Start::warm);
    EXPECT_EQ(cold.start, Start::cold);
    EXPECT_EQ(cold.index, static_cast<int>(2 * c + 1));
    EXPECT_EQ(cold.position, (std::vector<int>{static_cast<int>(c), 1}));
    EXPECT_EQ(warm.label, own.label + " start=warm");
    EXPECT_EQ(cold.label, own.label + " start=cold");
    ASSERT_EQ(cold.phases.size(), 3u);  // the last draws as phase 3 in both
    for (std::size_t p = 0; p < 3; ++p) {
      EXPECT_FALSE(warm.phases[p].is_empty());
      EXPECT_EQ(cold.phases[p].is_empty(), p < 2);
      EXPECT_EQ(warm.phases[p].time, own.phases[p].time);
    }
    EXPECT_EQ(cold.phases[1].time, 0.0);
    EXPECT_EQ(cold.phases[2].steps, 50);
  }
}

TEST(ColdStart, OfOneCellHasTheAxisAlone) {
  const Experiment experiment = parse(pre_and_last + cold_start);
  ASSERT_EQ(experiment.cells.size(), 2u);
  EXPECT_EQ(experiment.cells[0].label, "start=warm");
  EXPECT_EQ(experiment.cells[1].position, std::vector<int>{1});
  // Phases that are left out need no time to settle, and no probes.
  EXPECT_EQ(warnings(parse(pre_and_last + cold_start, {"probe.every=10", "objective.ridge=0.5", "phase.pre.steps=500",
                                                       "phase.warm.time=50"})),
            std::vector<std::string>{});
}

TEST(ColdStart, IsInTheTextAndTheDigest) {
  const Experiment experiment = parse(pre_and_last + rates + cold_start);
  const Experiment again = parse_experiment(experiment.text, "elsewhere.toml", "/");
  EXPECT_EQ(again.text, experiment.text);
  EXPECT_EQ(again.digest, experiment.digest);
  EXPECT_EQ(again.cells.size(), 6u);
  const Experiment plain = parse(pre_and_last + rates);
  EXPECT_NE(plain.digest, experiment.digest);
  EXPECT_EQ(parse(pre_and_last + rates + "[compare]\ncold_start = false\n").digest, plain.digest);
  EXPECT_NE(differing_keys(plain.text, experiment.text).find("compare.cold_start (not set there, true here)"), std::string::npos);
}

TEST(ColdStart, GoesWithAComparisonWithTheGreedyPath) {
  const std::string flows = "[problem]\nrows = 4\n[[phase]]\nname = 'pre'\noptimizer = 'gradient-flow'\ntime = 3\n"
                            "[[phase]]\noptimizer = 'gradient-flow'\ntime = 3\n[compare]\ngreedy = true\n";
  const Experiment experiment = parse(flows + "cold_start = true\n");
  ASSERT_EQ(experiment.cells.size(), 2u);
  EXPECT_TRUE(experiment.cells[1].greedy_path.has_value());
}

TEST(PhaseLength, MayBeZero) {
  const Experiment experiment = parse(pre_and_last + "[sweep]\n'phase.pre.steps' = [0, 10]\n'phase.warm.time' = [0, 2]\n");
  const Cell& none = experiment.cells[0];
  EXPECT_TRUE(none.phases[0].is_empty());
  EXPECT_TRUE(none.phases[1].is_empty());
  EXPECT_EQ(none.phases[1].steps, 0);  // not of the integrator either
  EXPECT_FALSE(experiment.cells[3].phases[0].is_empty());
  EXPECT_EQ(experiment.cells[3].phases[1].steps, 1'000'000);
  EXPECT_EQ(warnings(parse(pre_and_last, {"phase.pre.steps=0", "phase.warm.time=0", "probe.every=10"})), std::vector<std::string>{});
}

// A phase that makes no step draws nothing.
TEST(PhaseLength, OfNoiseDecidesWhetherItDraws) {
  const std::string noise = "[problem]\nrows = 4\n[[phase]]\nname = 'noise'\noptimizer = 'sgd'\nlearning_rate = 0.1\nsteps = 0\n" + test::phase;
  EXPECT_FALSE(test::cell_of(noise).phases[0].draws());
  EXPECT_TRUE(test::cell_of(noise, {"phase.noise.steps=1"}).phases[0].draws());
}

}  // namespace
}  // namespace rankfall
