#include "run/interrupt.hpp"

#include <csignal>

namespace rankfall {

namespace {

// Queueing systems send SIGUSR1 some time before they kill.
constexpr int stopping_signals[] = {SIGINT, SIGTERM, SIGUSR1};

volatile std::sig_atomic_t signal_seen = 0;

extern "C" void remember_signal(int number) {
  signal_seen = 1;
  std::signal(number, SIG_DFL);  // the next one kills
}

}  // namespace

Interruption::Interruption(std::optional<double> max_hours) {
  signal_seen = 0;
  for (const int number : stopping_signals) std::signal(number, remember_signal);
  const auto begin = std::chrono::steady_clock::now();
  watch_ = std::jthread([this, begin, max_hours](const std::stop_token& over) {
    while (!over.stop_requested() && !stop_.stop_requested()) {
      const std::chrono::duration<double, std::ratio<3600>> hours = std::chrono::steady_clock::now() - begin;
      if (signal_seen != 0 || (max_hours && hours.count() >= *max_hours)) stop_.request_stop();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
}

Interruption::~Interruption() {
  for (const int number : stopping_signals) std::signal(number, SIG_DFL);
}

}  // namespace rankfall
