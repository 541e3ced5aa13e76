// What a run ends with, against plain loops over doubles and LAPACK's singular values.
#include <gtest/gtest.h>

#include "backend/instance.hpp"
#include "tests/backend/reference.hpp"
#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

Factors as_matrices(const Factorization& model, const DrawnFactors& drawn) {
  Factors factors;
  for (int l = 0; l < model.factors(); ++l)
    factors.push_back({model.factor_rows(l), model.factor_columns(l), drawn.factor[static_cast<std::size_t>(l)]});
  return factors;
}

// A 3 x 4 problem whose second phase sees other entries, under another loss and ridge.
const std::string two_phases = R"(
seed = 3
replicas = 5
precision = 'float64'
[problem]
target = [[1.0, -0.5, 0.25, 0.0], [0.5, 2.0, 0.0, -1.0], [0.0, 0.75, 1.5, 0.5]]
observed = [[0, 0], [0, 2], [1, 1], [1, 3], [2, 0], [2, 2]]
[model]
depth = 3
width = [5, 2]
[initialization]
scale = 0.5
[objective]
ridge = 0.02
[[phase]]
name = 'first'
learning_rate = 0.06
steps = 37
[[phase]]
name = 'second'
learning_rate = 0.03
steps = 23
loss = 'half-sum-squared'
ridge = 0.005
observed = 'diagonal'
[probe]
every = 10
classify_at_end = 'numerical'
rank_tolerance = 0.3
)";

const DenseMatrix target{3, 4, {1.0, -0.5, 0.25, 0.0, 0.5, 2.0, 0.0, -1.0, 0.0, 0.75, 1.5, 0.5}};
const DenseMatrix first_weight{3, 4, {1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 0}};
const DenseMatrix diagonal{3, 4, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}};

// Every observable of `results`' replica r against its definition at `factors`.
void expect_observables(const ReplicaResults& results, std::int64_t r, const Factors& factors,
                        const Objective& objective, double tolerance) {
  const DenseMatrix w = product(factors);
  double loss = 0.0, unobserved = 0.0, hidden = 0.0, cost = 0.0, gradient_squares = 0.0, balance = 0.0;
  for (std::size_t e = 0; e < w.entries.size(); ++e) {
    const double error = w.entries[e] - objective.target.entries[e];
    loss += objective.c * objective.weight.entries[e] * error * error;
    if (objective.weight.entries[e] == 0.0) unobserved += error * error, hidden += 1.0;
  }
  for (const DenseMatrix& factor : factors) cost += squares(factor);
  for (const DenseMatrix& g : gradient(objective, factors)) gradient_squares += squares(g);
  for (std::size_t l = 0; l + 1 < factors.size(); ++l)
    balance = std::max(balance, std::sqrt(squares(difference(times(transposed(factors[l + 1]), factors[l + 1]),
                                                             times(factors[l], transposed(factors[l]))))));
  const std::vector<double> s = lapack_singular_values(w);
  double nuclear = 0.0, entropy = 0.0;
  for (double x : s) nuclear += x;
  for (double x : s) entropy -= x > 0.0 ? x / nuclear * std::log(x / nuclear) : 0.0;
  const auto expect = [&](Observable observable, double expected) {
    EXPECT_NEAR(value(results, observable, r), expected, tolerance * (1.0 + std::abs(expected)))
        << observables[static_cast<std::size_t>(observable)].name;
  };
  expect(Observable::loss, loss);
  expect(Observable::objective, loss + objective.ridge * cost);
  expect(Observable::unobserved_error, std::sqrt(unobserved / hidden));
  expect(Observable::effective_rank, std::exp(entropy));
  expect(Observable::stable_rank, squares(w) / (s[0] * s[0]));
  expect(Observable::nuclear_norm, nuclear);
  expect(Observable::representation_cost, cost);
  expect(Observable::balancedness, balance);
  expect(Observable::gradient_norm, std::sqrt(gradient_squares));
  for (std::size_t k = 0; k < s.size(); ++k)
    EXPECT_NEAR(singular_value(results, r, static_cast<int>(k)), s[k], tolerance * (1.0 + s[0]));
  for (std::size_t l = 0; l < factors.size(); ++l)
    EXPECT_NEAR(results.factor_norms[static_cast<std::size_t>(r) * factors.size() + l], std::sqrt(squares(factors[l])),
                tolerance * 10.0);
}

