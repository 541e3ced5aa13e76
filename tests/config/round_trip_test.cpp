// The effective experiment: runnable from anywhere, and the same experiment.
#include <gtest/gtest.h>

#include "support.hpp"

namespace rankfall {
namespace {

using test::parse;

// Reads the text back from another folder and compares what can be compared.
void expect_round_trip(const Experiment& experiment) {
  const Experiment again = parse_experiment(experiment.text, "elsewhere.toml", "/");
  EXPECT_EQ(again.text, experiment.text);
  EXPECT_EQ(again.digest, experiment.digest);
  EXPECT_EQ(again.name, experiment.name);
  EXPECT_EQ(again.seed, experiment.seed);
  EXPECT_EQ(again.replicas, experiment.replicas);
  EXPECT_EQ(again.precision, experiment.precision);
  EXPECT_EQ(again.estimate.interval, experiment.estimate.interval);
  ASSERT_EQ(again.cells.size(), experiment.cells.size());
  for (std::size_t i = 0; i < again.cells.size(); ++i) {
    EXPECT_EQ(again.cells[i].identity, experiment.cells[i].identity);
    EXPECT_EQ(again.cells[i].label, experiment.cells[i].label);
    EXPECT_EQ(again.cells[i].phases[0].name, experiment.cells[i].phases[0].name);
  }
  ASSERT_EQ(again.axes.size(), experiment.axes.size());
  for (std::size_t i = 0; i < again.axes.size(); ++i) {
    EXPECT_EQ(again.axes[i].dimension, experiment.axes[i].dimension);
    EXPECT_EQ(again.axes[i].values, experiment.axes[i].values);
  }
}

TEST(RoundTrip, EveryKindOfKey) {
  expect_round_trip(parse(
      "name = \"a \\\"quoted\\\" \\\\ name\"\nprecision = \"float64\"\nreplicas = 64\n"
      "[problem]\nrows = 6\nspectrum = [3.0, 0.1, 1e-7]\nblocks = [2, 4]\nnoise = 1e-300\n"
      "[model]\ndepth = 3\nwidth = [7, 8]\n"
      "[initialization]\nkind = \"uniform\"\nscale = 0.30000000000000004\nrequire = { settled_rank = 2 }\n"
      "[objective]\nridge = 0.1\n[[phase]]\nname = \"one\"\nlearning_rate = 0.1\nsteps = 1e3\nstop = { loss = 1e-5 }\n"
      "[[phase]]\noptimizer = \"sgd\"\nlearning_rate = 2\nsteps = 10\nobserved = [[0, 0], [5, 3]]\n"
      "[probe]\nrank_tolerance = { absolute = 0.02 }\nquench = { steps = 50 }\n"
      "[estimate]\ninterval = \"wilson\"\n"
      "[sweep]\nphase.one.learning_rate = [0.1, 0.3]\n\"objective.ridge\" = { logspace = [0.001, 0.1, 4] }\n"
      "\"initialization.scale\" = [0.1, 0.2]\nzip = [[\"phase.one.learning_rate\", \"initialization.scale\"]]\n"));
}

TEST(RoundTrip, Measurements) {
  const Experiment experiment = parse("[problem]\nrows = 4\nobserved = 'gaussian'\nobserved_count = 30\n" + test::phase +
                                      "observed = 'gaussian'\nobserved_count = 7\n[sweep]\n"
                                      "'problem.observed' = ['gaussian', 'random']\n'problem.observed_count' = [5, 9]\n");
  EXPECT_NE(experiment.text.find("observed = \"gaussian\""), std::string::npos);
  expect_round_trip(experiment);
}

TEST(RoundTrip, AutomaticThreshold) {
  const Experiment experiment = parse("[problem]\nrows = 4\n[model]\ndepth = 3\n" + test::phase +
                                      "[probe]\nrank_tolerance = 'auto'\n[estimate]\ncritical_ridge = true\n");
  EXPECT_TRUE(experiment.cells[0].probe.tolerance_is_automatic);
  EXPECT_TRUE(experiment.estimate.critical_ridge);
  expect_round_trip(experiment);
  const Experiment relative = parse("[problem]\nrows = 4\n[model]\ndepth = 3\n" + test::phase);
  EXPECT_NE(experiment.digest, relative.digest);
}

TEST(RoundTrip, GreedyLearning) {
  expect_round_trip(parse(
      "[problem]\nrows = 4\n[[phase]]\nname = \"learn\"\nkind = \"greedy-low-rank\"\nescape = 1e-9\nend = 1e-4\n"
      "maximum_rank = 3\npair = \"eigenvector\"\nstop = { gradient_norm = 1e-7 }\n"
      "[[phase]]\noptimizer = \"gradient-flow\"\ntime = 10\n"
      "[compare]\ngreedy = true\npath_tolerance = 1e-4\n[sweep]\n\"phase.learn.escape\" = [1e-10, 1e-9]\n"));
}

TEST(RoundTrip, OverridesAreApplied) {
  const Experiment experiment =
      parse(test::problem + test::phase, {"seed=-5", "phase.train.steps=77", "sweep.objective.ridge=[0, 0.5]"});
  EXPECT_EQ(experiment.text,
            "name = \"test\"\nseed = -5\n\n[problem]\nrows = 4\n\n[[phase]]\nname = \"train\"\nlearning_rate = 0.1\n"
            "steps = 77\n\n[sweep]\n\"objective.ridge\" = [0, 0.5]\n");
  expect_round_trip(experiment);
}

TEST(RoundTrip, SmallFilesAreWrittenInAndMayVanish) {
  std::string text;
  std::uint64_t digest = 0;
  {
    const test::Folder folder;
    folder.write("t.csv", "1, 0.1\n-3e-5, 4\n");
    folder.write("mask.csv", "1 0\n0 1\n");
    const Experiment experiment =
        parse("[problem]\ntarget = \"t.csv\"\nobserved = \"mask.csv\"\n" + test::phase + "observed = \"mask.csv\"\n",
              {}, folder.path());
    expect_round_trip(experiment);
    text = experiment.text;
    digest = experiment.digest;
  }
  const Experiment again = parse_experiment(text, "elsewhere.toml", "/");
  EXPECT_EQ(again.digest, digest);
  EXPECT_EQ(again.cells[0].problem.target.matrix->entries, (std::vector<double>{1, 0.1, -3e-5, 4}));
}

TEST(RoundTrip, LargeAndWeightedFilesAreNamedInFull) {
  const test::Folder folder;
  std::string rows;
  for (int i = 0; i < 9; ++i) rows += "1 2 3 4 5 6 7 8 9\n";
  folder.write("t.csv", rows);
  folder.write("weights.csv", rows);
  const Experiment experiment =
      parse("[problem]\ntarget = \"t.csv\"\nobserved = \"./weights.csv\"\n" + test::phase, {}, folder.path());
  EXPECT_NE(experiment.text.find("target = \"" + folder.file("t.csv") + "\""), std::string::npos) << experiment.text;
  EXPECT_NE(experiment.text.find("observed = \"" + folder.file("weights.csv") + "\""), std::string::npos);
  expect_round_trip(experiment);
}

TEST(RoundTrip, SweptFilesAreNamedInFull) {
  const test::Folder folder;
  folder.write("a.csv", "1 0\n0 1\n");
  folder.write("b.csv", "1 1\n0 1\n");
  expect_round_trip(parse("[problem]\nrows = 2\nobserved = \"no_longer_used.csv\"\n" + test::phase +
                              "[sweep]\n\"problem.observed\" = [\"a.csv\", \"full\", \"b.csv\"]\n",
                          {}, folder.path()));
}

std::uint64_t digest(const std::string& text, const Overrides& overrides = {}) { return parse(text, overrides).digest; }

TEST(Digest, IgnoresWhatDoesNotDecideAReplica) {
  const std::string text = test::problem + test::phase;
  const std::uint64_t reference = digest(text);
  for (const std::string same :
       {"name=other", "replicas=5", "estimate.confidence=0.5", "estimate.interval=wilson", "phase.train.name=renamed",
        "problem.columns=4", "model.depth=2", "model.width=4", "initialization.scale=1.0", "probe.every=1000",
        "objective.ridge=0", "phase.train.optimizer=gd", "problem.observed=full", "seed=0", "precision=float32"}) {
    EXPECT_EQ(digest(text, {same}), reference) << same;
  }
}

TEST(Digest, SeesEverythingElse) {
  const std::string text = test::problem + test::phase;
  std::vector<std::uint64_t> seen{digest(text)};
  const std::vector<Overrides> changes = {{"seed=1"},
                                          {"precision=float64"},
                                          {"precision=double-double"},
                                          {"seeding=common"},
                                          {"problem.rows=5"},
                                          {"problem.columns=5"},
                                          {"problem.rank=2"},
                                          {"problem.spectrum=[1]"},
                                          {"problem.target=[[1,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,0]]"},
                                          {"problem.target=[[2,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,0]]"},
                                          {"problem.noise=0.1"},
                                          {"problem.observed_count=3"},
                                          {"problem.observed_count=4"},
                                          {"problem.observed=diagonal"},
                                          {"problem.blocks=[1,3]"},
                                          {"problem.blocks=[3,1]"},
                                          {"problem.observed=gaussian", "problem.observed_count=3"},
                                          {"problem.observed=gaussian", "problem.observed_count=20"},
                                          {"phase.train.observed=gaussian", "phase.train.observed_count=3"},
                                          {"problem.observed=[[0,0]]"},
                                          {"problem.observed=[[0,1]]"},
                                          {"problem.instances=per-replica"},
                                          {"problem.instance_seed=1"},
                                          {"model.depth=3"},
                                          {"model.width=6"},
                                          {"model.symmetric=true"},
                                          {"initialization.kind=uniform"},
                                          {"initialization.scale=2"},
                                          {"initialization.instances=shared"},
                                          {"initialization.require=positive-determinant"},
                                          {"initialization.require.settled_rank=1"},
                                          {"initialization.require.settled_rank=2"},
                                          {"initialization.require.settled_rank=2", "initialization.maximum_tries=9"},
                                          {"initialization.kind=affine"},
                                          {"initialization.kind=affine", "initialization.mixing=0.5"},
                                          {"initialization.kind=affine", "initialization.blocks=2"},
                                          {"objective.loss=half-sum-squared"},
                                          {"objective.ridge=0.1"},
                                          {"phase.train.optimizer=sgd"},
                                          {"phase.train.optimizer=sgd", "phase.train.batch_size=2"},
                                          {"phase.train.optimizer=sgd", "phase.train.sampling=cyclic"},
                                          {"phase.train.learning_rate=0.2"},
                                          {"phase.train.steps=1"},
                                          {"phase.train.observed=full"},
                                          {"phase.train.rank=1"},
                                          {"phase.train.rank=2"},
                                          {"phase.train.spectrum=[1]"},
                                          {"phase.train.target=[[1,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,0]]"},
                                          {"phase.train.target=[[2,0,0,0],[0,0,0,0],[0,0,0,0],[0,0,0,0]]"},
                                          {"phase.train.stop.gradient_norm=0.1"},
                                          {"phase.train.stop.loss=0.1"},
                                          {"phase.train.stop.plateau=0.1"},
                                          {"phase.train.stop.rank_at_most=1"},
                                          {"phase.train.stop.rank_at_least=1"},
                                          {"probe.every=1"},
                                          {"probe.rank=quenched"},
                                          {"probe.rank_tolerance=0.1"},
                                          {"probe.rank_tolerance.absolute=0.1"},
                                          {"probe.classify_at_end=numerical"},
                                          {"probe.trajectory=true"},
                                          {"probe.alignment=true"},
                                          {"probe.velocities=true"},
                                          {"probe.velocities=true", "probe.alignment=true"},
                                          {"probe.coupling=true"},
                                          {"probe.monitor={imbalance=1,singular_value=1,factor_norm=1}"},
                                          {"probe.monitor={imbalance=2,singular_value=1,factor_norm=1}"},
                                          {"probe.monitor={imbalance=1,singular_value=2,factor_norm=1}"},
                                          {"probe.monitor={imbalance=1,singular_value=1,factor_norm=2}"},
                                          {"probe.plateau={}", "probe.trajectory=true"},
                                          {"probe.plateau={relative=0.2}", "probe.trajectory=true"},
                                          {"probe.plateau={gradient_norm=0.1}", "probe.trajectory=true"},
                                          {"probe.quench.learning_rate=0.1"},
                                          {"probe.quench.steps=9"},
                                          {"probe.quench.gradient_norm=0.1"},
                                          {"sweep.objective.ridge=[0]"},
                                          {"sweep.objective.ridge=[0,1]"}};
  for (const Overrides& change : changes) {
    const std::uint64_t other = digest(text, change);
    for (const std::uint64_t known : seen) EXPECT_NE(other, known) << change.front();
    seen.push_back(other);
  }
}

TEST(Digest, SeesTheContentOfFilesOnly) {
  const test::Folder folder;
  const std::string text = "[problem]\ntarget = \"t.csv\"\n" + test::phase;
  folder.write("t.csv", "1,0\n0,1\n");
  const std::uint64_t before = parse(text, {}, folder.path()).digest;
  folder.write("t.csv", "# the same matrix\n1.0;0\n0;1\n");
  EXPECT_EQ(parse(text, {}, folder.path()).digest, before);
  EXPECT_EQ(parse("[problem]\ntarget = [[1, 0], [0, 1]]\n" + test::phase).digest, before);
  folder.write("t.csv", "1,0\n0,2\n");
  EXPECT_NE(parse(text, {}, folder.path()).digest, before);
}

}  // namespace
}  // namespace rankfall
