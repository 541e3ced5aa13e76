// Landscapes and automatic thresholds: of the instance of rank_jumps.toml, whose saddles another program knows
// (tests/theory/critical_branch_test.cpp).
#include "run/landscapes.hpp"

#include <cmath>

#include "run/diagnose.hpp"
#include "tests/backend/crowd.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using test::complaint_of;
using test::falling;
using test::Folder;

const Overrides automatic{"probe.rank_tolerance='auto'", "replicas=24", "phase.noise.steps=300"};

Experiment falls_with(Overrides overrides) {
  overrides.insert(overrides.begin(), automatic.begin(), automatic.end());
  return parse_experiment(falling, "falling.toml", "", overrides);
}

TEST(Landscapes, TheThresholdIsAFifthOfTheSaddles) {
  const Experiment experiment = with_landscapes(falls_with({}), 1);
  const Cell& cell = experiment.cells.front();
  ASSERT_TRUE(cell.landscape && cell.landscape->told());
  const RidgedMinimum& minimum = *cell.landscape->told();
  EXPECT_EQ(cell.landscape->status, SaddleStatus::found);
  EXPECT_EQ(minimum.rank, 2);
  EXPECT_EQ(minimum.starts, cell.landscape->starts);  // all share one
  EXPECT_NEAR(minimum.singular_values[0], 3.10138, 1e-5);
  EXPECT_NEAR(minimum.singular_values[1], 1.22790, 1e-5);
  EXPECT_NEAR(minimum.lambda_c, 0.0621955574, 1e-9);
  EXPECT_NEAR(cell.landscape->saddle_singular_value, 0.020825519966, 5e-9);
  EXPECT_EQ(cell.probe.rank_tolerance, 0.0041);
  EXPECT_EQ(cell.landscape->threshold, 0.0041);
  EXPECT_TRUE(cell.probe.tolerance_is_absolute);
  EXPECT_NEAR(cell.landscape->edge(), 0.1 * 2.0 * minimum.k_max, 1e-12);  // c = 1/N
}

TEST(Landscapes, OtherCellsAndThreadsChangeNoBit) {
  const auto swept = [](int threads) {
    return with_landscapes(falls_with({"sweep.'objective.ridge'=[0.04,0.03]", "sweep.'phase.noise.learning_rate'=[0.1,0.07]"}), threads);
  };
  const Experiment alone = with_landscapes(falls_with({}), 1), serial = swept(1), threaded = swept(3);
  for (std::size_t c = 0; c < 4; ++c) {
    const Landscape& one = *serial.cells[c].landscape;
    EXPECT_EQ(one.saddle_singular_value, threaded.cells[c].landscape->saddle_singular_value);
    EXPECT_EQ(one.told()->k_max, threaded.cells[c].landscape->told()->k_max);
    EXPECT_EQ(one.told()->lambda_c, threaded.cells[c].landscape->told()->lambda_c);
  }
  EXPECT_EQ(serial.cells[2].landscape->saddle_singular_value, alone.cells[0].landscape->saddle_singular_value);
  EXPECT_EQ(serial.cells[2].landscape->told()->lambda_c, alone.cells[0].landscape->told()->lambda_c);
  EXPECT_EQ(serial.cells[0].probe.rank_tolerance, 0.01);  // .0509 / 5
  EXPECT_NE(serial.cells[2].landscape->edge(), serial.cells[3].landscape->edge());
}

TEST(Landscapes, CellsWithoutASaddleSayWhy) {
  const Experiment experiment = with_landscapes(
      falls_with({"sweep.'model.depth'=[2,3]", "sweep.'objective.ridge'=[0.03,0]", "sweep.zip=[['model.depth','objective.ridge']]"}), 1);
  EXPECT_EQ(experiment.cells[0].landscape->status, SaddleStatus::shallow);
  EXPECT_EQ(experiment.cells[1].landscape->status, SaddleStatus::no_ridge);
  for (const Cell& cell : experiment.cells) {
    EXPECT_FALSE(cell.probe.tolerance_is_absolute);
    EXPECT_EQ(cell.probe.rank_tolerance, ProbeSpec{}.rank_tolerance);
    EXPECT_TRUE(std::isnan(cell.landscape->edge()));
  }
  const Experiment large = with_landscapes(falls_with({"model.width=500"}), 1);
  EXPECT_EQ(large.cells[0].landscape->status, SaddleStatus::too_large);
  const std::string notes = landscape_notes(experiment);
  EXPECT_NE(notes.find("below depth 3"), std::string::npos) << notes;
  EXPECT_NE(notes.find("without a ridge"), std::string::npos) << notes;
}

TEST(Landscapes, WhatPrecisionDoesNotResolveIsRefused) {
  const auto find = [](const char* precision) {
    with_landscapes(falls_with({"objective.ridge=0.002", std::string("precision='") + precision + "'"}), 1);
  };
  const std::string told = complaint_of<ConfigError>([&] { find("float32"); });
  EXPECT_NE(told.find("probe.rank_tolerance: 'auto' comes to 2.7e-06"), std::string::npos) << told;
  EXPECT_EQ(complaint_of<ConfigError>([&] { find("float64"); }), "");
}

// The same replicas as with the number written out; and what is told of it comes with the results.
TEST(Landscapes, RunsUseAndTellTheThreshold) {
  const Folder folder;
  const auto automatic_run = test::run_into(folder.file("auto"), falls_with({}));
  EXPECT_EQ(automatic_run.end, RunEnd::done);
  test::run_into(folder.file("given"), falls_with({"probe.rank_tolerance={ absolute = 0.0041 }"}));
  EXPECT_EQ(test::checksum_in(folder.file("auto")), test::checksum_in(folder.file("given")));
  const std::string table = test::content(folder.file("auto/summary.csv"));
  EXPECT_NE(table.find(",lambda_c,"), std::string::npos);
  EXPECT_NE(table.find(",0.0041"), std::string::npos);
  EXPECT_EQ(test::content(folder.file("given/summary.csv")).find("lambda_c"), std::string::npos);
  const Diagnosis diagnosis = diagnose(folder.file("auto"));
  ASSERT_EQ(diagnosis.thresholds.size(), 1u);
  EXPECT_EQ(diagnosis.thresholds[0].threshold, 0.0041);
  EXPECT_EQ(diagnosis.thresholds[0].used.trials, 24);
  EXPECT_NE(diagnosis_text(diagnosis).find("Rank thresholds beside"), std::string::npos);
}

}  // namespace
}  // namespace rankfall
