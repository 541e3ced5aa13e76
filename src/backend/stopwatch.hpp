#pragma once
// Time spent in a block of code.
#include <chrono>

namespace rankfall {

// Adds the seconds between its making and its end to `sum`, those that were meanwhile added to `other` left out.
class Stopwatch {
 public:
  explicit Stopwatch(double& sum, const double* other = nullptr)
      : sum_(sum), other_(other), other_before_(other ? *other : 0.0), begin_(std::chrono::steady_clock::now()) {}
  ~Stopwatch() { sum_ += seconds() - (other_ ? *other_ - other_before_ : 0.0); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count(); }

 private:
  double& sum_;
  const double* other_;
  double other_before_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace rankfall
