// What a run leaves on disk.
#include <gtest/gtest.h>

#include "store/results_file.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using namespace test;

TEST(Run, WritesEverything) {
  const Folder folder;
  const Experiment experiment = small_experiment();
  const Told told = run_into(folder.file("deep/out"), experiment);
  EXPECT_EQ(told.end, RunEnd::done);
  EXPECT_NE(told.text.find("small: 2 cells, 600 replicas each, on cpu: 1 thread, "), std::string::npos) << told.text;
  const ResultDirectory directory{folder.file("deep/out")};
  EXPECT_EQ(names_in(directory.path), (std::set<std::string>{"experiment.toml", "results.nc", "summary.csv", "run.json",
                                                             "progress.json", "units"}));
  EXPECT_EQ(names_in(directory.units()),
            (std::set<std::string>{"c000000-r00000000-n00000256.unit", "c000000-r00000256-n00000256.unit",
                                   "c000000-r00000512-n00000088.unit", "c000001-r00000000-n00000256.unit",
                                   "c000001-r00000256-n00000256.unit", "c000001-r00000512-n00000088.unit", "lock", "lock.setup"}));
  const Progress progress = read_progress(directory.progress());
  EXPECT_EQ(progress.state, "done");
  EXPECT_EQ(progress.replicas_done, 1200);
  EXPECT_EQ(progress.replicas_total, 1200);
  EXPECT_EQ(progress.units_done, 6);
  EXPECT_EQ(progress.backend, "cpu");
  const std::string summary = content(directory.summary());
  EXPECT_EQ(std::count(summary.begin(), summary.end(), '\n'), 3);  // a header and a row per cell
}

TEST(Run, IsReadBack) {
  const Folder folder;
  const Experiment experiment = small_experiment();
  run_into(folder.file("out"), experiment);
  const StoredRun stored = load_run(folder.file("out"));
  EXPECT_TRUE(stored.complete);
  EXPECT_EQ(stored.replicas_done, 1200);
  EXPECT_EQ(stored.experiment.digest, experiment.digest);
  ASSERT_EQ(stored.results.size(), 2u);
  EXPECT_EQ(results_checksum(stored.results), checksum_in(folder.file("out")));
  // Units alone tell the same.
  std::filesystem::remove(stored.directory.results());
  EXPECT_EQ(results_checksum(load_run(folder.file("out")).results), checksum_in(folder.file("out")));
}

TEST(Run, RecordSaysWhoAndHow) {
  const Folder folder;
  run_into(folder.file("out"), small_experiment(), with_threads(2));
  const Provenance record = read_run_record(ResultDirectory{folder.file("out")}.record());
  EXPECT_EQ(record.command, "rankfall run small.toml");
  EXPECT_EQ(record.backend, "cpu");
  EXPECT_EQ(record.host_threads, "2");
  EXPECT_NE(record.device.find("2 threads"), std::string::npos);
  EXPECT_FALSE(record.version.empty());
  EXPECT_FALSE(record.compiler.empty());
  EXPECT_EQ(record.created_at.size(), std::string("2026-01-01T00:00:00Z").size());
  EXPECT_GT(record.wall_seconds, 0.0);
  EXPECT_GT(record.replica_steps, 1200.0 * 40.0);
  EXPECT_LE(record.replica_steps, 1200.0 * 100.0);
}

TEST(Run, EffectiveExperimentRunsToTheSameNumbers) {
  const Folder folder;
  run_into(folder.file("one"), small_experiment({"seed=99", "replicas=100"}));
  const Experiment effective = load_experiment(folder.file("one/experiment.toml"));
  run_into(folder.file("two"), effective, with_threads(2));
  EXPECT_EQ(checksum_in(folder.file("one")), checksum_in(folder.file("two")));
  EXPECT_EQ(content(folder.file("one/experiment.toml")), content(folder.file("two/experiment.toml")));
  EXPECT_EQ(content(folder.file("one/summary.csv")), content(folder.file("two/summary.csv")));
}

TEST(Run, AgainChangesNothing) {
  const Folder folder;
  const Experiment experiment = small_experiment();
  run_into(folder.file("out"), experiment);
  const std::string checksum = checksum_in(folder.file("out"));
  const Told told = run_into(folder.file("out"), experiment);
  EXPECT_EQ(told.end, RunEnd::done);
  EXPECT_NE(told.text.find("6 of 6 work units are on disk already"), std::string::npos) << told.text;
  EXPECT_EQ(checksum_in(folder.file("out")), checksum);
  EXPECT_TRUE(load_run(folder.file("out")).complete);
}

// What the thread sanitizer sees of a run: workers, delivery, progress and the watch over signals and time.
TEST(ThreadsOfARun, ChangeNothing) {
  const Folder folder;
  const Experiment experiment = small_experiment();
  RunOptions options = with_threads(4);
  options.max_hours = 1.0;
  EXPECT_EQ(run_into(folder.file("four"), experiment, options).end, RunEnd::done);
  EXPECT_EQ(run_into(folder.file("one"), experiment).end, RunEnd::done);
  EXPECT_EQ(checksum_in(folder.file("four")), checksum_in(folder.file("one")));
  options.max_hours = 1e-9;
  run_into(folder.file("hasty"), small_experiment({"replicas=5000"}), options);
  EXPECT_EQ(read_progress(folder.file("hasty/progress.json")).state, "interrupted");
}

