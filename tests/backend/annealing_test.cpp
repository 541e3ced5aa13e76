// Learning rates and ridges that change inside a phase.
#include <gtest/gtest.h>

#include "tests/backend/in_pieces.hpp"

namespace rankfall {
namespace {

using namespace test;

// W is one number w at depth 1, the loss 1/2 (w - 2)^2: w <- (1 - 2 rate ridge) w - rate (w - 2).
std::string number(const std::string& rate, const std::string& ridge, const std::string& precision = "float64") {
  return "replicas = 1\nprecision = '" + precision +
         "'\n[problem]\ntarget = [[2.0]]\n[model]\ndepth = 1\n[initialization]\nkind = 'identity'\nscale = 0.5\n[objective]\nloss = "
         "'half-sum-squared'\n[[phase]]\nsteps = 90\nlearning_rate = " +
         rate + "\nridge = " + ridge + "\n[probe]\nevery = 7\nclassify_at_end = 'numerical'\n";
}

constexpr const char* cosine_rate = "{ schedule = 'cosine', from = 0.2, to = 0.01, hold = 4 }";

double rate_at(int step) {  // 23 blocks of 4 steps, the last of 2
  return 0.01 + 0.19 * 0.5 * (1.0 + std::cos(std::acos(-1.0) * (step / 4) / 22.0));
}

TEST(Annealing, IsTheProductOfItsContractions) {
  double error = 0.5 - 2.0;
  for (int step = 0; step < 90; ++step) error *= 1.0 - rate_at(step);
  EXPECT_NEAR(singular_value(train_one_cell(number(cosine_rate, "0")), 0, 0) - 2.0, error, 1e-14);
  EXPECT_NEAR(singular_value(train_one_cell(number(cosine_rate, "0", "double-double")), 0, 0) - 2.0, error, 1e-14);
}

TEST(Annealing, OfRateAndRidgeIsTheRecursion) {
  double w = 0.5;
  for (int step = 0; step < 90; ++step) {
    const double ridge = step < 20 ? 0.4 : step < 50 ? 0.1 : 0.025;
    w = (1.0 - 2.0 * rate_at(step) * ridge) * w - rate_at(step) * (w - 2.0);
  }
  const auto trained =
      train_one_cell(number(cosine_rate, "{ schedule = 'piecewise', steps = [0, 20, 50], values = [0.4, 0.1, 0.025] }"));
  EXPECT_NEAR(singular_value(trained, 0, 0), w, 1e-14);
  // What is read takes the ridge that the phase ends with.
  EXPECT_NEAR(value(trained, Observable::objective, 0), 0.5 * (w - 2.0) * (w - 2.0) + 0.025 * w * w, 1e-14);
}

const std::string annealed_optimizers[] = {"", "optimizer = 'sgd'\n", "optimizer = 'sgd'\nbatch_size = 2\n",
                                  "optimizer = 'sgd'\nbatch_size = 9\nsampling = 'shuffled'\n"};

std::string two_annealed(const std::string& rate, const std::string& ridge, const std::string& optimizer) {
  return "seed = 11\nreplicas = 37\n[problem]\nrows = 4\nrank = 2\nobserved_count = 10\n[model]\ndepth = 3\n"
         "[initialization]\nscale = 0.6\n[[phase]]\nname = 'first'\nsteps = 45\nlearning_rate = " + rate + "\nridge = " + ridge +
         "\nstop = { plateau = 0.02 }\n" + optimizer + "[[phase]]\nname = 'second'\nsteps = 30\nlearning_rate = " + rate +
         "\nridge = " + ridge + "\n" + optimizer + "[probe]\nevery = 5\nrank_tolerance = 0.1\n";
}

const std::string falling_rate = "{ schedule = 'exponential', from = 0.08, to = 0.01, hold = 3 }";
const std::string lifted = "{ schedule = 'piecewise', steps = [0, 7, 11], values = [0.1, 0.3, 0.02] }";

// A schedule that always says the same number is that number, bit for bit, though training is cut where it could change.
TEST(Annealing, OfConstantsIsTheNumber) {
  for (const char* precision : {"float32", "float64"})
    for (const std::string& optimizer : annealed_optimizers) {
      const Overrides how{std::string("precision=") + precision};
      const auto plain = train_one_cell(two_annealed("0.05", "0.02", optimizer), how);
      const auto cut = train_one_cell(two_annealed("{ schedule = 'cosine', from = 0.05, to = 0.05, hold = 3 }",
                                                   "{ schedule = 'exponential', from = 0.02, to = 0.02, hold = 4 }", optimizer), how);
      for (std::int64_t r = 0; r < plain.count; ++r) EXPECT_EQ(bits_of(cut, r), bits_of(plain, r));
    }
}

// Replicas end the first phase at different steps, so that lanes stand at different places of their schedules.
TEST(Annealing, DoesNotDependOnLanesUnitsOrInterruptions) {
  for (const std::string& optimizer : annealed_optimizers) {
    const Experiment experiment = parse(two_annealed(falling_rate, lifted, optimizer));
    const ReplicaResults whole = train(experiment).at(0);
    const auto [least, most] = std::minmax_element(whole.steps.begin(), whole.steps.end());
    EXPECT_LT(*least, *most);
    const ReplicaResults alone = train(experiment, cut(experiment, 1)).at(0);
    const auto cpu = make_cpu_backend(1);
    const Pieces pieces = train_in_pieces({cpu.get()}, experiment, cut(experiment, 20), 3);
    EXPECT_GT(pieces.stops, 0);
    for (std::int64_t r = 0; r < whole.count; ++r) {
      EXPECT_EQ(bits_of(alone, r), bits_of(whole, r));
      EXPECT_EQ(bits_of(pieces.results.at(0), r), bits_of(whole, r));
    }
  }
}

// Probes elsewhere, and a trace, move nothing of a phase without rules.
TEST(Annealing, DoesNotDependOnProbes) {
  const std::string text = two_annealed(falling_rate, lifted, annealed_optimizers[1]);
  const auto ends = [&](const Overrides& how, std::int64_t trace) {
    Overrides all{"phase.first.stop={}"};
    all.insert(all.end(), how.begin(), how.end());
    return train(parse(text, all), Training{1, trace}).at(0).singular_values;
  };
  const auto often = ends({"probe.every=1"}, 0);
  EXPECT_EQ(ends({"probe.every=44"}, 0), often);
  EXPECT_EQ(ends({"probe.every=44"}, 2), often);
  EXPECT_NE(ends({"phase.second.ridge=0.02"}, 0), often);
}

}  // namespace
}  // namespace rankfall
