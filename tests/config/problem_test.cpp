// [problem] and the keys of observed entries.
#include <gtest/gtest.h>

#include "support.hpp"

namespace rankfall {
namespace {

using test::cell_of;
using test::phase;
using test::problem;

ProblemSpec problem_of(const std::string& keys) { return cell_of("[problem]\n" + keys + phase).problem; }

TEST(Problem, Defaults) {
  const ProblemSpec spec = problem_of("rows = 4\n");
  EXPECT_EQ(spec.rows, 4);
  EXPECT_EQ(spec.columns, 4);
  EXPECT_EQ(spec.target.kind, TargetKind::random_rank);
  EXPECT_EQ(spec.target.rank, 1);
  EXPECT_EQ(spec.noise, 0.0);
  EXPECT_EQ(spec.observed.pattern, ObservationPattern::full);
  EXPECT_EQ(spec.instances, Instances::shared);
  EXPECT_EQ(spec.instance_seed, 0u);
}

TEST(Problem, RandomTarget) {
  const ProblemSpec spec = problem_of(
      "rows = 7\ncolumns = 5\nrank = 3\nnoise = 0.25\nobserved = \"random\"\nobserved_count = 12\n"
      "instances = \"per-replica\"\ninstance_seed = -1\n");
  EXPECT_EQ(spec.rows, 7);
  EXPECT_EQ(spec.columns, 5);
  EXPECT_EQ(spec.target.rank, 3);
  EXPECT_EQ(spec.noise, 0.25);
  EXPECT_EQ(spec.observed.pattern, ObservationPattern::random);
  EXPECT_EQ(spec.observed.count, 12);
  EXPECT_EQ(spec.instances, Instances::per_replica);
  EXPECT_EQ(spec.instance_seed, 0xffffffffffffffffu);
}

TEST(Problem, Spectrum) {
  const ProblemSpec spec = problem_of("rows = 3\nspectrum = [3, 1.5]\n");
  EXPECT_EQ(spec.target.kind, TargetKind::spectrum);
  EXPECT_EQ(spec.target.spectrum, (std::vector<double>{3.0, 1.5}));
}

TEST(Problem, InlineTargetGivesTheSize) {
  const ProblemSpec spec = problem_of("target = [[1, 2.5, 3], [4, 5, -6]]\n");
  EXPECT_EQ(spec.target.kind, TargetKind::given);
  EXPECT_EQ(spec.rows, 2);
  EXPECT_EQ(spec.columns, 3);
  EXPECT_EQ(spec.target.matrix->entries, (std::vector<double>{1, 2.5, 3, 4, 5, -6}));
}

TEST(Problem, FractionBecomesACount) {
  EXPECT_EQ(problem_of("rows = 4\ncolumns = 5\nobserved_fraction = 0.5\n").observed.count, 10);
  EXPECT_EQ(problem_of("rows = 3\nobserved_fraction = 0.5\n").observed.count, 5);  // 4.5, away from zero
  EXPECT_EQ(problem_of("rows = 3\nobserved_fraction = 1\n").observed.count, 9);
}

TEST(Problem, ACompanionKeyImpliesItsPattern) {
  EXPECT_EQ(problem_of("rows = 4\nobserved_count = 5\n").observed.pattern, ObservationPattern::random);
  const ObservationSpec blocks = problem_of("rows = 4\nblocks = [1, 3]\n").observed;
  EXPECT_EQ(blocks.pattern, ObservationPattern::block_diagonal);
  EXPECT_EQ(blocks.blocks, (std::vector<int>{1, 3}));
}

TEST(Problem, Patterns) {
  EXPECT_EQ(problem_of("rows = 4\nobserved = \"full\"\n").observed.pattern, ObservationPattern::full);
  EXPECT_EQ(problem_of("rows = 4\nobserved = \"diagonal\"\n").observed.pattern, ObservationPattern::diagonal);
  const ObservationSpec sensed = problem_of("rows = 4\nobserved = \"gaussian\"\nobserved_count = 50\n").observed;
  EXPECT_TRUE(sensed.measures());
  EXPECT_EQ(sensed.count, 50);  // more than there are entries
  EXPECT_EQ(problem_of("rows = 4\nobserved = \"block-diagonal\"\nblocks = [4]\n").observed.pattern,
            ObservationPattern::block_diagonal);
}

TEST(Problem, ListedEntriesAreSorted) {
  const ObservationSpec observed = problem_of("rows = 3\nobserved = [[2, 0], [0, 1], [0, 0]]\n").observed;
  EXPECT_EQ(observed.pattern, ObservationPattern::given);
  ASSERT_EQ(observed.entries.size(), 3u);
  const int expected[3][2] = {{0, 0}, {0, 1}, {2, 0}};
  for (int k = 0; k < 3; ++k) {
    EXPECT_EQ(observed.entries[k].row, expected[k][0]);
    EXPECT_EQ(observed.entries[k].column, expected[k][1]);
    EXPECT_EQ(observed.entries[k].weight, 1.0);
  }
}

TEST(Problem, FilesAreTakenFromTheExperimentsFolder) {
  const test::Folder folder;
  folder.write("target.csv", "1,2\n3,4\n5,6\n");
  folder.write("mask.csv", "0 1\n2.5 0\n0 1\n");
  const std::string path =
      folder.write("experiment.toml", "[problem]\ntarget = \"target.csv\"\nobserved = \"mask.csv\"\n" + phase);
  const ProblemSpec spec = load_experiment(path).cells.at(0).problem;
  EXPECT_EQ(spec.rows, 3);
  EXPECT_EQ(spec.columns, 2);
  EXPECT_EQ(spec.target.matrix->entries, (std::vector<double>{1, 2, 3, 4, 5, 6}));
  ASSERT_EQ(spec.observed.entries.size(), 3u);
  EXPECT_EQ(spec.observed.entries[1].row, 1);
  EXPECT_EQ(spec.observed.entries[1].column, 0);
  EXPECT_EQ(spec.observed.entries[1].weight, 2.5);
}

TEST(Problem, ComplaintsAboutMaskFiles) {
  const test::Folder folder;
  const std::string text = problem + "observed = \"mask.csv\"\n" + phase;
  const std::string mask = folder.write("mask.csv", "1 0\n0 1\n");
  EXPECT_EQ(
      test::complaint_of(text, {}, folder.path()),
      "test.toml:3: 'mask.csv' is 2 x 2; the target is 4 x 4; give a weight, 0 or more, for every entry of the target");
  folder.write("mask.csv", "0 0 0 0\n0 0 0 0\n0 0 0 0\n0 0 0 0\n");
  EXPECT_EQ(test::complaint_of(text, {}, folder.path()),
            mask + ": no entry is observed; every weight is 0; set at least one entry to 1; asked for at test.toml:3");
  folder.write("mask.csv", "1 0 0 0\n0 0 0 0\n0 0 -1 0\n0 0 0 0\n");
  EXPECT_EQ(test::complaint_of(text, {}, folder.path()),
            mask +
                ": entry (2, 2) is -1; weights of observed entries are positive, 0 means not observed; correct the "
                "entry; asked for at test.toml:3");
}

TEST(Problem, ImpossibleFileNames) {
  const std::string name(5000, 'x');
  EXPECT_EQ(test::complaint_of("[problem]\ntarget = \"" + name + "\"\n" + phase, {}, "/"),
            "/" + name + ": cannot be read; File name too long; check the path; asked for at test.toml:2");
  EXPECT_EQ(
      test::complaint_of(problem + "observed = \"" + name + "\"\n" + phase, {}, "/"),
      "test.toml:3: problem.observed = '" + name.substr(0, 80) +
          "...' is neither a pattern nor a file; the patterns are random, full, diagonal, block-diagonal, "
          "chain, gaussian; there is "
          "no /" +
          name);
  EXPECT_EQ(test::complaint_of("[problem]\ntarget = \"\"\n" + phase, {}, "/"),
            "/: cannot be read; not a regular file; name a CSV or netCDF file; asked for at test.toml:2");
}

}  // namespace
}  // namespace rankfall
