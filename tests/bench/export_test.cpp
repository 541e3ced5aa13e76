// The exported file against an eager step written out here with double loops: another text of the same algorithm.
#include "bench/export.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <set>

#include "backend/lane_group.hpp"
#include "bench/workload.hpp"
#include "rankfall/error.hpp"
#include "store/netcdf_file.hpp"

namespace rankfall {
namespace {

using Matrix = std::vector<double>;

constexpr int d = 5, depth = 3;
constexpr std::size_t entries = d * d, replicas = 16;

struct Exported {
  Matrix first, last, weight, target;
  std::vector<std::int32_t> row, column;
};

Exported exported(const BenchCase& subject) {
  const std::string path = testing::TempDir() + "rankfall_export_" + std::to_string(getpid()) + ".nc";  // tests run side by side
  export_workload(subject, path);
  NetcdfFile file(path, NetcdfFile::Mode::read);
  Exported read;
  const auto all = [&](const std::string& name, auto& values) {
    const int variable = file.variable(name);
    const NetcdfFile::Index shape = file.shape(variable);
    std::size_t size = 1;
    for (const std::size_t extent : shape) size *= extent;
    values.resize(size);
    file.get(variable, NetcdfFile::Index(shape.size(), 0), shape, values.data());
  };
  all("initial_factors", read.first);
  all("final_factors", read.last);
  all("weight", read.weight);
  all("target", read.target);
  all("drawn_row", read.row);
  all("drawn_column", read.column);
  std::filesystem::remove(path);
  return read;
}

Matrix product(const Matrix& a, const Matrix& b) {
  Matrix c(entries, 0.0);
  for (int i = 0; i < d; ++i)
    for (int k = 0; k < d; ++k)
      for (int j = 0; j < d; ++j) c[i * d + j] += a[i * d + k] * b[k * d + j];
  return c;
}

Matrix transposed(const Matrix& a) {
  Matrix t(entries);
  for (int i = 0; i < d; ++i)
    for (int j = 0; j < d; ++j) t[j * d + i] = a[i * d + j];
  return t;
}

// One step of W_l <- W_l - rate (gradient + 2 ridge W_l), depth 3; `slope` is the derivative of the loss by the square
// of each entry's residual.
void step(std::vector<Matrix>& w, const Matrix& target, const Matrix& slope, const PhaseSpec& phase) {
  const Matrix inner = product(w[1], w[0]), whole = product(w[2], inner);
  Matrix adjoint(entries);
  for (std::size_t e = 0; e < entries; ++e) adjoint[e] = 2.0 * slope[e] * (whole[e] - target[e]);
  const Matrix pulled = product(transposed(w[2]), adjoint);
  const Matrix gradient[depth] = {product(transposed(w[1]), pulled), product(pulled, transposed(w[0])),
                                  product(adjoint, transposed(inner))};
  for (int l = 0; l < depth; ++l)
    for (std::size_t e = 0; e < entries; ++e)
      w[l][e] -= phase.learning_rate * (gradient[l][e] + 2.0 * phase.ridge * w[l][e]);
}

void expect_eager_steps(const BenchCase& subject, double tolerance) {
  const Exported file = exported(subject);
  const PhaseSpec phase = bench_experiment(subject).cells.front().phases.front();
  const double observed = 10.0;  // 40 % of 25
  double worst = 0.0;
  for (std::size_t r = 0; r < replicas; ++r) {
    const double* begin = file.first.data() + r * depth * entries;
    std::vector<Matrix> w;
    for (std::size_t l = 0; l < depth; ++l) w.emplace_back(begin + l * entries, begin + (l + 1) * entries);
    for (int t = 0; t < exported_steps; ++t) {
      Matrix slope(entries, 0.0);
      const std::size_t draw = r * exported_steps + t;
      const std::size_t drawn = static_cast<std::size_t>(file.row[draw]) * d + file.column[draw];
      if (subject.operation == Operation::sgd_step) slope[drawn] = file.weight[drawn];
      else for (std::size_t e = 0; e < entries; ++e) slope[e] = file.weight[e] / observed;
      step(w, file.target, slope, phase);
    }
    for (std::size_t e = 0; e < depth * entries; ++e)
      worst = std::max(worst, std::abs(file.last[r * depth * entries + e] - w[e / entries][e % entries]));
  }
  EXPECT_LT(worst, tolerance);
  EXPECT_NE(file.first, file.last);
}

TEST(BenchExport, FinalFactorsAreThoseOfEagerGradientDescent) {
  expect_eager_steps({Operation::gd_step, d, depth, Precision::float64}, 1e-13);
  expect_eager_steps({Operation::gd_step, d, depth, Precision::float32}, 1e-5);
}

TEST(BenchExport, FinalFactorsAreThoseOfEagerSgdOnTheDrawnEntries) {
  expect_eager_steps({Operation::sgd_step, d, depth, Precision::float64}, 1e-13);
  expect_eager_steps({Operation::sgd_step, d, depth, Precision::float32}, 1e-5);
}

TEST(BenchExport, DrawsAreObservedEntriesAndReplicasDiffer) {
  const Exported file = exported({Operation::sgd_step, d, depth, Precision::float32});
  std::set<std::vector<std::int32_t>> sequences;
  for (std::size_t r = 0; r < replicas; ++r) {
    std::vector<std::int32_t> sequence;
    for (int t = 0; t < exported_steps; ++t) {
      const std::size_t draw = r * exported_steps + t;
      sequence.push_back(file.row[draw] * d + file.column[draw]);
      EXPECT_GT(file.weight[static_cast<std::size_t>(sequence.back())], 0.0);
    }
    sequences.insert(sequence);
  }
  EXPECT_EQ(sequences.size(), replicas);
}

TEST(BenchExport, CasesByName) {
  const BenchCase subject = case_of_name("sgd:float64:2:20");
  EXPECT_EQ(subject.operation, Operation::sgd_step);
  EXPECT_EQ(subject.precision, Precision::float64);
  EXPECT_EQ(subject.depth, 2);
  EXPECT_EQ(subject.dimension, 20);
  for (const std::string name : {"", ":", "gd", "gd:float32:3:10:", "gd:float32:3:", "gd:float32:1:10", "gd:float32:3:1e3",
                                 "probe:float32:3:10", "gd:float32:3:-4", "gd:float32: 3:4"})
    EXPECT_THROW(case_of_name(name), ConfigError) << name;
}

}  // namespace
}  // namespace rankfall
