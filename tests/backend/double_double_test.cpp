// Training in double-double, where float64 is wrong or stops: against binary128, closed forms and invariants.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "backend/instance.hpp"
#include "backend/lane_group.hpp"
#include "tests/backend/double_double.hpp"
#include "tests/backend/in_pieces.hpp"

namespace rankfall {
namespace {

using namespace test;

Binary128 exponential(Binary128 x) {  // of |x| up to a few dozens: (sum of x / 64 ...)^64
  const Binary128 small = x / 64;
  Binary128 sum = 1, term = 1;
  for (int k = 1; k < 60; ++k) sum += term *= small / k;
  for (int k = 0; k < 6; ++k) sum *= sum;
  return sum;
}

std::string flow_text(const std::string& problem, const std::string& start, double time, const std::string& more = "") {
  return "replicas = 1\nprecision = 'double-double'\n[problem]\n" + problem + "\n[objective]\nloss = 'half-sum-squared'\n" +
         "[model]\ndepth = 2\n[initialization]\n" + start + "\n[[phase]]\noptimizer = 'gradient-flow'\ntime = " +
         std::to_string(time) + "\n" + more;
}

// The factors of one replica after its flow, in lane 0, `slice` steps at a time.
template <class Real>
std::vector<Real> flowed(const std::string& text, const Overrides& overrides, double time, std::int64_t slice = 1'000'000) {
  const Experiment experiment = parse(text, overrides);
  const Cell& cell = experiment.cells.front();
  LaneGroup<Real> group(cell.model);
  group.open_phase(cell.phases.front(), draw_problem(experiment, cell, 0).phase.front());
  ReplicaState<Real> state;
  for (const auto& factor : draw_factors<Real>(experiment, cell, 0, 0).factor)
    state.factors.insert(state.factors.end(), factor.begin(), factor.end());
  std::array<LaneLeg, LaneGroup<Real>::lanes> legs{};
  legs[0].target = time;
  legs[0].allowed = slice;
  while (legs[0].position.time < time) {
    group.load(0, state, {{}, 0, 1.0, 0.0});
    group.follow(legs);
    group.store(0, state);
    if (legs[0].taken == 0) break;
  }
  EXPECT_EQ(legs[0].position.time, time);
  return state.factors;
}

// d = 1, L = 2: W(t) = w / (1 + (w / W(0) - 1) exp(-2 w t)), met to the tolerance, four decades below rounding of float64.
TEST(DoubleDoubleFlow, FollowsTheLogisticCurveToTheTolerance) {
  const std::string text = flow_text("target = [[2]]", "kind = 'identity'\nscale = 0.1", 1.5);
  for (const double relative : {1e-16, 1e-20}) {
    const auto factors = flowed<Extended>(text, {"phase.phase1.relative_tolerance=" + std::to_string(relative * 1e20) + "e-20"}, 1.5);
    const Binary128 start = static_cast<Binary128>(0.1) * 0.1, w = 2;
    const Binary128 expected = w / (1 + (w / start - 1) * exponential(-2 * w * Binary128(1.5)));
    const double error = distance(wide(factors[0]) * wide(factors[1]), expected);
    EXPECT_LT(error, 100.0 * relative);
    EXPECT_GT(error, 1e-4 * relative);  // or it is another tolerance that was met
  }
}

// At depth 2 the affine family keeps the ratio of its eigenvalues, whatever the step: to rounding.
TEST(DoubleDoubleFlow, KeepsTheRatioOfTheAffineFamily) {
  const std::string text = flow_text("target = [[1, 0], [0, 1]]\nobserved = 'diagonal'",
                                     "kind = 'affine'\nscale = 0.01\nmixing = 0.1", 30.0);
  const auto ratio = [](const auto& w) { return (wide(Extended(w[0])) - wide(w[1])) / (wide(Extended(w[0])) + wide(w[1])); };
  const Binary128 start = (1 - static_cast<Binary128>(0.1)) / (1 + static_cast<Binary128>(0.1));
  EXPECT_LT(distance(ratio(flowed<Extended>(text, {}, 30.0)), start), 1e-28);
  EXPECT_GT(distance(ratio(flowed<double>(text, {"precision=float64"}, 30.0)), start), 1e-20);
}

// W_2^T W_2 - W_1 W_1^T stays as it began, whatever is observed; what float64 keeps of it ends at 1e-16 whatever the tolerance.
TEST(DoubleDoubleFlow, ConservesTheImbalance) {
  for (const char* observed : {"", "\nobserved = 'gaussian'\nobserved_count = 3"}) {
    const std::string text = flow_text(std::string("target = [[1, 2], [0.5, -1]]") + observed, "kind = 'gaussian'", 0.3);
    const auto imbalance = [](const auto& w, int i, int j) {
      const auto entry = [&](int k) { return wide(Extended(w[static_cast<std::size_t>(k)])); };
      return entry(4 + i) * entry(4 + j) + entry(6 + i) * entry(6 + j) - entry(2 * i) * entry(2 * j) -
             entry(2 * i + 1) * entry(2 * j + 1);
    };
    const auto drift = [&](const auto& before, const auto& after) {
      double most = 0.0;
      for (int e = 0; e < 4; ++e) most = std::max(most, distance(imbalance(before, e / 2, e % 2), imbalance(after, e / 2, e % 2)));
      return most;
    };
    const Overrides fine{"phase.phase1.relative_tolerance=1e-20"};
    EXPECT_LT(drift(flowed<Extended>(text, fine, 0.0), flowed<Extended>(text, fine, 0.3)), 1e-18);
    const Overrides finest{"precision=float64", "phase.phase1.relative_tolerance=1e-13"};
    EXPECT_GT(drift(flowed<double>(text, finest, 0.0), flowed<double>(text, finest, 0.3)), 1e-17);
  }
}

// Cut anywhere, kept and loaded again, time and factors go on with both of their words.
TEST(DoubleDoubleFlow, IsTheSameInSlices) {
  const std::string text = flow_text("target = [[1, 2], [0.5, -1]]", "kind = 'gaussian'", 2.0, "relative_tolerance = 1e-14");
  const auto whole = flowed<Extended>(text, {}, 2.0);
  for (const std::int64_t slice : {1, 7, 100}) EXPECT_EQ(flowed<Extended>(text, {}, 2.0, slice), whole);
  EXPECT_TRUE(std::any_of(whole.begin(), whole.end(), [](Extended w) { return w.low != 0.0; }));
}

// sigma_2 / sigma_1 of the affine family of depth 3, d = 2: lam_2^-1 - lam_1^-1 stays, lam_1^3 + lam_2^3 = 2 w.
double affine_limit(double scale, double mixing) {
  const Binary128 first = static_cast<Binary128>(scale) * (1 + static_cast<Binary128>(mixing)),
                  second = static_cast<Binary128>(scale) * (1 - static_cast<Binary128>(mixing));
  const Binary128 invariant = 1 / second - 1 / first;
  Binary128 low = 0, high = 2;
  const auto other = [&](Binary128 x) { return 1 / (invariant + 1 / x); };
  for (int k = 0; k < 120; ++k) {
    const Binary128 middle = (low + high) / 2, lesser = other(middle);
    (middle * middle * middle + lesser * lesser * lesser < 2 ? low : high) = middle;
  }
  const Binary128 q = other(low) / low;
  return static_cast<double>(q * q * q);
}

// Ratios of 1e-19 and 1e-28, and the rank beside a threshold between them and zero: float64 loses the second mode.
TEST(DoubleDoubleRun, FindsRatiosThatFloat64Loses) {
  for (const auto& [scale, threshold] : {std::pair{"1e-6", "1e-19"}, {"1e-9", "1e-28"}}) {
    const std::string text =
        "replicas = 1\n[problem]\ntarget = [[1, 0], [0, 1]]\nobserved = 'diagonal'\n[objective]\nloss = 'half-sum-squared'\n"
        "[model]\ndepth = 3\n[initialization]\nkind = 'affine'\nmixing = 0.5\n[probe]\nevery = 100\n"
        "[[phase]]\noptimizer = 'gradient-flow'\ntime = 1e10\nrelative_tolerance = 1e-12\nmaximum_steps = 20000\n";
    const Overrides own{std::string("initialization.scale=") + scale,
                        std::string("probe.rank_tolerance={ absolute = ") + threshold + " }"};
    Overrides exact = own, plain = own;
    exact.insert(exact.end(), {"precision=double-double", "phase.phase1.stop={ gradient_norm = 1e-28 }"});
    plain.insert(plain.end(), {"precision=float64", "phase.phase1.stop={ gradient_norm = 1e-14 }"});
    const double expected = affine_limit(std::stod(scale), 0.5);
    const ReplicaResults right = train_one_cell(text, exact), wrong = train_one_cell(text, plain);
    const double rounding = 1e-31 / expected;  // of W's entries, from which they are found
    EXPECT_NEAR(singular_value(right, 0, 1) / singular_value(right, 0, 0) / expected, 1.0, std::max(1e-10, rounding)) << scale;
    EXPECT_EQ(right.rank[0], 2);
    EXPECT_EQ(right.outcome[0], Outcome::converged);
    EXPECT_LT(value(right, Observable::balancedness, 0), 1e-29);
    EXPECT_GT(std::abs(singular_value(wrong, 0, 1) / singular_value(wrong, 0, 0) / expected - 1.0), 0.5) << scale;
  }
}

TEST(DoubleDoubleRun, HasTheSameBitsInAnyUnitsAndPieces) {
  for (const Overrides& own : {Overrides{}, Overrides{"problem.instances=per-replica", "probe.trajectory=true"},
                               Overrides{"problem.observed=gaussian"},
                               Overrides{"problem.observed=gaussian", "problem.instances=per-replica"},
                               Overrides{"probe.rank=quenched", "probe.quench.steps=100"}}) {
    const Experiment whole = parse(descents, own);
    const RunResults reference = train(whole);
    const auto one = make_cpu_backend(1);
    const Pieces pieces = train_in_pieces({one.get()}, whole, cut(whole, 3), 3);
    EXPECT_EQ(results_checksum(pieces.results), results_checksum(reference));
    for (std::int64_t r = 0; r < whole.replicas; ++r) EXPECT_EQ(bits_of(pieces.results[0], r), bits_of(reference[0], r));
  }
}

// Probes of well-conditioned runs: those of float64, to its rounding.
TEST(DoubleDoubleRun, AgreesWithFloat64WhereThatIsGood) {
  for (const char* own : {"problem.instances=shared", "problem.instances=per-replica", "problem.observed=gaussian"}) {
    const Overrides shorter{"phase.settle.steps=20", "phase.flow.time=0.1", own};
    Overrides plain = shorter;
    plain.push_back("precision=float64");
    const ReplicaResults fine = train_one_cell(descents, shorter), coarse = train_one_cell(descents, plain);
    for (std::int64_t r = 0; r < fine.count; ++r) {
      for (const Observable observable : {Observable::loss, Observable::objective, Observable::unobserved_error, Observable::gradient_norm})
        EXPECT_NEAR(value(fine, observable, r) / value(coarse, observable, r), 1.0, 1e-9);
      for (int k = 0; k < 3; ++k) EXPECT_NEAR(singular_value(fine, r, k), singular_value(coarse, r, k), 1e-10);
    }
    EXPECT_EQ(fine.rank, coarse.rank);
  }
}

// Descent with a ridge on a third of three entries: 1/3 and 1 - 2 rate ridge are not float64 numbers.
TEST(DoubleDoubleDescent, IsThatOfBinary128) {
  const Experiment experiment = parse(
      "replicas = 1\nprecision = 'double-double'\n[problem]\ntarget = [[1, 2], [3, 0]]\nobserved = [[0, 0], [0, 1], [1, 0]]\n"
      "[objective]\nridge = 0.3\n[[phase]]\nlearning_rate = 0.1\nsteps = 60\n");
  const Cell& cell = experiment.cells.front();
  LaneGroup<Extended> group(cell.model);
  group.open_phase(cell.phases.front(), draw_problem(experiment, cell, 0).phase.front());
  ReplicaState<Extended> state;
  Binary128 w[2][2][2];  // W_1, W_2
  for (const auto& factor : draw_factors<Extended>(experiment, cell, 0, 0).factor)
    state.factors.insert(state.factors.end(), factor.begin(), factor.end());
  for (std::size_t e = 0; e < 8; ++e) w[e / 4][e / 2 % 2][e % 2] = wide(state.factors[e]);
  group.load(3, state, {{}, 0, 0.1, 0.3});
  group.advance(60);
  group.store(3, state);
  const Binary128 rate = 0.1, ridge = 0.3, target[2][2] = {{1, 2}, {3, 0}};
  for (int step = 0; step < 60; ++step) {
    Binary128 residual[2][2], gradient[2][2][2];
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j)
        residual[i][j] = i + j == 2 ? 0 : 2 * (w[1][i][0] * w[0][0][j] + w[1][i][1] * w[0][1][j] - target[i][j]) / 3;
    for (int i = 0; i < 2; ++i)
      for (int j = 0; j < 2; ++j) {
        gradient[0][i][j] = w[1][0][i] * residual[0][j] + w[1][1][i] * residual[1][j] + 2 * ridge * w[0][i][j];
        gradient[1][i][j] = residual[i][0] * w[0][j][0] + residual[i][1] * w[0][j][1] + 2 * ridge * w[1][i][j];
      }
    for (int e = 0; e < 8; ++e) w[e / 4][e / 2 % 2][e % 2] -= rate * gradient[e / 4][e / 2 % 2][e % 2];
  }
  EXPECT_LT(state.scale.high, 1.0);
  for (std::size_t e = 0; e < 8; ++e)
    EXPECT_LT(distance(wide(state.scale * state.factors[e]), w[e / 4][e / 2 % 2][e % 2]), 1e-29);
}

}  // namespace
}  // namespace rankfall
