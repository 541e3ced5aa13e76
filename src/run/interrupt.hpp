#pragma once
// Ends a run cleanly: on SIGINT, SIGTERM or SIGUSR1, or when its time is up.
#include <chrono>
#include <optional>
#include <stop_token>
#include <thread>

namespace rankfall {

// While it lives, the first of these signals requests a stop; a second one of its kind ends the process at once.
class Interruption {
 public:
  explicit Interruption(std::optional<double> max_hours);
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  std::stop_token token() const { return stop_.get_token(); }
  bool requested() const { return stop_.stop_requested(); }

 private:
  std::stop_source stop_;
  std::jthread watch_;
};

}  // namespace rankfall
