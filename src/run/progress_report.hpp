#pragma once
// Tells how far a run is: one line that renews itself on a terminal, a plain line every 30 s otherwise, and
// progress.json always.
#include <chrono>
#include <string>

#include "store/run_record.hpp"

namespace rankfall {

class ProgressReport {
 public:
  ProgressReport(std::string path, Progress initial);

  void add_unit(std::int64_t replicas, double replica_steps);  // one more unit is on disk
  void finish(const std::string& state);
  const Progress& progress() const { return progress_; }
  double replica_steps() const { return replica_steps_; }

 private:
  void update_rates();
  void print();

  using Clock = std::chrono::steady_clock;
  std::string path_;
  Progress progress_;
  std::int64_t done_before_;
  double replica_steps_ = 0.0;
  bool terminal_;
  Clock::time_point begin_, printed_, written_;
};

}  // namespace rankfall
