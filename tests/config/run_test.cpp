// The top level and [estimate].
#include <gtest/gtest.h>

#include "support.hpp"

namespace rankfall {
namespace {

using test::parse;
using test::phase;
using test::problem;

TEST(Run, Defaults) {
  const Experiment experiment = parse(problem + phase);
  EXPECT_EQ(experiment.name, "test");
  EXPECT_EQ(experiment.seed, 0u);
  EXPECT_EQ(experiment.precision, Precision::float32);
  EXPECT_EQ(experiment.replicas, 1000);
  EXPECT_EQ(experiment.seeding, Seeding::independent);
  EXPECT_EQ(experiment.estimate.confidence, 0.95);
  EXPECT_EQ(experiment.estimate.interval, IntervalKind::clopper_pearson);
  EXPECT_FALSE(experiment.estimate.nuclear_norm);
  EXPECT_TRUE(experiment.axes.empty());
  ASSERT_EQ(experiment.cells.size(), 1u);
  EXPECT_EQ(experiment.cells[0].index, 0);
  EXPECT_TRUE(experiment.cells[0].position.empty());
  EXPECT_EQ(experiment.cells[0].label, "");
}

TEST(Run, EveryKey) {
  const Experiment experiment = parse(
      "name = \"jumps & falls\"\nseed = 9223372036854775807\nprecision = \"float64\"\nreplicas = 4e9\n"
      "seeding = \"common\"\n" +
      problem + phase + "[estimate]\nconfidence = 0.9\ninterval = \"jeffreys\"\nnuclear_norm = true\nrepresentation_cost_starts = 4\n");
  EXPECT_EQ(experiment.name, "jumps & falls");
  EXPECT_EQ(experiment.seed, 9223372036854775807u);
  EXPECT_EQ(experiment.precision, Precision::float64);
  EXPECT_EQ(experiment.replicas, 4'000'000'000);
  EXPECT_EQ(experiment.seeding, Seeding::common);
  EXPECT_EQ(experiment.estimate.confidence, 0.9);
  EXPECT_EQ(experiment.estimate.interval, IntervalKind::jeffreys);
  EXPECT_TRUE(experiment.estimate.nuclear_norm);
  EXPECT_EQ(experiment.estimate.representation_cost_starts, 4);
}

TEST(Run, NegativeSeedIsTwosComplement) {
  EXPECT_EQ(parse("seed = -1\n" + problem + phase).seed, 0xffffffffffffffffu);
  EXPECT_EQ(parse("seed = -9223372036854775808\n" + problem + phase).seed, 0x8000000000000000u);
}

TEST(Run, NameComesFromTheFileOrPreset) {
  EXPECT_EQ(parse_experiment(problem + phase, "some/where/rank_jumps.toml", "").name, "rank_jumps");
  EXPECT_EQ(parse_experiment(problem + phase, "preset:annealing", "").name, "annealing");
}

TEST(Run, UnreadableFileIsOneLine) {
  try {
    load_experiment("no/such/file.toml");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "no/such/file.toml: cannot be read; No such file or directory; check the path");
  }
  try {
    load_experiment("/");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "/: cannot be read; not a regular file; name an experiment file (TOML)");
  }
}

}  // namespace
}  // namespace rankfall