TEST(Observables, AreThoseOfPlainDescentThroughTwoPhases) {
  for (const auto& [precision, tolerance] : {std::pair{"float64", 1e-12}, std::pair{"float32", 2e-5}}) {
    SCOPED_TRACE(precision);
    const Experiment experiment = parse(two_phases, {std::string("precision=") + precision});
    const ReplicaResults results = train(experiment).at(0);
    for (std::int64_t r = 0; r < 5; ++r) {
      const Cell& cell = experiment.cells.front();
      Factors factors = as_matrices(cell.model, draw_factors(experiment, cell, r, 0));
      const Objective first{target, first_weight, 1.0 / 6.0, 0.02}, second{target, diagonal, 0.5, 0.005};
      for (int step = 0; step < 37; ++step) descend(first, factors, 0.06);
      for (int step = 0; step < 23; ++step) descend(second, factors, 0.03);
      expect_observables(results, r, factors, second, tolerance);
      EXPECT_EQ(results.steps[static_cast<std::size_t>(r)], 60);
      EXPECT_EQ(results.start_step[static_cast<std::size_t>(r)], 37);
    }
  }
}

// Cyclic draws follow the entries in order of rows and columns, each scaled by N / batch_size.
TEST(Observables, AreThoseOfPlainCyclicSgd) {
  for (const int batch : {1, 4}) {
    SCOPED_TRACE(batch);
    const Experiment experiment = parse(two_phases, {"phase.first.optimizer=sgd", "phase.first.sampling=cyclic",
                                                     "phase.first.batch_size=" + std::to_string(batch),
                                                     "phase.second.steps=1", "phase.second.learning_rate=1e-300"});
    const ReplicaResults results = train(experiment).at(0);
    const std::vector<std::size_t> order{0, 2, 5, 7, 8, 10};
    for (std::int64_t r = 0; r < 5; ++r) {
      const Cell& cell = experiment.cells.front();
      Factors factors = as_matrices(cell.model, draw_factors(experiment, cell, r, 0));
      std::size_t next = 0;
      for (int step = 0; step < 37; ++step) {
        Objective drawn{target, zeros(3, 4), 1.0 / batch, 0.02};
        for (int k = 0; k < batch; ++k) drawn.weight.entries[order[next++ % order.size()]] += 1.0;
        descend(drawn, factors, 0.06);
      }
      expect_observables(results, r, factors, {target, diagonal, 0.5, 0.005}, 1e-12);
    }
  }
}

TEST(Observables, UnobservedErrorIsAbsentWhereAllIsObserved) {
  const ReplicaResults results = train_one_cell(two_phases, {"phase.second.observed=full"});
  for (std::int64_t r = 0; r < results.count; ++r)
    EXPECT_TRUE(std::isnan(value(results, Observable::unobserved_error, r)));
}

// 1 - 2 * rate * ridge small, exactly 0, and negative: steps that overshoot are steps all the same, not divergence.
TEST(Observables, AreThoseOfPlainDescentAtAnyWeightDecay) {
  for (const char* rate : {"0.9", "0.9999999", "1.0", "1.25", "1.5"}) {
    SCOPED_TRACE(rate);
    const Experiment experiment =
        parse(two_phases, {"phase.first.steps=1", "phase.second.steps=2", "phase.second.ridge=0.5",
                           std::string("phase.second.learning_rate=") + rate, "initialization.scale=0.7"});
    const ReplicaResults results = train(experiment).at(0);
    for (std::int64_t r = 0; r < 5; ++r) {
      const Cell& cell = experiment.cells.front();
      Factors factors = as_matrices(cell.model, draw_factors(experiment, cell, r, 0));
      const Objective last{target, diagonal, 0.5, 0.5};
      descend({target, first_weight, 1.0 / 6.0, 0.02}, factors, 0.06);
      for (int step = 0; step < 2; ++step) descend(last, factors, std::stod(rate));
      expect_observables(results, r, factors, last, 1e-9);
    }
  }
}

// The float64 factor and the exact powers of two keep what a float32 factor 1 - 2 * rate * ridge would lose.
TEST(Observables, WeightDecayBelowFloat32IsFelt) {
  const std::string text = R"(
replicas = 3
[problem]
target = [[0.0, 0.0], [0.0, 0.0]]
[model]
depth = 2
[initialization]
kind = 'identity'
scale = 1e-6
[objective]
ridge = 1e-6
[[phase]]
learning_rate = 0.01
steps = 1000000
[probe]
every = 1000000
rank_tolerance = { absolute = 1e-15 }
classify_at_end = 'numerical'
)";
  const ReplicaResults results = train_one_cell(text);
  // Entries 1e-6, whose products do not matter, shrink by (1 - 2e-8)^1e6; float32 would see a factor of exactly 1.
  EXPECT_NEAR(results.factor_norms[0], std::sqrt(2.0) * 1e-6 * std::pow(1.0 - 2e-8, 1e6), 1e-6 * 1e-5);
}

}  // namespace
}  // namespace rankfall
