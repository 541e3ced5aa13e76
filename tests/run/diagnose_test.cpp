// diagnose: what it reads off a directory, and what it says.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "backend/instance.hpp"
#include "run/diagnose.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using namespace test;

const Finding* finding_of(const Diagnosis& diagnosis, Problem problem) {
  const auto found = std::find_if(diagnosis.findings.begin(), diagnosis.findings.end(),
                                  [&](const Finding& finding) { return finding.problem == problem; });
  return found == diagnosis.findings.end() ? nullptr : &*found;
}

// Gradient descent on a fully observed matrix: all replicas converge to its rank.
Experiment sound_experiment() {
  return parse_experiment(
      "name = \"sound\"\nreplicas = 300\n[problem]\nrows = 3\n[initialization]\nscale = 0.5\n"
      "[[phase]]\nlearning_rate = 0.2\nsteps = 5000\nstop = { loss = 1e-6 }\n[probe]\nevery = 50\nrank_tolerance = 0.05\n",
      "sound.toml", "");
}

class Diagnose : public testing::Test {
 protected:
  std::string out() const { return folder_.file("out"); }
  std::string unit(const std::string& name) const { return out() + "/units/" + name; }
  Folder folder_;
};

TEST_F(Diagnose, FindsNothingInASoundRun) {
  run_into(out(), sound_experiment());
  const Diagnosis diagnosis = diagnose(out());
  EXPECT_EQ(diagnosis_text(diagnosis), "sound: 1 cell, 300 of 300 replicas\n\nno problems detected\n");
  EXPECT_TRUE(diagnosis.merged);
}

TEST_F(Diagnose, MissingReplicasAndDamagedUnitsOfAnUnfinishedRun) {
  run_into(out(), small_experiment());
  std::filesystem::remove(out() + "/results.nc");
  std::filesystem::remove(unit("c000000-r00000256-n00000256.unit"));
  write(unit("c000001-r00000512-n00000088.unit"), "nonsense");
  const Diagnosis diagnosis = diagnose(out());
  EXPECT_FALSE(diagnosis.merged);
  EXPECT_EQ(diagnosis.replicas_done, 1200 - 256 - 88);
  const Finding* damaged = finding_of(diagnosis, Problem::damaged_units);
  ASSERT_NE(damaged, nullptr);
  ASSERT_EQ(damaged->files.size(), 1u);
  EXPECT_EQ(damaged->files[0].rfind("c000001-r00000512-n00000088.unit: ", 0), 0u);
  const Finding* missing = finding_of(diagnosis, Problem::missing_replicas);
  ASSERT_NE(missing, nullptr);
  ASSERT_EQ(missing->cells.size(), 2u);
  EXPECT_EQ(missing->cells[0].count, 256);
  EXPECT_EQ(missing->cells[1].count, 88);
}

TEST_F(Diagnose, DamagedUnitsBesideWholeResults) {
  run_into(out(), sound_experiment());
  write(unit("c000000-r00000000-n00000256.unit"), "nonsense");
  const Diagnosis diagnosis = diagnose(out());
  EXPECT_EQ(diagnosis.replicas_done, 300);
  ASSERT_EQ(diagnosis.findings.size(), 1u);
  EXPECT_EQ(diagnosis.findings[0].problem, Problem::damaged_units);
  EXPECT_NE(diagnosis_text(diagnosis).find("results.nc is whole"), std::string::npos);
  std::filesystem::remove(unit("c000000-r00000000-n00000256.unit"));  // not needed, so not missed
  EXPECT_TRUE(diagnose(out()).findings.empty());
}

TEST_F(Diagnose, SeesDivergenceOfARealRun) {
  run_into(out(), small_experiment({"phase.settle.learning_rate=20"}));
  const Diagnosis diagnosis = diagnose(out());
  const Finding* diverged = finding_of(diagnosis, Problem::diverged);
  ASSERT_NE(diverged, nullptr);
  const StoredRun stored = load_run(out());
  const auto& outcome = stored.results[1].outcome;
  EXPECT_EQ(diverged->cells.at(1).count, std::count(outcome.begin(), outcome.end(), Outcome::diverged));
  EXPECT_NE(diagnosis_text(diagnosis).find("Lower phase.settle.learning_rate or phase.noise.learning_rate."),
            std::string::npos);
}

TEST_F(Diagnose, WhatIsNoResultDirectory) {
  EXPECT_NE(complaint_of<ConfigError>([&] { diagnose(out()); }).find("not a result directory"), std::string::npos);
}

