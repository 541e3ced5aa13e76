// Experiments on Gaussian measurements: what they are, what training makes of them, and that bits depend on nothing else.
#include <gtest/gtest.h>

#include <random>

#include "backend/instance.hpp"
#include "tests/backend/in_pieces.hpp"
#include "tests/backend/reference.hpp"
#include "tests/backend/support.hpp"

namespace rankfall {
namespace {

using namespace test;

const std::string one_step = "[[phase]]\nname = 'train'\nlearning_rate = 0.1\nsteps = 1\n";

ProblemInstance draw_sensing(const std::string& keys, const std::string& more = "", std::int64_t replica = 0) {
  const Experiment experiment = parse("[problem]\nobserved = 'gaussian'\n" + keys + one_step + more);
  return draw_problem(experiment, experiment.cells.front(), replica);
}

double mean_of(const std::vector<double>& values) {
  double sum = 0.0;
  for (double x : values) sum += x;
  return sum / static_cast<double>(values.size());
}

TEST(Measurements, AreIndependentNormalsOfTheirScale) {
  const ProblemInstance instance = draw_sensing("rows = 6\ncolumns = 4\nobserved_count = 4000\n");
  std::vector<double> first, second, fourth, between;
  const std::vector<double>& a = instance.phase[0].measurements->matrix;
  ASSERT_EQ(a.size(), 4000u * 24u);
  for (std::size_t e = 0; e < a.size(); ++e) {
    const double z = a[e] * std::sqrt(24.0);
    first.push_back(z), second.push_back(z * z), fourth.push_back(z * z * z * z);
    if (e > 0) between.push_back(24.0 * a[e] * a[e - 1]);
  }
  const double sigma = 1.0 / std::sqrt(static_cast<double>(a.size()));  // deviations of the means: 1, sqrt 2, sqrt 96, 1
  EXPECT_LT(std::abs(mean_of(first)), 5.0 * sigma);
  EXPECT_LT(std::abs(mean_of(second) - 1.0), 5.0 * std::sqrt(2.0) * sigma);
  EXPECT_LT(std::abs(mean_of(fourth) - 3.0), 5.0 * std::sqrt(96.0) * sigma);
  EXPECT_LT(std::abs(mean_of(between)), 5.0 * sigma);
}

TEST(Measurements, AreTheProductWithTheTarget) {
  const ProblemInstance instance = draw_sensing("rows = 5\ncolumns = 3\nrank = 2\nobserved_count = 7\n");
  const ObservedData& data = instance.phase[0];
  EXPECT_EQ(data.count(), 7u);
  EXPECT_TRUE(data.entries.empty());
  for (std::size_t k = 0; k < 7; ++k) {
    long double sum = 0.0L;
    for (std::size_t e = 0; e < 15; ++e) sum += static_cast<long double>(data.measurements->matrix[15 * k + e]) * instance.target[e];
    EXPECT_NEAR(data.measurements->value[k], static_cast<double>(sum), 1e-15);
  }
}

TEST(Measurements, OfTheSymmetricModelAreTheSymmetricPartOfTheSame) {
  const ProblemInstance general = draw_sensing("rows = 4\nobserved_count = 9\n");
  const ProblemInstance symmetric = draw_sensing("rows = 4\nobserved_count = 9\n", "[model]\nsymmetric = true\n");
  for (std::size_t k = 0; k < 9; ++k)
    for (std::size_t i = 0; i < 4; ++i)
      for (std::size_t j = 0; j < 4; ++j) {
        const auto at = [&](const ProblemInstance& of, std::size_t r, std::size_t c) {
          return of.phase[0].measurements->matrix[16 * k + 4 * r + c];
        };
        EXPECT_EQ(at(symmetric, i, j), 0.5 * (at(general, i, j) + at(general, j, i)));
      }
}

TEST(Measurements, MoreKeepTheFirstAndNoiseIsOnTheirValues) {
  const ProblemInstance few = draw_sensing("rows = 5\nobserved_count = 600\n");
  const ProblemInstance many = draw_sensing("rows = 5\nobserved_count = 900\nnoise = 0.3\n");
  EXPECT_EQ(few.target, many.target);
  std::vector<double> squares;
  for (std::size_t e = 0; e < 600u * 25u; ++e) ASSERT_EQ(few.phase[0].measurements->matrix[e], many.phase[0].measurements->matrix[e]);
  for (std::size_t k = 0; k < 600; ++k) {
    const double noise = many.phase[0].measurements->value[k] - few.phase[0].measurements->value[k];
    squares.push_back(noise * noise);
  }
  EXPECT_NEAR(mean_of(squares), 0.09, 0.09 * 5.0 * std::sqrt(2.0 / 600.0));
}

TEST(Measurements, OfAReplicaOrAPhaseAreItsOwn) {
  const std::string own = "rows = 4\nobserved_count = 6\ninstances = 'per-replica'\n";
  const std::string second = "[[phase]]\nlearning_rate = 0.1\nsteps = 1\n";
  const ProblemInstance a = draw_sensing(own, second, 0), b = draw_sensing(own, second, 1);
  EXPECT_NE(a.phase[0].measurements->matrix, b.phase[0].measurements->matrix);
  EXPECT_EQ(a.phase[0].measurements, a.phase[1].measurements);  // one object
  const ProblemInstance c = draw_sensing(own, second + "observed = 'gaussian'\nobserved_count = 6\n");
  EXPECT_NE(c.phase[0].measurements->matrix, c.phase[1].measurements->matrix);
  EXPECT_EQ(c.phase[0].measurements->matrix, a.phase[0].measurements->matrix);
}

// The loss of many measurements is that of all entries, to a few parts in sqrt(m): so is the descent.
TEST(Sensing, OfManyMeasurementsIsDescentOnAllEntries) {
  const std::string rest =
      "[initialization]\nscale = 0.4\n[[phase]]\nlearning_rate = 0.05\nsteps = 400\n[probe]\nclassify_at_end = 'numerical'\n";
  for (const char* model : {"[model]\ndepth = 3\n", "[model]\nsymmetric = true\n"}) {
    const auto train_on = [&](const std::string& observed) {
      return train_one_cell("precision = 'float64'\nreplicas = 4\n[problem]\nrows = 3\n" + observed + model + rest);
    };
    const ReplicaResults all = train_on(""), sensed = train_on("observed = 'gaussian'\nobserved_count = 40000\n");
    for (std::int64_t r = 0; r < 4; ++r) {
      EXPECT_NEAR(value(sensed, Observable::loss, r), value(all, Observable::loss, r),
                  0.1 * value(all, Observable::loss, r) + 1e-6);
      EXPECT_NEAR(singular_value(sensed, r, 0), singular_value(all, r, 0), 0.02 * singular_value(all, r, 0));
    }
  }
}

// One number, one measurement: W - T shrinks by 1 - 2 learning_rate A^2 a step at depth 1.
TEST(Sensing, OfOneNumberIsGeometric) {
  const std::string text =
      "precision = 'float64'\nreplicas = 3\n[problem]\ntarget = [[2]]\nobserved = 'gaussian'\nobserved_count = 1\n"
      "[model]\ndepth = 1\n[initialization]\nkind = 'identity'\nscale = 0.5\n[[phase]]\nlearning_rate = 0.05\nsteps = 30\n"
      "[probe]\nclassify_at_end = 'numerical'\n";
  const Experiment experiment = parse(text);
  const double a = draw_problem(experiment, experiment.cells[0], 0).phase[0].measurements->matrix[0];
  const double left = -1.5 * std::pow(1.0 - 2.0 * 0.05 * a * a, 30);
  const ReplicaResults results = train_one_cell(text);
  EXPECT_NEAR(value(results, Observable::unobserved_error, 0), std::abs(left), 1e-13);
  EXPECT_NEAR(value(results, Observable::loss, 0), a * a * left * left, 1e-13);
  EXPECT_NEAR(value(results, Observable::gradient_norm, 0), std::abs(2.0 * a * a * left), 1e-13);
}

// From a small start m = 5 d measurements find a rank-1 matrix, U U^T of 55 numbers or W_2 W_1 of 100; from a large one, which
// fits them as well, not.
TEST(Sensing, FromASmallStartRecoversRankOne) {
  const std::string text =
      "precision = 'float64'\nreplicas = 24\n[problem]\nrows = 10\nspectrum = [10]\nobserved = 'gaussian'\n"
      "observed_count = 50\ninstances = 'per-replica'\n[model]\nsymmetric = true\n[initialization]\nscale = 1e-4\n"
      "[[phase]]\nname = 'flow'\noptimizer = 'gradient-flow'\ntime = 2e3\nstop = { loss = 1e-7 }\n[probe]\nevery = 20\n";
  const ReplicaResults small = train_one_cell(text);
  for (std::int64_t r = 0; r < small.count; ++r) {
    EXPECT_LT(value(small, Observable::loss, r), 1e-5) << r;
    EXPECT_LT(value(small, Observable::unobserved_error, r), 1e-2) << r;
    EXPECT_EQ(small.rank[static_cast<std::size_t>(r)], 1) << r;
  }
  const auto errors = [&](const char* scale) {
    ReplicaResults results = train_one_cell(text, {"model.symmetric=false", std::string("initialization.scale=") + scale});
    for (std::int64_t r = 0; r < results.count; ++r) EXPECT_LT(value(results, Observable::loss, r), 1e-2) << r;
    std::vector<double> found = results.observable[static_cast<std::size_t>(Observable::unobserved_error)];
    std::sort(found.begin(), found.end());
    return found;
  };
  EXPECT_LT(errors("1e-4")[12], 1e-2);  // the median
  EXPECT_GT(errors("1.0")[0], 0.5);
}

// Phases that observe entries, then measurements, then others; rules that end them at different steps.
std::string sensing_text(const std::string& model, const std::string& optimizer) {
  return "seed = 5\nreplicas = 37\n[problem]\nrows = 5\nrank = 2\nobserved = 'gaussian'\nobserved_count = 13\n[model]\n" + model +
         "[initialization]\nscale = 0.5\n[objective]\nridge = 0.01\n"
         "[[phase]]\nname = 'entries'\nlearning_rate = 0.03\nsteps = 20\nobserved_count = 9\nstop = { loss = 0.8 }\n"
         "[[phase]]\nname = 'sense'\nlearning_rate = 0.03\nsteps = 40\nstop = { loss = 0.5, plateau = 0.01, gradient_norm = 1e-3 }\n" +
         optimizer +
         "[[phase]]\nname = 'more'\nlearning_rate = 0.05\nsteps = 30\nobserved = 'gaussian'\nobserved_count = 40\n" + optimizer +
         "[probe]\nevery = 3\nrank_tolerance = 0.1\nquench = { steps = 100 }\n";
}

const std::string sensing_optimizers[] = {"optimizer = 'gd'\n", "optimizer = 'sgd'\n",
                                          "optimizer = 'sgd'\nsampling = 'shuffled'\nbatch_size = 4\n",
                                          "optimizer = 'sgd'\nsampling = 'cyclic'\nbatch_size = 2\n"};

class SensingBits : public testing::TestWithParam<std::tuple<std::string, std::string, std::string>> {};

TEST_P(SensingBits, DoNotDependOnTheCutOrOnBeingStopped) {
  const auto& [model, precision, instances] = GetParam();
  for (const std::string& optimizer : sensing_optimizers) {
    SCOPED_TRACE(optimizer);
    const Experiment whole = parse(sensing_text(model, optimizer), {"precision=" + precision, "problem.instances=" + instances});
    const RunResults reference = train(whole);
    std::vector<WorkUnit> units = cut(whole, 5);
    std::shuffle(units.begin(), units.end(), std::mt19937(1));
    EXPECT_EQ(results_checksum(train(whole, units, {.threads = 2})), results_checksum(reference));
    EXPECT_EQ(bits_of(train(whole, {WorkUnit{0, 23, 1}})[0], 0), bits_of(reference[0], 23));
    const auto backend = make_cpu_backend(1);
    const Pieces pieces = train_in_pieces({backend.get()}, whole, cut(whole, 20), 3);
    EXPECT_EQ(results_checksum(pieces.results), results_checksum(reference));
    EXPECT_GT(pieces.stops, 0);
    EXPECT_NE(bits_of(reference[0], 0), bits_of(reference[0], 1));
  }
}

INSTANTIATE_TEST_SUITE_P(All, SensingBits,
                         testing::Combine(testing::Values("depth = 3\nwidth = [7, 2]\n", "depth = 1\n",
                                                          "symmetric = true\nwidth = 3\n"),
                                          testing::Values("float32", "float64"), testing::Values("shared", "per-replica")));

}  // namespace
}  // namespace rankfall
