// plan, status and presets: the facts are in the text.
#include <gtest/gtest.h>

#include <filesystem>

#include "run/plan.hpp"
#include "run/presets.hpp"
#include "run/status.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using namespace test;

void expect_in(const std::string& fact, const std::string& text) {
  EXPECT_NE(text.find(fact), std::string::npos) << "'" << fact << "' is not in:\n" << text;
}

TEST(Plan, StatesCellsReplicasUnitsAndSteps) {
  const std::string text = plan(small_experiment(), 2);
  expect_in("small: 2 cells x 600 replicas = 1200 replicas in 6 work units\n", text);
  expect_in("   0  learning_rate=0.04\n", text);
  expect_in("   1  learning_rate=0.06\n", text);
  expect_in("at most 1.2e+05 replica-steps", text);
  expect_in("cpu, 2 threads: at most about ", text);
  // 9 observables, 4 singular values, 3 norms of 8 bytes and 40 bytes of integers, 1200 times.
  expect_in("disk:    about 221 kB", text);
}

TEST(Plan, TellsATimeForTheThreadsAsked) {
  expect_in("cpu, 1 thread: at most about ", plan(small_experiment(), 1));
  expect_in("cpu, 3 threads: at most about ", plan(small_experiment(), 3));
}

TEST(Plan, ManyCellsAreNotAllListed) {
  const std::string text = plan(small_experiment({"sweep.\"objective.ridge\"={logspace=[1e-4, 1e-2, 30]}"}), 1);
  expect_in("60 cells x 600", text);
  expect_in("... and 20 more", text);
}

TEST(Status, TellsHowFarARunIs) {
  const Folder folder;
  const std::string out = folder.file("out");
  run_into(out, small_experiment());
  std::string text = status(out);
  expect_in("small: 1200 of 1200 replicas on disk (100.0 %)\n", text);
  expect_in("last seen: done on cpu, ", text);
  expect_in("complete\n", text);
  std::filesystem::remove(out + "/results.nc");
  expect_in("all units are done but not merged", status(out));
  std::filesystem::remove(std::filesystem::path(out) / "units/c000001-r00000256-n00000256.unit");
  text = status(out);
  expect_in("small: 944 of 1200 replicas on disk (78.7 %)\n", text);
  expect_in("  cell 1 learning_rate=0.06: 344 done, 256 missing\n", text);
  EXPECT_EQ(text.find("cell 0"), std::string::npos);
  expect_in("unfinished: the same `rankfall run` command goes on from here\n", text);
  EXPECT_NE(complaint_of<ConfigError>([&] { status(folder.file("elsewhere")); }).find("not a result directory"),
            std::string::npos);
}

TEST(Presets, AllAreValidAndNamedAsTheyAreCalled) {
  EXPECT_GE(presets().size(), 3u);
  for (const Preset& each : presets()) {
    const Experiment experiment = parse_experiment(each.text, "preset:" + each.name, "");
    EXPECT_EQ(experiment.name, each.name);
    EXPECT_FALSE(each.description().empty());
    EXPECT_EQ(&preset(each.name), &each);
  }
  EXPECT_EQ(
      complaint_of<ConfigError>([] { preset("seed-sweeep"); }),
      "preset:seed-sweeep: there is no such preset; did you mean 'seed-sweep'?; `rankfall preset list` shows all");
}

}  // namespace
}  // namespace rankfall
