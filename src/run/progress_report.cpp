#include "run/progress_report.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>

#include "rankfall/replica.hpp"

namespace rankfall {

namespace {

std::string duration_text(double seconds) {
  if (seconds < 0) return "?";
  if (seconds < 100) return fmt::format("{:.0f} s", seconds);
  if (seconds < 6000) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

// Classes that nobody is in are left out.
void describe(const Census& census, Progress& progress) {
  progress.ranks.clear();
  progress.outcomes.clear();
  for (int rank = 0; rank < Census::ranks; ++rank)
    if (const std::int64_t count = census.of_rank(rank); count > 0)
      progress.ranks[std::to_string(rank) + (rank + 1 == Census::ranks ? " or more" : "")] = count;
  for (int standing = 0; standing < Census::standings; ++standing)
    if (const std::int64_t count = census.of_standing(standing); count > 0)
      progress.outcomes[standing == 0 ? "in training" : std::string(outcome_names[static_cast<std::size_t>(standing - 1)])] =
          count;
}

}  // namespace

ProgressReport::ProgressReport(std::string path, Progress initial)
    : path_(std::move(path)),
      progress_(std::move(initial)),
      terminal_(isatty(STDERR_FILENO) != 0),
      begin_(Clock::now()),
      printed_(begin_),
      written_(begin_) {
  write_progress(path_, progress_);
}

void ProgressReport::plan(std::int64_t units_done, std::int64_t units_total, std::int64_t replicas_done,
                          std::int64_t replicas_total) {
  const std::lock_guard lock(mutex_);
  progress_.units_done = units_done;
  progress_.units_total = units_total;
  progress_.replicas_done = replicas_done;
  progress_.replicas_total = replicas_total;
  if (!planned_) done_before_ = replicas_done;
  planned_ = true;
  tell();
}

void ProgressReport::note(const Activity& activity, const std::map<int, std::int64_t>& running) {
  const std::lock_guard lock(mutex_);
  progress_.replica_steps += activity.replica_steps;
  census_ += activity.change;
  seconds_ += activity.seconds;
  progress_.running.clear();
  for (const auto& [cell, replicas] : running) progress_.running[std::to_string(cell)] = replicas;
  tell();
}

void ProgressReport::add_units(std::int64_t units, std::int64_t replicas) {
  const std::lock_guard lock(mutex_);
  progress_.units_done += units;
  progress_.replicas_done += replicas;
  tell();
}

void ProgressReport::update() {
  progress_.seconds = std::chrono::duration<double>(Clock::now() - begin_).count();
  const std::int64_t here = progress_.replicas_done - done_before_;
  if (progress_.seconds > 0) progress_.replica_steps_per_second = progress_.replica_steps / progress_.seconds;
  if (here > 0)
    progress_.seconds_left = progress_.seconds * static_cast<double>(progress_.replicas_total - progress_.replicas_done) /
                             static_cast<double>(here);
  describe(census_, progress_);
}

// As often as people or scripts can follow.
void ProgressReport::tell() {
  const auto now = Clock::now();
  const bool print_now = now - printed_ > (terminal_ ? std::chrono::milliseconds(200) : std::chrono::seconds(30));
  const bool write_now = now - written_ > std::chrono::seconds(1);
  if (print_now || write_now) update();
  if (print_now) {
    print();
    printed_ = now;
  }
  if (write_now) {
    write_progress(path_, progress_);
    written_ = now;
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

void ProgressReport::finish(const std::string& state) {
  const std::lock_guard lock(mutex_);
  update();
  progress_.state = state;
  progress_.running.clear();
  if (terminal_) fmt::print(stderr, "\r{:<90}\r", "");
  write_progress(path_, progress_);
}

TimeSplit ProgressReport::time_split() {
  const std::lock_guard lock(mutex_);
  return seconds_;
}

Progress ProgressReport::progress() {
  const std::lock_guard lock(mutex_);
  update();
  return progress_;
}

}  // namespace rankfall
