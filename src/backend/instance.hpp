#pragma once
// The random objects of a cell: targets, observed entries, initial factors. Pure functions of (experiment, cell, replica).
#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/philox.hpp"
#include "rankfall/experiment.hpp"

namespace rankfall {

// Measurements of a target: A_k row-major, one after another, and what was measured, noise included.
struct Measurements {
  std::vector<double> matrix;  // count * rows * columns
  std::vector<double> value;   // count
};

// What the loss of one phase sees: entries or measurements. Dense matrices are rows x columns, row-major, float64.
struct ObservedData {
  std::vector<ObservedEntry> entries;  // sorted by (row, column)
  std::vector<double> weight;          // dense, zero where unobserved
  std::vector<double> target;          // dense, noise included, zero where unobserved
  std::shared_ptr<const Measurements> measurements = nullptr;  // then there are no entries, and weight and target are zeros

  std::size_t count() const { return measurements ? measurements->value.size() : entries.size(); }  // N of the loss
};

// A phase's own target: dense, without noise.
struct OwnTarget {
  std::vector<double> entries;
  double largest_singular_value = 0;
};

// Targets and observations of one replica (or of all, where they are shared).
struct ProblemInstance {
  std::vector<double> target;         // of [problem]: dense, without noise
  double largest_singular_value = 0;  // of it
  std::vector<ObservedData> phase;    // one per phase
  std::vector<std::shared_ptr<const OwnTarget>> own_target;  // likewise; null where a phase has the problem's

  // What W is read against in phase p.
  const std::vector<double>& target_in(std::size_t p) const { return has_own(p) ? own_target[p]->entries : target; }
  double largest_singular_value_in(std::size_t p) const {
    return has_own(p) ? own_target[p]->largest_singular_value : largest_singular_value;
  }
  // At the end: in the last phase.
  const std::vector<double>& final_target() const { return target_in(phase.size() - 1); }
  double final_largest_singular_value() const { return largest_singular_value_in(phase.size() - 1); }

 private:
  bool has_own(std::size_t p) const { return p < own_target.size() && own_target[p]; }
};

ProblemInstance draw_problem(const Experiment& experiment, const Cell& cell, std::int64_t replica);

// The entries that a phase observes, sorted by (row, column): draw_problem's, without a target. Empty where it observes
// measurements.
std::vector<ObservedEntry> observed_entries(const Experiment& experiment, const Cell& cell, std::int64_t replica, int phase);

// A drawn set of factors W_1 .. W_L, dense row-major each, and how many draws it took until a determinant was positive.
template <class Number>
struct FactorsOf {
  std::vector<std::vector<Number>> factor;
  int tries = 1;
};
using DrawnFactors = FactorsOf<double>;

// Attempt 0, 1, ... are independent draws. Throws ConfigError when Requirement::positive_determinant is not met within
// maximum_tries. What is drawn is float64; what is made of it is in Number, float64 or kernels::DoubleDouble<double>.
template <class Number = double>
FactorsOf<Number> draw_factors(const Experiment& experiment, const Cell& cell, std::int64_t replica, int attempt);

// The source of phase `phase`'s SGD draws.
kernels::RandomSource<kernels::Word> draw_source(const Experiment& experiment, const Cell& cell, std::int64_t replica,
                                                 kernels::Stream stream, int phase, int attempt);

// Singular values of a dense rows x columns matrix, descending.
std::vector<double> singular_values_of(int rows, int columns, const std::vector<double>& matrix);

}  // namespace rankfall
