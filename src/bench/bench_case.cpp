#include "bench/bench_case.hpp"

#include <charconv>

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
  if (operation == Operation::sgd_step) return "sgd";
  return operation == Operation::probe ? "probe" : "rank";
}

namespace {

std::vector<BenchCase> product_of(const std::vector<int>& dimensions, const std::vector<int>& depths,
                                  const std::vector<Precision>& precisions) {
  std::vector<BenchCase> cases;
  for (const Operation operation : {Operation::gd_step, Operation::sgd_step, Operation::probe, Operation::rank})
    for (const Precision precision : precisions)
      for (const int depth : depths)
        for (const int dimension : dimensions) cases.push_back({operation, dimension, depth, precision});
  return cases;
}

constexpr int smallest_depth = 2, largest_depth = 16, largest_dimension = 128;  // what a core times in seconds

// The whole of `text` as an integer of that range; -1 if it is not one.
int integer_within(std::string_view text, int smallest, int largest) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && value >= smallest && value <= largest ? value : -1;
}

std::vector<std::string_view> split_at_colons(std::string_view text) {
  std::vector<std::string_view> parts{text.substr(0, text.find(':'))};
  while (parts.back().size() < text.size()) {
    text.remove_prefix(parts.back().size() + 1);
    parts.push_back(text.substr(0, text.find(':')));
  }
  return parts;
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

BenchCase case_of_name(const std::string& name) {
  const std::vector<std::string_view> parts = split_at_colons(name);
  const auto refuse = [&](const std::string& what) {
    return ConfigError({"--case", what + " in '" + name + "'", "a case is OPERATION:PRECISION:DEPTH:DIMENSION",
                        "for example gd:float32:3:10 or sgd:float64:2:20"});
  };
  if (parts.size() != 4) throw refuse(std::to_string(parts.size()) + " of 4 parts");
  BenchCase subject;
  if (parts[0] != "gd" && parts[0] != "sgd") throw refuse("an operation that is neither gd nor sgd");
  if (parts[1] != "float32" && parts[1] != "float64") throw refuse("a precision that is neither float32 nor float64, which are measured,");
  subject.operation = parts[0] == "gd" ? Operation::gd_step : Operation::sgd_step;
  subject.precision = parts[1] == "float32" ? Precision::float32 : Precision::float64;
  subject.depth = integer_within(parts[2], smallest_depth, largest_depth);
  if (subject.depth < 0) throw refuse("a depth that is not an integer from 2 to 16");
  subject.dimension = integer_within(parts[3], 2, largest_dimension);
  if (subject.dimension < 0) throw refuse("a dimension that is not an integer from 2 to 128");
  return subject;
}

}  // namespace rankfall
