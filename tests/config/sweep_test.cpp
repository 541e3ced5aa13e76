// [sweep]: values, axes, cells and their identities.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "rankfall/sweep_labels.hpp"
#include "support.hpp"

namespace rankfall {
namespace {

using test::parse;
using test::swept;

std::vector<double> numbers(const Axis& axis, std::size_t key = 0) {
  std::vector<double> result;
  for (const SweepValue& value : axis.values.at(key)) result.push_back(std::get<double>(value));
  return result;
}

TEST(Sweep, CellsAreRowMajorInTheOrderOfTheFile) {
  const Experiment experiment =
      swept("\"phase.train.learning_rate\" = [0.2, 0.1]\n\"objective.ridge\" = [0.01, 0, 0.02]\n");
  ASSERT_EQ(experiment.axes.size(), 2u);
  EXPECT_EQ(experiment.axes[0].dimension, "learning_rate");  // a sorted map would put objective.ridge first
  EXPECT_EQ(experiment.axes[0].keys, std::vector<std::string>{"phase.train.learning_rate"});
  EXPECT_EQ(experiment.axes[1].dimension, "ridge");
  EXPECT_EQ(numbers(experiment.axes[1]), (std::vector<double>{0.01, 0, 0.02}));
  ASSERT_EQ(experiment.cells.size(), 6u);
  const double rates[] = {0.2, 0.1};
  const double ridges[] = {0.01, 0, 0.02};
  for (int i = 0; i < 2; ++i) {
    for (int j = 0; j < 3; ++j) {
      const Cell& cell = experiment.cells[i * 3 + j];
      EXPECT_EQ(cell.index, i * 3 + j);
      EXPECT_EQ(cell.position, (std::vector<int>{i, j}));
      EXPECT_EQ(cell.phases[0].learning_rate, rates[i]);
      EXPECT_EQ(cell.phases[0].ridge, ridges[j]);
    }
  }
  EXPECT_EQ(experiment.cells[0].label, "learning_rate=0.2 ridge=0.01");
  EXPECT_EQ(experiment.cells[4].label, "learning_rate=0.1 ridge=0");
}

TEST(Sweep, Linspace) {
  EXPECT_EQ(numbers(swept("\"objective.ridge\" = { linspace = [0.1, 0.7, 7] }\n").axes[0]),
            (std::vector<double>{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7}));
  EXPECT_EQ(numbers(swept("\"objective.ridge\" = { linspace = [1, 0, 2] }\n").axes[0]), (std::vector<double>{1, 0}));
  EXPECT_EQ(numbers(swept("\"objective.ridge\" = { linspace = [0.3, 9, 1] }\n").axes[0]), (std::vector<double>{0.3}));
}

TEST(Sweep, Logspace) {
  EXPECT_EQ(numbers(swept("\"objective.ridge\" = { logspace = [0.005, 0.02, 3] }\n").axes[0]),
            (std::vector<double>{0.005, 0.01, 0.02}));
  const std::vector<double> decades = numbers(swept("\"objective.ridge\" = { logspace = [1e-6, 1, 7] }\n").axes[0]);
  EXPECT_EQ(decades, (std::vector<double>{1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1}));
  const std::vector<double> fine = numbers(swept("\"objective.ridge\" = { logspace = [0.003, 0.7, 50] }\n").axes[0]);
  const double ratio = std::pow(0.7 / 0.003, 1.0 / 49.0);
  EXPECT_EQ(fine.front(), 0.003);
  EXPECT_EQ(fine.back(), 0.7);
  for (std::size_t i = 1; i < fine.size(); ++i) EXPECT_NEAR(fine[i] / fine[i - 1], ratio, 1e-11);
}

TEST(Sweep, IntegersStringsAndBooleans) {
  const Experiment experiment = swept(
      "\"model.depth\" = { linspace = [2, 4, 3] }\n\"initialization.kind\" = [\"gaussian\", \"uniform\"]\n"
      "\"probe.trajectory\" = [false, true]\n");
  ASSERT_EQ(experiment.cells.size(), 12u);
  const Cell& last = experiment.cells.back();
  EXPECT_EQ(last.model.depth, 4);
  EXPECT_EQ(last.model.widths.size(), 5u);
  EXPECT_EQ(last.initialization.kind, InitializationKind::uniform);
  EXPECT_TRUE(last.probe.trajectory);
  EXPECT_EQ(last.label, "depth=4 kind=uniform trajectory=true");
  EXPECT_EQ(std::get<std::string>(experiment.axes[1].values[0][1]), "uniform");
  EXPECT_EQ(std::get<std::string>(experiment.axes[2].values[0][0]), "false");
}

TEST(Sweep, ZipTiesKeysIntoOneAxis) {
  const Experiment experiment = swept(
      "\"model.depth\" = [2, 3]\n\"objective.ridge\" = [0.1, 0.2, 0.3]\n\"initialization.scale\" = [0.5, 0.25]\n"
      "zip = [[\"model.depth\", \"initialization.scale\"]]\n");
  ASSERT_EQ(experiment.axes.size(), 2u);
  const Axis& zipped = experiment.axes[0];
  EXPECT_EQ(zipped.dimension, "depth_scale");
  EXPECT_EQ(zipped.keys, (std::vector<std::string>{"model.depth", "initialization.scale"}));
  EXPECT_EQ(zipped.coordinates, (std::vector<std::string>{"depth", "scale"}));
  EXPECT_EQ(numbers(zipped, 1), (std::vector<double>{0.5, 0.25}));
  ASSERT_EQ(experiment.cells.size(), 6u);
  for (const Cell& cell : experiment.cells) {
    EXPECT_EQ(cell.initialization.scale, cell.model.depth == 2 ? 0.5 : 0.25);
  }
  EXPECT_EQ(experiment.cells[3].label, "depth=3 scale=0.25 ridge=0.1");
}

TEST(Sweep, AxesAreNamedInFullWhereNamesClash) {
  const std::string second = "[[phase]]\nname = \"later\"\nlearning_rate = 0.1\nsteps = 1000\n";
  const Experiment experiment =
      parse(test::problem + test::phase + second +
            "[sweep]\n\"phase.train.learning_rate\" = [0.1, 0.2]\n\"phase.later.learning_rate\" = [0.1, 0.2]\n"
            "\"problem.rank\" = [1, 2]\n\"phase.later.steps\" = [1000, 2000]\n\"model.width\" = [4, 5]\n");
  std::vector<std::string> dimensions;
  for (const Axis& axis : experiment.axes) dimensions.push_back(axis.dimension);
  EXPECT_EQ(dimensions, (std::vector<std::string>{"phase.train.learning_rate", "phase.later.learning_rate",
                                                  "problem.rank", "phase.later.steps", "width"}));
}

TEST(Sweep, ObjectiveReachesPhasesThatDoNotOverrideIt) {
  const std::string second = "[[phase]]\nname = \"own\"\nlearning_rate = 0.1\nsteps = 1000\nridge = 0.5\n";
  const Experiment experiment =
      parse(test::problem + test::phase + second + "[sweep]\n\"objective.ridge\" = [0.1, 0.2]\n");
  EXPECT_EQ(experiment.cells[1].phases[0].ridge, 0.2);
  EXPECT_EQ(experiment.cells[1].phases[1].ridge, 0.5);
}

TEST(Sweep, MayGiveWhatTheFileLeavesOut) {
  const Experiment experiment = parse(
      "[[phase]]\nname = \"a\"\nsteps = 10\n[sweep]\n\"problem.rows\" = [3, 4]\n"
      "phase.a.learning_rate = [0.1, 0.2]\n");
  ASSERT_EQ(experiment.cells.size(), 4u);
  EXPECT_EQ(experiment.cells[2].problem.rows, 4);
  EXPECT_EQ(experiment.cells[2].model.widths, (std::vector<int>{4, 4, 4}));
}

// What phase diagrams are drawn over: start, size, length of what comes before, entries that are added; with seeds.
TEST(Sweep, TakesTheKeysOfPhaseDiagramsTogether) {
  const std::string text =
      "[problem]\nobserved = \"diagonal\"\n[initialization]\nkind = \"affine\"\n[[phase]]\nname = \"before\"\n"
      "learning_rate = 0.1\nsteps = 10\n[[phase]]\nname = \"after\"\nlearning_rate = 0.1\nsteps = 10\n"
      "observed_from = \"previous\"\n[sweep]\n\"initialization.scale\" = { logspace = [0.01, 1, 3] }\n"
      "\"initialization.mixing\" = [0, 0.5]\n\"model.depth\" = [2, 4]\n\"problem.rows\" = [3, 6]\n"
      "\"phase.before.steps\" = [1, 10, 100]\n\"phase.after.observed_count\" = [1, 6]\n\"problem.instance_seed\" = [1, 2]\n";
  const Experiment experiment = parse(text);
  ASSERT_EQ(experiment.cells.size(), 288u);
  std::vector<std::string> dimensions;
  for (const Axis& axis : experiment.axes) dimensions.push_back(axis.dimension);
  EXPECT_EQ(dimensions, (std::vector<std::string>{"scale", "mixing", "depth", "rows", "phase.before.steps", "observed_count",
                                                  "instance_seed"}));
  const Cell& last = experiment.cells.back();
  EXPECT_EQ(last.initialization.scale, 1.0);
  EXPECT_EQ(last.initialization.mixing, 0.5);
  EXPECT_EQ(last.problem.columns, 6);  // what is not given follows the size: columns, widths, the diagonal
  EXPECT_EQ(last.model.widths, (std::vector<int>{6, 6, 6, 6, 6}));
  EXPECT_EQ(last.phases[0].steps, 100);
  EXPECT_EQ(last.phases[1].observed->added, 6);
  EXPECT_EQ(last.phases[1].observed->count, 12);
  EXPECT_EQ(last.problem.instance_seed, 2u);
  EXPECT_EQ(experiment.cells.front().phases[1].observed->count, 4);
  const Experiment again = parse(experiment.text);
  EXPECT_EQ(again.digest, experiment.digest);
  EXPECT_EQ(again.cells.back().label, last.label);
  EXPECT_EQ(test::complaint_of(text, {"sweep.\"phase.after.observed_count\"=[1, 7]"}),
            "--set sweep.\"phase.after.observed_count\"=[1, 7]: phase.after.observed_count adds 7 entries; the phase before observes 3 of "
            "9, which leaves 6; lower it; this is grid point scale=0.01 mixing=0 depth=2 rows=3 phase.before.steps=1 "
            "observed_count=7 instance_seed=1");
}

TEST(Sweep, LargeGridsShareTheirMatrices) {
  const Experiment experiment = parse("[problem]\ntarget = [[1, 0], [0, 1]]\n" + test::phase +
                                      "[sweep]\n\"objective.ridge\" = { linspace = [0, 1, 100] "
                                      "}\n\"initialization.scale\" = { linspace = [0.1, 1, 50] }\n");
  ASSERT_EQ(experiment.cells.size(), 5000u);
  EXPECT_EQ(experiment.cells.front().problem.target.matrix, experiment.cells.back().problem.target.matrix);
  std::set<std::uint64_t> distinct;
  for (const Cell& cell : experiment.cells) distinct.insert(cell.identity);
  EXPECT_EQ(distinct.size(), 5000u);
}

TEST(Sweep, ManyCellsWithLongMasksAreRefused) {
  std::string pairs;
  for (int i = 0; i < 20; ++i) {
    for (int j = 0; j < 20; ++j) pairs += "[" + std::to_string(i) + "," + std::to_string(j) + "],";
  }
  EXPECT_EQ(test::complaint_of("[problem]\nrows = 20\nobserved = [" + pairs + "]\n" + test::phase +
                               "[sweep]\n\"objective.ridge\" = { linspace = [0, 1, 500000] }\n"),
            "test.toml: the observed entries, probe times and changes of rates of all cells do not fit in memory; 200000000 would be "
            "listed, at most 50000000 are held; sweep fewer values, observe by a pattern, or hold rates for longer");
}

// Lists of observed entries are named after what they look like, whatever their order; equal cells stay equal cells.
TEST(Sweep, OfObservedEntriesIsNamedAfterThem) {
  const std::string lists = "\"problem.observed\" = [[[0, 0], [0, 1], [1, 1]], [[3, 2], [0, 0]], [[0, 0]]]\n";
  const Experiment experiment = swept(lists);
  ASSERT_EQ(experiment.cells.size(), 3u);
  EXPECT_EQ(experiment.cells[0].label, "observed=11|01");
  EXPECT_EQ(experiment.cells[1].label, "observed=100|000|000|001");
  EXPECT_EQ(std::get<std::string>(experiment.axes.at(0).values.at(0).at(2)), "1|");
  const std::vector<std::size_t> counts{3, 2, 1};
  for (std::size_t c = 0; c < counts.size(); ++c) {
    EXPECT_EQ(experiment.cells[c].problem.observed.pattern, ObservationPattern::given);
    EXPECT_EQ(experiment.cells[c].problem.observed.entries.size(), counts[c]);
  }
  EXPECT_EQ(experiment.cells[1].problem.observed.entries.back().column, 2);
  const Experiment again = parse(experiment.text), turned = swept("\"problem.observed\" = [[[1, 1], [0, 1], [0, 0]]]\n");
  EXPECT_EQ(again.digest, experiment.digest);
  EXPECT_EQ(again.cells[2].identity, experiment.cells[2].identity);
  EXPECT_EQ(turned.cells[0].identity, experiment.cells[0].identity);
}

// A label names the places of an axis and is no part of what is trained.
TEST(Sweep, LabelsNameWhatVariesTogether) {
  const std::string zipped = "\"phase.train.learning_rate\" = [0.1, 0.2]\n\"objective.ridge\" = [0, 0.5]\n";
  const Experiment plain = swept(zipped + "zip = [[\"phase.train.learning_rate\", \"objective.ridge\"]]\n"),
                   named = swept("label = [\"slow\", \"with ridge\"]\n" + zipped +
                                 "zip = [[\"label\", \"phase.train.learning_rate\", \"objective.ridge\"]]\n");
  ASSERT_EQ(named.axes.size(), 1u);
  EXPECT_EQ(named.axes[0].dimension, "label");
  EXPECT_EQ(named.axes[0].coordinates, (std::vector<std::string>{"label", "learning_rate", "ridge"}));
  EXPECT_EQ(std::get<std::string>(named.axes[0].values[0][1]), "with ridge");
  EXPECT_TRUE(tells(named.axes[0], 0) && !tells(named.axes[0], 1) && !tells(named.axes[0], 2));
  EXPECT_TRUE(tells(plain.axes[0], 0) && tells(plain.axes[0], 1));
  ASSERT_EQ(named.cells.size(), 2u);
  for (std::size_t c = 0; c < 2; ++c) EXPECT_EQ(named.cells[c].identity, plain.cells[c].identity);  // the same random numbers
  EXPECT_EQ(named.cells[1].label, "label=with ridge");
  EXPECT_EQ(named.cells[1].phases[0].ridge, 0.5);
  EXPECT_EQ(test::parse(named.text).text, named.text);
}

}  // namespace
}  // namespace rankfall
