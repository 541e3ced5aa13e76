// A phase's own target: target, rank or spectrum in [[phase]].
#include <gtest/gtest.h>

#include <cmath>

#include "support.hpp"

namespace rankfall {
namespace {

using test::cell_of;
using test::parse;
using test::problem;

const std::string two_phases_of_four = problem + "rank = 2\n" + test::phase + "[[phase]]\nname = \"switch\"\nlearning_rate = 0.1\nsteps = 2000\n";

TEST(PhaseTarget, IsAbsentWhereNothingIsSaid) {
  const Cell cell = cell_of(two_phases_of_four);
  for (const PhaseSpec& phase : cell.phases) {
    EXPECT_FALSE(phase.target.has_value());
    EXPECT_EQ(&phase.recovers(cell.problem.target), &cell.problem.target);
  }
  EXPECT_EQ(cell.final_target().rank, 2);
}

TEST(PhaseTarget, IsReadAsTheProblemsIs) {
  const PhaseSpec ranked = cell_of(two_phases_of_four + "rank = 3\n").phases.at(1), spectral = cell_of(two_phases_of_four + "spectrum = [3, 0.5]\n").phases.at(1),
                  given = cell_of(two_phases_of_four + "target = [[1, 2, 3, 4], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 5]]\n").phases.at(1);
  ASSERT_TRUE(ranked.target && spectral.target && given.target);
  EXPECT_EQ(ranked.target->kind, TargetKind::random_rank);
  EXPECT_EQ(ranked.target->rank, 3);
  EXPECT_EQ(spectral.target->kind, TargetKind::spectrum);
  EXPECT_EQ(spectral.target->spectrum, (std::vector<double>{3.0, 0.5}));
  EXPECT_EQ(given.target->kind, TargetKind::given);
  EXPECT_EQ(given.target->matrix->entries[15], 5.0);
  EXPECT_EQ(cell_of(two_phases_of_four + "rank = 3\n").final_target().rank, 3);
}

TEST(PhaseTarget, MayBeAFile) {
  const test::Folder folder;
  folder.write("second.csv", "1,2\n3,4\n");
  const std::string text = "[problem]\nrows = 2\n" + test::phase + "target = \"second.csv\"\n";
  const PhaseSpec phase = parse(text, {}, folder.path()).cells[0].phases[0];
  EXPECT_EQ(phase.target->matrix->entries, (std::vector<double>{1, 2, 3, 4}));
}

TEST(PhaseTarget, IsSweptAndOverridden) {
  const Experiment swept = parse(two_phases_of_four + "[sweep]\n\"phase.switch.rank\" = [1, 3]\n");
  ASSERT_EQ(swept.cells.size(), 2u);
  EXPECT_EQ(swept.cells[0].phases[1].target->rank, 1);
  EXPECT_EQ(swept.cells[1].phases[1].target->rank, 3);
  EXPECT_NE(swept.cells[0].identity, swept.cells[1].identity);
  EXPECT_EQ(cell_of(two_phases_of_four, {"phase.switch.rank=4"}).phases[1].target->rank, 4);
}

// What was trained before phases had targets goes on: the value is that of the program then.
TEST(PhaseTarget, LeavesTheDigestWhereThereIsNone) {
  const std::string length = "learning_rate = 0.05\nsteps = 300\n";
  EXPECT_EQ(parse("seed = 3\n[problem]\nrows = 6\ncolumns = 5\nrank = 2\nnoise = 0.1\nobserved_count = 11\ninstances = 'per-replica'\n"
                  "[[phase]]\n" + length + "[[phase]]\noptimizer = 'sgd'\nobserved_from = 'previous'\nobserved_count = 6\n" + length +
                  "[[phase]]\nobserved = 'gaussian'\nobserved_count = 13\n" + length + "[sweep]\n'model.depth' = [2, 3]\n")
                .digest,
            0xf6251a116bd013baull);
}

// Of a flow, without a key of its own: from the target that it sees.
TEST(PhaseTarget, BoundsTheNormOfAFlow) {
  const std::string flow = "[[phase]]\noptimizer = \"gradient-flow\"\ntime = 1\n";
  const Cell cell = cell_of(problem + flow + flow + "spectrum = [4, 3]\n" + flow + "target = [[2, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]\n");
  EXPECT_EQ(cell.phases[0].stop.blow_up, 4e3);
  EXPECT_NEAR(*cell.phases[1].stop.blow_up, 5e3, 1e-9);
  EXPECT_EQ(cell.phases[2].stop.blow_up, 2e3);
}

// The problem's zeros do not matter where no phase sees them.
TEST(PhaseTarget, IsWhatARelativeToleranceRefersTo) {
  const std::string zeros = "[problem]\ntarget = [[0, 0], [0, 0]]\n";
  EXPECT_EQ(test::complaint_of(zeros + test::phase + "rank = 1\n"), "");
  EXPECT_NE(test::complaint_of(zeros + test::phase), "");
}

void expect_again(const Experiment& experiment, const std::string& part) {
  EXPECT_NE(experiment.text.find(part), std::string::npos) << experiment.text;
  const Experiment again = parse_experiment(experiment.text, "elsewhere.toml", "/");
  EXPECT_EQ(again.text, experiment.text);
  EXPECT_EQ(again.digest, experiment.digest);
}

TEST(PhaseTarget, IsInTheEffectiveText) {
  const test::Folder folder;
  folder.write("small.csv", "1,2\n3,4\n");
  std::string large;
  for (int i = 0; i < 9; ++i) large += "1 2 3 4 5 6 7 8 9\n";
  folder.write("large.csv", large);
  expect_again(parse(two_phases_of_four + "rank = 3\n"), "rank = 3\n");
  expect_again(parse(two_phases_of_four + "spectrum = [3, 0.5]\n"), "spectrum = [3, 0.5]\n");
  const std::string of_two = "[problem]\nrows = 2\n" + test::phase, of_nine = "[problem]\nrows = 9\n" + test::phase;
  expect_again(parse(of_two + "target = \"small.csv\"\n", {}, folder.path()), "target = [[1, 2], [3, 4]]\n");
  expect_again(parse(of_nine + "target = \"large.csv\"\n", {}, folder.path()), "target = \"" + folder.file("large.csv") + "\"\n");
  expect_again(parse(of_two + "[sweep]\n\"phase.train.target\" = [\"small.csv\"]\n", {}, folder.path()),
               "\"phase.train.target\" = [\"" + folder.file("small.csv") + "\"]\n");
}

}  // namespace
}  // namespace rankfall
