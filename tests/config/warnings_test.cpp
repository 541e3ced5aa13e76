#include <gtest/gtest.h>

#include "support.hpp"

namespace rankfall {
namespace {

using Lines = std::vector<std::string>;

Lines warned(const Overrides& overrides, const std::string& more = "") {
  return warnings(test::parse(test::problem + test::phase + more, overrides));
}

TEST(Warnings, NoneForAPlainExperiment) { EXPECT_EQ(warned({}), Lines{}); }

TEST(Warnings, GradientNormBelowTheFloorOfFloat32) {
  EXPECT_EQ(
      warned({"phase.train.stop.gradient_norm=1e-8"}),
      Lines{"phase.train.stop.gradient_norm = 1e-08 is below the rounding floor of float32 (about 1e-7) and may never "
            "hold; raise it or set precision = \"float64\""});
  EXPECT_EQ(warned({"phase.train.stop.gradient_norm=1e-7"}), Lines{});
  EXPECT_EQ(warned({"phase.train.stop.gradient_norm=1e-8", "precision=float64"}), Lines{});
  EXPECT_EQ(
      warned({"probe.quench.gradient_norm=1e-9"}),
      Lines{"probe.quench.gradient_norm = 1e-09 is below the rounding floor of float32 (about 1e-7); raise it or set "
            "precision = \"float64\""});
}

TEST(Warnings, WhatOnlyDoubleDoubleResolves) {
  EXPECT_EQ(warned({"phase.train.stop.gradient_norm=1e-20", "precision=float64"}),
            Lines{"phase.train.stop.gradient_norm = 1e-20 is below the rounding floor of float64 (about 1e-15) and may never "
                  "hold; raise it or set precision = \"double-double\""});
  EXPECT_EQ(warned({"probe.rank_tolerance=1e-14", "precision=float64"}),
            Lines{"probe.rank_tolerance = 1e-14 is below what float64 resolves (about 1e-12 of the largest singular value); "
                  "raise it or set precision = \"double-double\""});
  EXPECT_EQ(warned({"phase.train.stop.gradient_norm=1e-20", "probe.rank_tolerance=1e-14", "precision=double-double"}), Lines{});
}

TEST(Warnings, SmallRateOfGradientDescentInFloat32) {
  EXPECT_EQ(
      warned({"phase.train.learning_rate=2e-4"}),
      Lines{"phase.train.learning_rate = 0.0002 is so small that float32 may lose updates of gd; raise it to 1e-3 or "
            "set precision = \"float64\""});
  EXPECT_EQ(warned({"phase.train.learning_rate=2e-4", "precision=float64"}), Lines{});
  EXPECT_EQ(warned({"phase.train.learning_rate=2e-4", "phase.train.optimizer=sgd"}), Lines{});
}

TEST(Warnings, ReplicasThatAreAllTheSame) {
  const Lines line{"every replica has the same start and problem and no phase draws at random, so all replicas are one "
                   "and intervals mean nothing; set replicas = 1, or initialization.instances = \"per-replica\""};
  EXPECT_EQ(warned({"initialization.instances=shared"}), line);
  EXPECT_EQ(warned({"initialization.kind=identity"}), line);
  EXPECT_EQ(warned({"initialization.instances=shared", "replicas=1"}), Lines{});
  EXPECT_EQ(warned({"initialization.instances=shared", "phase.train.optimizer=sgd"}), Lines{});
  EXPECT_EQ(warned({"initialization.instances=shared", "phase.train.optimizer=sgd", "phase.train.sampling=cyclic"}),
            line);
}

TEST(Warnings, TimesOfProbesThatNeverCome) {
  const auto told = [](const std::string& times) {
    return warnings(test::parse(test::problem + "[[phase]]\nname = \"flow\"\noptimizer = \"gradient-flow\"\ntime = 5\n" +
                                "[probe]\ntimes = " + times + "\n"));
  };
  EXPECT_EQ(told("[1, 5]"), Lines{});
  EXPECT_EQ(told("[1, 5, 6, 7]"), Lines{"2 of the 4 probe.times are beyond 5, the time of the longest gradient flow, and never "
                                        "come; raise its time, or remove them"});
}

TEST(Warnings, RankToleranceAndScaleInFloat32) {
  EXPECT_EQ(
      warned({"probe.rank_tolerance=1e-7"}),
      Lines{"probe.rank_tolerance = 1e-07 is below what float32 resolves (about 1e-6 of the largest singular value); "
            "raise it or set precision = \"float64\""});
  EXPECT_EQ(warned({"probe.rank_tolerance.absolute=1e-7"}), Lines{});
  EXPECT_EQ(
      warned({"initialization.scale=1e-50"}),
      Lines{"initialization.scale = 1e-50 is 0 in float32, and zero factors never move; raise it or set precision = "
            "\"float64\""});
}

TEST(Warnings, UnsettledPhase) {
  const std::string second = "[[phase]]\noptimizer = \"sgd\"\nlearning_rate = 0.1\nsteps = 2000\n";
  // 0.1 * 0.05 * 2000 = 10
  EXPECT_EQ(
      warned({"objective.ridge=0.05"}, second),
      Lines{
          "phase.train: learning_rate * ridge * steps = 10 is less than 20, so the rank may not have settled when the "
          "next phase begins; raise phase.train.steps to 4000"});
  EXPECT_EQ(warned({"objective.ridge=0.1"}, second), Lines{});
  EXPECT_EQ(warned({"objective.ridge=0"}, second), Lines{});
  EXPECT_EQ(warned({"objective.ridge=0.05"}), Lines{});
}

TEST(Warnings, ProbeLongerThanAPhase) {
  EXPECT_EQ(
      warned({"probe.every=5000"}),
      Lines{"probe.every = 5000 is more than the 2000 steps of phase.train, which is probed at its ends only; lower "
            "probe.every"});
}

TEST(Warnings, ManyCellsAreToldOnce) {
  EXPECT_EQ(
      warned({"sweep.phase.train.learning_rate=[0.1, 1e-4, 1e-5]"}),
      Lines{"phase.train.learning_rate = 0.0001 is so small that float32 may lose updates of gd; raise it to 1e-3 or "
            "set precision = \"float64\" (in 2 of 3 cells)"});
}

}  // namespace
}  // namespace rankfall
