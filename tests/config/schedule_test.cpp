// Learning rates and ridges that change inside a phase: the numbers that a schedule stands for.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "support.hpp"

namespace rankfall {
namespace {

using test::cell_of;
using test::complaint_of;
using test::parse;
using test::problem;

PhaseSpec scheduled(const std::string& rate, int steps, const std::string& ridge = "0") {
  return cell_of(problem + "[[phase]]\noptimizer = 'sgd'\nlearning_rate = " + rate + "\nsteps = " + std::to_string(steps) +
                 "\nridge = " + ridge + "\n")
      .phases.at(0);
}

// All stretches begin at multiples of `hold`, and have the rate that `expected` says of their part of the way.
void expect_ramp(const PhaseSpec& phase, std::int64_t hold, std::size_t count, const std::function<double(double)>& expected) {
  ASSERT_EQ(phase.stretches.size(), count);
  for (std::size_t k = 0; k < count; ++k) {
    EXPECT_EQ(phase.stretches[k].begin, static_cast<std::int64_t>(k) * hold);
    const double value = expected(static_cast<double>(k) / static_cast<double>(count - 1));
    EXPECT_NEAR(phase.stretches[k].learning_rate / value, 1.0, 1e-14) << k;
  }
  EXPECT_EQ(phase.learning_rate, phase.stretches.back().learning_rate);
}

TEST(Schedule, RampsAreTheirClosedForms) {
  const PhaseSpec cosine = scheduled("{ schedule = 'cosine', from = 0.08, to = 0.01 }", 20000);
  expect_ramp(cosine, 200, 100, [](double x) { return 0.01 + 0.07 * 0.5 * (1.0 + std::cos(std::acos(-1.0) * x)); });
  EXPECT_EQ(cosine.stretches.front().learning_rate, 0.08);
  EXPECT_EQ(cosine.learning_rate, 0.01);
  const PhaseSpec exponential = scheduled("{ schedule = 'exponential', from = 0.5, to = 1e-6, hold = 3 }", 1000);
  expect_ramp(exponential, 3, 334, [](double x) { return 0.5 * std::exp(std::log(2e-6) * x); });
  EXPECT_EQ(exponential.learning_rate, 1e-6);
  expect_ramp(scheduled("{ schedule = 'linear', from = 0.1, to = 0.3 }", 101), 2, 51, [](double x) { return 0.1 + 0.2 * x; });
}

TEST(Schedule, StepsDrop) {
  const PhaseSpec phase = scheduled("{ schedule = 'step', from = 0.08, factor = 0.5, every = 30 }", 100);
  ASSERT_EQ(phase.stretches.size(), 4u);
  for (std::size_t k = 0; k < 4; ++k) {
    EXPECT_EQ(phase.stretches[k].begin, static_cast<std::int64_t>(30 * k));
    EXPECT_EQ(phase.stretches[k].learning_rate, std::ldexp(0.08, -static_cast<int>(k)));
  }
  EXPECT_EQ(scheduled("{ schedule = 'step', from = 0.08, factor = 0.5, every = 30 }", 30).learning_rate, 0.08);
}

TEST(Schedule, PiecesAreHeldOrJoined) {
  const PhaseSpec held = scheduled("{ schedule = 'piecewise', steps = [0, 10, 70], values = [0.2, 0.1, 0.3] }", 100);
  ASSERT_EQ(held.stretches.size(), 3u);
  EXPECT_EQ(held.stretches[1].begin, 10);
  EXPECT_EQ(held.stretches[1].learning_rate, 0.1);
  EXPECT_EQ(held.learning_rate, 0.3);
  const PhaseSpec joined =
      scheduled("{ schedule = 'piecewise', steps = [0, 10, 70], values = [0.2, 0.1, 0.4], interpolation = 'linear', hold = 5 }", 100);
  ASSERT_EQ(joined.stretches.size(), 15u);
  for (std::size_t k = 0; k < 15; ++k) {
    const auto step = static_cast<double>(5 * k);
    EXPECT_EQ(joined.stretches[k].begin, static_cast<std::int64_t>(5 * k));
    EXPECT_NEAR(joined.stretches[k].learning_rate, step <= 10 ? 0.2 - 0.01 * step : 0.1 + 0.005 * (step - 10), 1e-15);
  }
}

// Each stretch has the rate and the ridge that the two schedules alone have at its first step.
TEST(Schedule, RateAndRidgeChangeIndependently) {
  const std::string rate = "{ schedule = 'step', from = 0.08, factor = 0.5, every = 30 }";
  const std::string ridge = "{ schedule = 'piecewise', steps = [0, 45, 60], values = [0.3, 0.1, 0.02] }";
  const PhaseSpec phase = scheduled(rate, 100, ridge);
  const std::int64_t begins[] = {0, 30, 45, 60, 90};
  const double rates[] = {0.08, 0.04, 0.04, 0.02, 0.01}, ridges[] = {0.3, 0.3, 0.1, 0.02, 0.02};
  ASSERT_EQ(phase.stretches.size(), 5u);
  for (std::size_t k = 0; k < 5; ++k) {
    EXPECT_EQ(phase.stretches[k].begin, begins[k]);
    EXPECT_EQ(phase.stretches[k].learning_rate, rates[k]);
    EXPECT_EQ(phase.stretches[k].ridge, ridges[k]);
  }
  EXPECT_EQ(phase.ridge, 0.02);
  EXPECT_EQ(greatest_ridge(phase), 0.3);
  double sum = 0.0;
  for (std::int64_t step = 0; step < 100; ++step) sum += rates[step < 30 ? 0 : step < 60 ? 1 : step < 90 ? 3 : 4];
  EXPECT_NEAR(sum_over_steps(phase, [](const Stretch& now) { return now.learning_rate; }), sum, 1e-14);
}

// A constant schedule is the number, and a phase of one value or no length has nothing to change.
TEST(Schedule, ConstantsAreNumbers) {
  const std::string text = problem + "[[phase]]\nname = 'a'\nsteps = 100\nlearning_rate = ";
  const Experiment plain = parse(text + "0.1\n");
  EXPECT_EQ(parse(text + "{ schedule = 'constant', value = 0.1 }\n").digest, plain.digest);
  EXPECT_NE(parse(text + "{ schedule = 'linear', from = 0.1, to = 0.1 }\n").digest, plain.digest);
  EXPECT_FALSE(scheduled("{ schedule = 'cosine', from = 0.2, to = 0.1, hold = 50 }", 50).anneals());
  EXPECT_EQ(scheduled("{ schedule = 'cosine', from = 0.2, to = 0.1, hold = 50 }", 50).learning_rate, 0.1);
  EXPECT_FALSE(cell_of(problem + test::phase + "[[phase]]\nlearning_rate = { schedule = 'linear', from = 1, to = 2 }\nsteps = 0\n")
                   .phases[1].anneals());
}

const std::string base = problem + "[[phase]]\nname = 'a'\nsteps = 100\noptimizer = 'sgd'\nlearning_rate = ";

TEST(Schedule, AnyNumberOfItCanBeSwept) {
  const Experiment swept = parse(base + "{ schedule = 'linear', from = 0.2, to = 0.1 }\n"
                                        "[sweep]\n'phase.a.learning_rate.from' = [0.3, 0.4]\n'phase.a.steps' = [50, 60]\n");
  ASSERT_EQ(swept.cells.size(), 4u);
  EXPECT_EQ(swept.axes[0].dimension, "learning_rate_from");
  EXPECT_EQ(swept.cells[3].phases[0].stretches.front().learning_rate, 0.4);
  EXPECT_EQ(swept.cells[3].phases[0].stretches.back().begin, 59);
  EXPECT_EQ(swept.cells[0].label, "learning_rate_from=0.3 phase.a.steps=50");
}

TEST(Schedule, WholeSchedulesCanBeSwept) {
  const std::string axis = "'phase.a.learning_rate' = [{ schedule = 'constant', value = 0.1 }, { name = 'slow', schedule = "
                           "'cosine', from = 0.2, to = 0.1 }]\n'phase.a.ridge' = [{ schedule = 'constant', value = 0.02 }, "
                           "{ schedule = 'step', from = 0.1, factor = 0.1, every = 50 }]\n";
  const Experiment swept = parse(base + "1\n[sweep]\n" + axis + "zip = [['phase.a.learning_rate', 'phase.a.ridge']]\n");
  ASSERT_EQ(swept.cells.size(), 2u);
  EXPECT_EQ(std::get<std::string>(swept.axes[0].values[0][1]), "slow");
  EXPECT_EQ(std::get<std::string>(swept.axes[0].values[1][1]), "step from 0.1 factor 0.1 every 50");
  EXPECT_FALSE(swept.cells[0].phases[0].anneals());
  EXPECT_EQ(swept.cells[1].phases[0].ridge, 0.1 * 0.1);
  std::string renamed = axis;
  renamed.replace(renamed.find("slow"), 4, "tame");
  EXPECT_EQ(parse(base + "1\n[sweep]\n" + renamed + "zip = [['phase.a.learning_rate', 'phase.a.ridge']]\n").digest, swept.digest);
  EXPECT_EQ(parse_experiment(swept.text, "again.toml", "", {}).digest, swept.digest);
  EXPECT_EQ(parse_experiment(swept.text, "again.toml", "", {}).text, swept.text);
}

TEST(Schedule, OnlyWhatIsSaidOfAKindIsRead) {
  EXPECT_NE(complaint_of(base + "{ schedule = 'cosine', from = 0.1, to = 0.2, every = 5 }\n"), "");
  EXPECT_NE(complaint_of(base + "{ schedule = 'constant', value = 0.1, name = 3 }\n"), "");
  EXPECT_EQ(complaint_of(base + "{ schedule = 'constant', value = 0.1, name = 'three' }\n"), "");
}

// The rounds of [search]: each keeps a third of the cells, and gives those three times as many replicas.
TEST(Search, PlansItsRounds) {
  const std::string text = base + "0.1\n[sweep]\n'phase.a.learning_rate' = { linspace = [0.1, 0.4, 20] }\n[search]\nrank = 1\n";
  const Experiment experiment = parse("replicas = 10\n" + text);
  const SearchRule& rule = *experiment.estimate.search;
  EXPECT_EQ(rule.cells, (std::vector<std::int64_t>{20, 7, 3}));
  EXPECT_EQ(rule.rounds, (std::vector<std::int64_t>{10, 30, 90}));
  EXPECT_EQ(rule.confirm, 90);
  EXPECT_EQ(rule.all_replicas(), 13 * 10 + 4 * 30 + 2 * 90 + 180);
  EXPECT_EQ(experiment.most_replicas(), 180);
  EXPECT_EQ(experiment.digest, parse("replicas = 10\n" + text.substr(0, text.find("[search]"))).digest);
  EXPECT_EQ(parse_experiment(experiment.text, "again.toml", "", {}).text, experiment.text);
  const SearchRule more = *parse("replicas = 10\n" + text + "factor = 2\nfinalists = 4\nconfirm = 1000\n").estimate.search;
  EXPECT_EQ(more.cells, (std::vector<std::int64_t>{20, 10, 5}));
  EXPECT_EQ(more.all_replicas(), 10 * 10 + 5 * 20 + 1 * 40 + 4 * 1040);
}

}  // namespace
}  // namespace rankfall
