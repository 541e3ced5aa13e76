// [sweep]: values, axes, cells and their identities.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "config/hash.hpp"
#include "support.hpp"

namespace rankfall {
namespace {

using test::parse;

Experiment swept(const std::string& sweep, const Overrides& overrides = {}) {
  return parse(test::problem + test::phase + "[sweep]\n" + sweep, overrides);
}

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

std::map<std::string, std::uint64_t> identities(const Experiment& experiment) {
  std::map<std::string, std::uint64_t> result;
  for (const Cell& cell : experiment.cells) result[cell.label] = cell.identity;
  return result;
}

TEST(Identity, IsACellsOwn) {
  const auto small = identities(swept("\"objective.ridge\" = [0.1, 0.2]\n\"model.depth\" = [2, 3]\n"));
  const auto large = identities(swept("\"objective.ridge\" = [0.3, 0.2, 0.1, 0.15]\n\"model.depth\" = [4, 3, 2]\n"));
  ASSERT_EQ(small.size(), 4u);
  ASSERT_EQ(large.size(), 12u);
  for (const auto& [label, identity] : small) EXPECT_EQ(large.at(label), identity) << label;
  std::set<std::uint64_t> distinct;
  for (const auto& [label, identity] : large) distinct.insert(identity);
  EXPECT_EQ(distinct.size(), large.size());
}

TEST(Identity, DoesNotDependOnSpellingOrderOrZip) {
  const auto identity = [](const std::string& sweep) { return swept(sweep).cells.back().identity; };
  const std::uint64_t reference = identity("\"objective.ridge\" = [1]\n\"model.depth\" = [3]\n");
  EXPECT_EQ(identity("\"objective.ridge\" = [1.0]\n\"model.depth\" = [3.0]\n"), reference);
  EXPECT_EQ(identity("\"model.depth\" = [3]\n\"objective.ridge\" = [0, 1e0]\n"), reference);
  EXPECT_EQ(identity("objective.ridge = { linspace = [0, 1, 5] }\nmodel.depth = [2, 3]\n"), reference);
  EXPECT_EQ(identity("\"objective.ridge\" = [0, 1]\n\"model.depth\" = [2, 3]\n"
                     "zip = [[\"objective.ridge\", \"model.depth\"]]\n"),
            reference);
  EXPECT_NE(identity("\"objective.ridge\" = [3]\n\"model.depth\" = [1]\n"), reference);
}

TEST(Identity, OfAFileIsItsContent) {
  const test::Folder here;
  const test::Folder there;
  here.write("a.csv", "1,0,0,0\n0,1,0,0\n0,0,1,0\n0,0,0,1\n");
  here.write("b.csv", "1,1,1,1\n0,1,0,0\n0,0,1,0\n0,0,0,1\n");
  there.write("renamed.csv", "1,1,1,1\n0,1,0,0\n0,0,1,0\n0,0,0,1\n");
  const std::string rest = "[problem]\nrows = 4\n" + test::phase + "[sweep]\n\"problem.target\" = ";
  const Experiment first = parse(rest + "[\"a.csv\", \"b.csv\"]\n", {}, here.path());
  const Experiment second = parse(rest + "[\"renamed.csv\"]\n", {}, there.path());
  EXPECT_EQ(first.cells[1].identity, second.cells[0].identity);
  EXPECT_NE(first.cells[0].identity, first.cells[1].identity);
  EXPECT_EQ(first.cells[0].label, "target=a.csv");
  EXPECT_EQ(std::get<std::string>(first.axes[0].values[0][0]), here.file("a.csv"));
  EXPECT_EQ(test::complaint_of(rest + "[\"a.csv\", \"c.csv\"]\n", {}, here.path()),
            "test.toml:8: '" + here.file("c.csv") + "' cannot be read; there is no such file; check the path");
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
            "test.toml: the observed entries and probe times of all cells do not fit in memory; 200000000 would be listed, at most "
            "50000000 are held; sweep fewer values, or observe by a pattern");
}

// Published vectors: FNV-1a of "" and "a" (the reference code's test suite); the finalizer gives SplitMix64's first
// output for seed 0, 0xe220a8397b1dcdaf, from its increment.
TEST(Hash, KnownAnswers) {
  using config::Hasher;
  EXPECT_EQ(Hasher::finalized(0x9e3779b97f4a7c15u), 0xe220a8397b1dcdafu);
  EXPECT_EQ(Hasher().value(), Hasher::finalized(0xcbf29ce484222325u));
  Hasher a;
  a.bytes("a");
  EXPECT_EQ(a.value(), Hasher::finalized(0xaf63dc4c8601ec8cu));
  Hasher foobar;
  foobar.bytes("foobar");
  EXPECT_EQ(foobar.value(), Hasher::finalized(0x85944171f73967e8u));
}

// Lists of observed entries are named after what they look like, whatever their order; equal cells stay equal cells.
TEST(Sweep, OfObservedEntriesIsNamedAfterThem) {
  const std::string lists = "\"problem.observed\" = [[[0, 0], [0, 1], [1, 1]], [[3, 2], [0, 0]], [[0, 0]]]\n";
  const Experiment experiment = swept(lists);
  ASSERT_EQ(experiment.cells.size(), 3u);
  EXPECT_EQ(experiment.cells[0].label, "observed=11|01");
  EXPECT_EQ(experiment.cells[1].label, "observed=100|000|000|001");
  EXPECT_EQ(std::get<std::string>(experiment.axes.at(0).values.at(0).at(2)), "1");
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

}  // namespace
}  // namespace rankfall
