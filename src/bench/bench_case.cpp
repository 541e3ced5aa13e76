#include "bench/bench_case.hpp"

#include "rankfall/error.hpp"

namespace rankfall {

double useful_flops(const BenchCase& subject) {
  const double d = subject.dimension, depth = subject.depth;
  if (subject.operation == Operation::gd_step) return 6.0 * (depth - 1.0) * d * d * d;
  if (subject.operation == Operation::sgd_step) return 6.0 * (depth - 2.0) * d * d + 8.0 * d;
  return 0.0;
}

std::string_view operation_name(Operation operation) {
  if (operation == Operation::gd_step) return "gd";
  return operation == Operation::sgd_step ? "sgd" : "probe";
}

std::string_view precision_name(Precision precision) {
  return precision == Precision::float32 ? "float32" : "float64";
}

namespace {

std::vector<BenchCase> product_of(const std::vector<int>& dimensions, const std::vector<int>& depths,
                                  const std::vector<Precision>& precisions) {
  std::vector<BenchCase> cases;
  for (const Operation operation : {Operation::gd_step, Operation::sgd_step, Operation::probe})
    for (const Precision precision : precisions)
      for (const int depth : depths)
        for (const int dimension : dimensions) cases.push_back({operation, dimension, depth, precision});
  return cases;
}

}  // namespace

std::vector<BenchCase> cases_of_class(const std::string& size_class) {
  const std::vector<Precision> both{Precision::float32, Precision::float64};
  if (size_class == "S") return product_of({4, 5, 10}, {3}, {Precision::float32});
  if (size_class == "M") return product_of({4, 10, 20, 32}, {2, 3, 4}, both);
  if (size_class == "L") return product_of({2, 4, 5, 8, 10, 16, 20, 32, 64, 100}, {2, 3, 4, 6}, both);
  throw ConfigError({"--class", "unknown size class '" + size_class + "'", "the classes are S, M and L",
                     "S takes seconds, M a minute, L several minutes"});
}

}  // namespace rankfall