TEST(Run, UnitsOfLargeReplicasAreSmall) {
  const std::string large = "replicas = 300\n[problem]\nrows = 1000\n[[phase]]\nlearning_rate = 0.1\nsteps = 1\n";
  const Experiment experiment = parse_experiment(large, "large.toml", "");
  const std::int64_t size = unit_size(experiment, experiment.cells[0]);
  EXPECT_EQ(size, (64 << 20) / (2 * 1000 * 1000 * 4));
  std::int64_t next = 0;
  for (const WorkUnit& unit : work_units(experiment, first_goals(experiment))) {
    EXPECT_EQ(unit.first, next);
    EXPECT_LE(unit.count, size);
    next += unit.count;
  }
  EXPECT_EQ(next, 300);
  EXPECT_EQ(unit_size(small_experiment(), small_experiment().cells[0]), 256);
}

TEST(Refused, WhatIsNoPlaceForARun) {
  const Folder folder;
  const Experiment experiment = small_experiment();
  std::filesystem::create_directory(folder.file("foreign"));
  write(folder.file("foreign/thesis.tex"), "years of work");
  const auto start = [&](const std::string& name) { run_into(folder.file(name), experiment); };
  EXPECT_EQ(complaint_of<ConfigError>([&] { start("foreign"); }),
            folder.file("foreign") +
                ": is not empty and not a result directory; nothing there may be overwritten; "
                "choose another --out");
  EXPECT_EQ(names_in(folder.file("foreign")), std::set<std::string>{"thesis.tex"});
  EXPECT_EQ(content(folder.file("foreign/thesis.tex")), "years of work");
  EXPECT_NE(complaint_of<ConfigError>([&] { start("foreign/thesis.tex"); }), "");
  EXPECT_NE(complaint_of<StoreError>([&] { start("foreign/thesis.tex/out"); }), "");
  EXPECT_EQ(content(folder.file("foreign/thesis.tex")), "years of work");
  std::filesystem::create_directory(folder.file("empty"));
  start("empty");  // an empty directory is a good place
  EXPECT_TRUE(load_run(folder.file("empty")).complete);
}

TEST(Refused, AnotherExperimentsDirectory) {
  const Folder folder;
  run_into(folder.file("out"), small_experiment());
  const std::string before = content(folder.file("out/experiment.toml")), checksum = checksum_in(folder.file("out"));
  const std::pair<Overrides, std::string> changes[] = {
      {{"seed=5"}, "seed (4 there, 5 here)"},
      {{"phase.noise.steps=61", "replicas=700"}, "phase.noise.steps (60 there, 61 here)"},
      {{"probe.every=5"}, "probe.every (10 there, 5 here)"},
      {{"objective.ridge=1e-4", "phase.settle.stop={loss=0.1}"},
       "objective.ridge (0.001 there, 0.0001 here), phase.settle.stop.loss (not set there, 0.1 here)"}};
  for (const auto& [change, keys] : changes)
    EXPECT_EQ(complaint_of<ConfigError>([&] { run_into(folder.file("out"), small_experiment(change)); }),
              folder.file("out") + ": holds the results of another experiment; its experiment.toml differs in " + keys +
                  "; choose another --out, or remove the directory");
  EXPECT_EQ(content(folder.file("out/experiment.toml")), before);
  EXPECT_EQ(results_checksum(load_run(folder.file("out")).results), checksum);
  // What decides no number may change: the name, and how intervals are made.
  EXPECT_EQ(run_into(folder.file("out"), small_experiment({"name=other", "estimate.interval=wilson"})).end,
            RunEnd::done);
  EXPECT_EQ(checksum_in(folder.file("out")), checksum);
}

TEST(Refused, BackendsThatAreNotThere) {
  const Folder folder;
  const auto with = [&](const std::string& backend) {
    RunOptions options;
    options.backend = backend;
    run_into(folder.file("out"), small_experiment(), options);
  };
  EXPECT_NE(complaint_of<DeviceError>([&] { with("cuda"); }), "");
  EXPECT_NE(complaint_of<ConfigError>([&] { with("abacus"); }).find("unknown backend 'abacus'"), std::string::npos);
  EXPECT_NE(complaint_of<ConfigError>([&] { make_backend("cpu", -1); }).find("-1 threads"), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(folder.file("out")));
}

TEST(Failed, RunSaysSo) {
  const Folder folder;
  const Experiment impossible =
      small_experiment({"initialization.require={settled_rank=0}", "initialization.maximum_tries=2"});
  EXPECT_NE(complaint_of<ConfigError>([&] {
              run_into(folder.file("out"), impossible);
            }).find("no start settles at rank 0 in 2 draws"),
            std::string::npos);
  EXPECT_EQ(read_progress(folder.file("out/progress.json")).state, "failed");
}

}  // namespace
}  // namespace rankfall
