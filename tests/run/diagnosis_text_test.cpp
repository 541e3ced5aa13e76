// The words of a diagnosis, with numbers made by hand.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "estimate/intervals.hpp"
#include "run/diagnose.hpp"
#include "run/problem_advice.hpp"
#include "tests/run/support.hpp"

namespace rankfall {
namespace {

using namespace test;

void expect_in(const std::string& fact, const std::string& text) {
  EXPECT_NE(text.find(fact), std::string::npos) << "'" << fact << "' is not in:\n" << text;
}

CellFinding jumps_of(int cell, std::int64_t events, std::int64_t trials) {
  CellFinding finding{.cell = cell, .count = events, .of = trials};
  finding.estimate = proportion(events, trials, {});
  if (events > 0) finding.measure = 0.9;
  return finding;
}

Diagnosis made(Problem problem, std::vector<CellFinding> cells, const Overrides& overrides = {}) {
  Diagnosis diagnosis;
  diagnosis.experiment = small_experiment(overrides);
  diagnosis.replicas_done = 1200;
  diagnosis.merged = true;
  diagnosis.findings = {{problem, std::move(cells), {}}};
  return diagnosis;
}

TEST(DiagnosisText, IsABlockPerFinding) {
  CellFinding diverged{.cell = 1, .count = 12, .of = 600};
  diverged.example = 17;
  EXPECT_EQ(diagnosis_text(made(Problem::diverged, {diverged})),
            "small: 2 cells, 1200 of 1200 replicas\n"
            "\n"
            "1. Diverged replicas, in 1 of 2 cells\n"
            "    learning_rate=0.06  12 of 600 (e.g. replica 1:17)\n"
            "  Why it matters: A diverged replica is a trial without an event and has no rank: what it would have done is\n"
            "                  not known, and P(jump) errs low.\n"
            "  What to do: Lower phase.settle.learning_rate or phase.noise.learning_rate.\n"
            "\n"
            "1 problem detected\n");
}

TEST(DiagnosisText, NeverSaysZeroPercent) {
  CellFinding tolerance = jumps_of(1, 0, 600);
  tolerance.recounts = {proportion(0, 600, {}), proportion(30, 600, {})};
  const std::string text = diagnosis_text(made(Problem::too_few_events, {jumps_of(0, 0, 600), jumps_of(1, 6, 600)})) +
                           diagnosis_text(made(Problem::tolerance_decides, {tolerance}));
  expect_in("learning_rate=0.04  0 of 600: P(jump) < 0.006\n", text);
  expect_in("learning_rate=0.06  6 of 600: P(jump) 0.010 [0.004, 0.022], +-90 %\n", text);
  expect_in("P(jump) < 0.006; at a third of the tolerance < 0.006, at three times 0.050\n", text);
  EXPECT_EQ(text.find("0.000"), std::string::npos) << text;
  EXPECT_EQ(text.find(" 0 %"), std::string::npos) << text;
}

TEST(DiagnosisText, ListsEightCellsAndCountsTheOthers) {
  const Overrides many{"sweep.\"objective.ridge\"={logspace=[1e-4, 1e-2, 10]}"};
  std::vector<CellFinding> cells;
  for (int c = 0; c < 20; ++c) {
    cells.push_back(jumps_of(c, 1, 600));
    cells.back().rank = 2;
  }
  cells.push_back(cells.back());
  cells.back().rank = 3;
  const std::string text = diagnosis_text(made(Problem::too_few_events, cells, many));
  expect_in("Too few events, in 20 of 20 cells\n", text);
  expect_in("P(rank 2)", text);
  expect_in("    and 13 more\n", text);
  std::size_t lines = 0;
  for (std::size_t at = text.find("    learning_rate"); at != std::string::npos; at = text.find("    learning_rate", at + 1))
    ++lines;
  EXPECT_EQ(lines, 8u);
}

TEST(DiagnosisText, EveryProblemHasWordsAndNamesAKeyOrACommand) {
  const std::vector<std::string> known{"phase.settle.", "phase.noise.", "probe.", "replicas", "initialization.",
                                       "rankfall run"};
  for (std::size_t p = 0; p < problem_names.size(); ++p) {
    const auto problem = static_cast<Problem>(p);
    CellFinding finding = jumps_of(0, 30, 600);
    finding.measure = 1e-4;
    finding.recounts = {proportion(20, 600, {}), proportion(50, 600, {})};
    Diagnosis diagnosis = made(problem, {finding});
    if (problem == Problem::damaged_units) diagnosis.findings[0] = {problem, {}, {"a.unit: it is empty"}};
    const std::string text = diagnosis_text(diagnosis);
    expect_in("1. " + problem_title(problem), text);
    const Advice advice = problem_advice(problem, diagnosis);
    EXPECT_FALSE(advice.why.empty());
    EXPECT_TRUE(std::any_of(known.begin(), known.end(), [&](const std::string& key) {
      return advice.remedy.find(key) != std::string::npos;
    })) << advice.remedy;
    EXPECT_EQ(text.find("phase.phase"), std::string::npos);
  }
}

TEST(DiagnosisText, ACellOfNoSweepHasItsNumber) {
  Diagnosis diagnosis = made(Problem::missing_replicas, {{.cell = 0, .count = 88, .of = 600}});
  diagnosis.experiment.cells.resize(1);
  diagnosis.experiment.cells[0].label.clear();
  expect_in("Missing replicas, in 1 of 1 cell\n    cell 0  88 of 600 missing\n", diagnosis_text(diagnosis));
}

TEST(DiagnosisJson, HasEveryNumber) {
  CellFinding tolerance = jumps_of(1, 0, 600);
  tolerance.recounts = {proportion(0, 600, {}), proportion(30, 600, {})};
  tolerance.rank = 2;
  tolerance.example = 5;
  Diagnosis diagnosis = made(Problem::tolerance_decides, {tolerance});
  diagnosis.findings.push_back({Problem::damaged_units, {}, {"a.unit: it is empty"}});
  const auto json = nlohmann::json::parse(diagnosis_json(diagnosis));
  EXPECT_EQ(json["name"], "small");
  EXPECT_EQ(json["replicas_done"], 1200);
  ASSERT_EQ(json["problems"].size(), 2u);
  EXPECT_EQ(json["problems"][0]["problem"], "tolerance_decides");
  const auto& cell = json["problems"][0]["cells"][0];
  EXPECT_EQ(cell["cell"], 1);
  EXPECT_EQ(cell["label"], "learning_rate=0.06");
  EXPECT_EQ(cell["rank"], 2);
  EXPECT_EQ(cell["example_replica"], 5);
  EXPECT_EQ(cell["recounts"][1]["events"], 30);
  EXPECT_EQ(cell["estimate"]["events"], 0);
  EXPECT_GT(cell["estimate"]["high"], 0.0);
  EXPECT_FALSE(cell.contains("measure"));
  EXPECT_EQ(json["problems"][1]["files"][0], "a.unit: it is empty");
  EXPECT_TRUE(json["not_recounted"].empty());
}

TEST(DiagnosisJson, OfASoundRunHasNoProblems) {
  Diagnosis diagnosis = made(Problem::diverged, {});
  diagnosis.findings.clear();
  EXPECT_EQ(nlohmann::json::parse(diagnosis_json(diagnosis))["problems"], nlohmann::json::array());
}

}  // namespace
}  // namespace rankfall
