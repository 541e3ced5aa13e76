// --set key=value.
#include <gtest/gtest.h>

#include "support.hpp"

namespace rankfall {
namespace {

using test::cell_of;
using test::complaint_of;
using test::parse;

const std::string text = test::problem + test::phase;

TEST(Override, ReplacesAndAdds) {
  const Experiment experiment = parse(text, {"problem.rows=6", "model.depth = 3", "phase.train.steps=1e3",
                                             "phase.train.stop.loss=1e-3", "probe.quench={steps=7}", "seed=-2"});
  const Cell& cell = experiment.cells.at(0);
  EXPECT_EQ(cell.problem.rows, 6);
  EXPECT_EQ(cell.model.depth, 3);
  EXPECT_EQ(cell.phases[0].steps, 1000);
  EXPECT_EQ(cell.phases[0].stop.loss, 1e-3);
  EXPECT_EQ(cell.probe.quench.steps, 7);
  EXPECT_EQ(experiment.seed, 0xfffffffffffffffeu);
}

TEST(Override, ABareWordIsAString) {
  const Experiment experiment = parse(text, {"precision=float64", "name=my run", "phase.train.optimizer=sgd"});
  EXPECT_EQ(experiment.precision, Precision::float64);
  EXPECT_EQ(experiment.name, "my run");
  EXPECT_EQ(experiment.cells[0].phases[0].optimizer, Optimizer::sgd);
  EXPECT_EQ(parse(text, {"name=\"quoted\""}).name, "quoted");
}

TEST(Override, TheLastOneWins) { EXPECT_EQ(cell_of(text, {"problem.rows=6", "problem.rows=7"}).problem.rows, 7); }

TEST(Override, ListsAndSweeps) {
  EXPECT_EQ(cell_of(text, {"model.depth=3", "model.width=[2, 9]"}).model.widths, (std::vector<int>{4, 2, 9, 4}));
  for (const std::string key : {"sweep.\"phase.train.learning_rate\"", "sweep.phase.train.learning_rate"}) {
    const Experiment experiment = parse(text, {key + "=[0.1, 0.2]"});
    ASSERT_EQ(experiment.cells.size(), 2u);
    EXPECT_EQ(experiment.cells[1].phases[0].learning_rate, 0.2);
  }
  const std::string swept = text + "[sweep]\n\"objective.ridge\" = [0.1, 0.2]\n";
  const Experiment replaced = parse(swept, {"sweep.objective.ridge=[0.3]"});
  ASSERT_EQ(replaced.cells.size(), 1u);
  EXPECT_EQ(replaced.cells[0].phases[0].ridge, 0.3);
}

TEST(Override, ComplaintsNameTheFlag) {
  EXPECT_EQ(complaint_of(text, {"problem.rosw=3"}),
            "--set problem.rosw=3: unknown key 'rosw' in problem; every key must be known; did you mean 'rows'?");
  EXPECT_EQ(complaint_of(text, {"problme.rows=3"}),
            "--set problme.rows=3: unknown key 'problme' at the top level; every key must be known; did you mean "
            "'problem'?");
  EXPECT_EQ(
      complaint_of(text, {"phase.trian.steps=3"}),
      "--set phase.trian.steps=3: no phase is named 'trian'; a phase is addressed as phase.NAME.KEY; did you mean "
      "'train'?");
  EXPECT_EQ(complaint_of(text, {"problem.rows=many"}),
            "--set problem.rows=many: problem.rows is the string 'many'; an integer is expected; write a whole number "
            "such as 100");
  EXPECT_EQ(
      complaint_of(text, {"problem.rows=0"}),
      "--set problem.rows=0: problem.rows = 0 is out of range; it must be an integer from 1 to 65535; change the "
      "value");
  EXPECT_EQ(
      complaint_of(text, {"problem.rows.x=0"}),
      "--set problem.rows.x=0: there is no key 'x' in the integer 4; 'rows' is not a table; check the path of the "
      "key");
}

TEST(Override, ComplaintsAboutTheForm) {
  const std::string remedy = "; write for example --set phase.noise.steps=1000 or --set 'name=\"a b\"'";
  EXPECT_EQ(complaint_of(text, {"problem.rows"}),
            "--set problem.rows: not of the form key=value; there is no '='" + remedy);
  EXPECT_EQ(complaint_of(text, {"problem rows=3"}),
            "--set problem rows=3: not of the form key=value; 'problem rows' is not a key" + remedy);
  EXPECT_EQ(complaint_of(text, {"problem.rows="}),
            "--set problem.rows=: not of the form key=value; there is no value" + remedy);
  EXPECT_EQ(complaint_of(text, {"=3"}), "--set =3: not of the form key=value; '' is not a key" + remedy);
  EXPECT_EQ(complaint_of(text, {"seed=1\nreplicas=2"}),
            "--set seed=1 replicas=2: not of the form key=value; it has a line break" + remedy);
  EXPECT_EQ(
      complaint_of(text, {"problem.blocks=[2, 3"}),
      "--set problem.blocks=[2, 3: the value '[2, 3' is not valid TOML; it begins like a list, a table or a string "
      "but does not parse as one; check brackets, commas and quotes");
}

// Silently losing against the sweep would train something else than was asked for.
TEST(Override, OfASweptKeyIsRefused) {
  const std::string swept = text + "[sweep]\n\"objective.ridge\" = [0.1, 0.2]\n";
  EXPECT_EQ(
      complaint_of(swept, {"objective.ridge=0.5"}),
      "--set objective.ridge=0.5: objective.ridge is swept; the values at test.toml:8 would replace this one; use "
      "--set 'sweep.\"objective.ridge\"=[...]'");
}

}  // namespace
}  // namespace rankfall
