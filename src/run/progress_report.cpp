#include "run/progress_report.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>

namespace rankfall {

namespace {

std::string duration_text(double seconds) {
  if (seconds < 0) return "?";
  if (seconds < 100) return fmt::format("{:.0f} s", seconds);
  if (seconds < 6000) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

ProgressReport::ProgressReport(std::string path, Progress initial)
    : path_(std::move(path)),
      progress_(std::move(initial)),
      done_before_(progress_.replicas_done),
      terminal_(isatty(STDERR_FILENO) != 0),
      begin_(Clock::now()),
      printed_(begin_),
      written_(begin_) {
  write_progress(path_, progress_);
}

void ProgressReport::update_rates() {
  progress_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  const std::int64_t here = progress_.replicas_done - done_before_;
  if (here > 0 && progress_.seconds > 0) {
    progress_.replica_steps_per_second = replica_steps_ / progress_.seconds;
    progress_.seconds_left = progress_.seconds * static_cast<double>(progress_.replicas_total - progress_.replicas_done) /
                             static_cast<double>(here);
  }
}

void ProgressReport::print() {
  const double share = 100.0 * static_cast<double>(progress_.replicas_done) / static_cast<double>(progress_.replicas_total);
  const std::string line =
      fmt::format("{:5.1f} %  {} of {} replicas, {:.3g} replica-steps/s, {} left", share, progress_.replicas_done,
                  progress_.replicas_total, progress_.replica_steps_per_second, duration_text(progress_.seconds_left));
  if (terminal_) fmt::print(stderr, "\r{:<90}", line);
  else fmt::print(stderr, "{}\n", line);
  std::fflush(stderr);
}

void ProgressReport::add_unit(std::int64_t replicas, double replica_steps) {
  progress_.replicas_done += replicas;
  progress_.units_done += 1;
  replica_steps_ += replica_steps;
  update_rates();
  const auto now = Clock::now();
  if (now - printed_ > (terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(30))) {
    print();
    printed_ = now;
  }
  if (now - written_ > std::chrono::seconds(1)) {
    write_progress(path_, progress_);
    written_ = now;
  }
}

void ProgressReport::finish(const std::string& state) {
  update_rates();
  progress_.state = state;
  if (terminal_) fmt::print(stderr, "\r{:<90}\r", "");
  write_progress(path_, progress_);
}

}  // namespace rankfall