// How many replicas of `cell` have this rank at `factor` times the tolerance; every replica's target is drawn.
std::int64_t replicas_of_rank(const StoredRun& run, std::size_t cell, int rank, double factor) {
  const ReplicaResults& results = run.results[cell];
  const Cell& spec = run.experiment.cells[cell];
  std::int64_t count = 0;
  for (std::int64_t r = 0; r < results.count; ++r) {
    const double threshold =
        factor * spec.probe.rank_tolerance * draw_problem(run.experiment, spec, r).final_largest_singular_value();
    int own = 0;
    for (int k = 0; k < results.singular_value_count; ++k)
      own += results.singular_values[static_cast<std::size_t>(r * results.singular_value_count + k)] > threshold;
    count += own == rank;
  }
  return count;
}

TEST_F(Diagnose, CountsAgainRelativeToEveryReplicasOwnTarget) {
  run_into(out(), small_experiment({"problem.instances=\"per-replica\"", "phase.noise.optimizer=\"gd\"",
                                    "phase.noise.stop={}"}));
  const StoredRun run = load_run(out());
  const Diagnosis diagnosis = diagnose(out());
  const Finding* tolerance = finding_of(diagnosis, Problem::tolerance_decides);
  ASSERT_NE(tolerance, nullptr);
  EXPECT_TRUE(diagnosis.not_recounted.empty());
  for (const CellFinding& each : tolerance->cells) {
    const auto cell = static_cast<std::size_t>(each.cell);
    EXPECT_EQ(each.count, replicas_of_rank(run, cell, *each.rank, 1.0));
    EXPECT_EQ(each.recounts[0].events, replicas_of_rank(run, cell, *each.rank, 1.0 / 3.0));
    EXPECT_EQ(each.recounts[1].events, replicas_of_rank(run, cell, *each.rank, 3.0));
  }
  std::filesystem::remove(out() + "/results.nc");
  std::filesystem::remove(unit("c000000-r00000256-n00000256.unit"));
  const Diagnosis unfinished = diagnose(out());
  EXPECT_EQ(unfinished.not_recounted, std::vector<int>{0});
  EXPECT_NE(diagnosis_text(unfinished).find("Not checked: ranks at other tolerances in 1 cell ("), std::string::npos);
}

TEST_F(Diagnose, CountsAgainRelativeToTheSharedTargetOfEachCell) {
  run_into(out(), small_experiment({"sweep.\"problem.rank\"=[1, 3]", "phase.noise.optimizer=\"gd\"", "phase.noise.stop={}"}));
  const Diagnosis diagnosis = diagnose(out());
  const StoredRun run = load_run(out());
  const Finding* tolerance = finding_of(diagnosis, Problem::tolerance_decides);
  ASSERT_NE(tolerance, nullptr);
  ASSERT_EQ(run.experiment.cells.size(), 4u);
  for (const CellFinding& each : tolerance->cells) {
    const auto cell = static_cast<std::size_t>(each.cell);
    EXPECT_EQ(each.recounts[0].events, replicas_of_rank(run, cell, *each.rank, 1.0 / 3.0));
    EXPECT_EQ(each.recounts[1].events, replicas_of_rank(run, cell, *each.rank, 3.0));
  }
  std::vector<double> sizes;
  for (const Cell& cell : run.experiment.cells)
    sizes.push_back(draw_problem(run.experiment, cell, 0).largest_singular_value);
  EXPECT_NE(*std::min_element(sizes.begin(), sizes.end()), *std::max_element(sizes.begin(), sizes.end()));
}

// The last phase's own target, of which every cell has another.
TEST_F(Diagnose, CountsAgainRelativeToTheTargetOfTheLastPhase) {
  for (const char* instances : {"shared", "per-replica"}) {
    const std::string to = folder_.file(instances);
    run_into(to, small_experiment({"sweep={\"phase.noise.rank\"=[1, 3]}", "phase.noise.optimizer=\"gd\"", "phase.noise.stop={}", "replicas=300",
                                   std::string("problem.instances=\"") + instances + '"'}));
    const StoredRun run = load_run(to);
    const Diagnosis diagnosis = diagnose(to);
    const Finding* tolerance = finding_of(diagnosis, Problem::tolerance_decides);
    ASSERT_NE(tolerance, nullptr) << instances;
    EXPECT_TRUE(diagnosis.not_recounted.empty());
    for (const CellFinding& each : tolerance->cells) {
      const auto cell = static_cast<std::size_t>(each.cell);
      EXPECT_EQ(each.count, replicas_of_rank(run, cell, *each.rank, 1.0));
      EXPECT_EQ(each.recounts[0].events, replicas_of_rank(run, cell, *each.rank, 1.0 / 3.0));
      EXPECT_EQ(each.recounts[1].events, replicas_of_rank(run, cell, *each.rank, 3.0));
    }
  }
}

}  // namespace
}  // namespace rankfall
