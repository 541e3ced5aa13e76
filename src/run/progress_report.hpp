#pragma once
// Tells how far a run is: one line that renews itself on a terminal, a plain line every 30 s otherwise, and
// progress.json always.
#include <chrono>
#include <map>
#include <mutex>
#include <string>

#include "rankfall/census.hpp"
#include "store/run_record.hpp"

namespace rankfall {

// Everything may be called by several threads at once.
class ProgressReport {
 public:
  ProgressReport(std::string path, Progress initial);

  // What is to be done, once that is known or has grown.
  void plan(std::int64_t units_done, std::int64_t units_total, std::int64_t replicas_done, std::int64_t replicas_total);
  void note(const Activity& activity, const std::map<int, std::int64_t>& running);
  void add_units(std::int64_t units, std::int64_t replicas);  // more are on disk
  void finish(const std::string& state);
  TimeSplit time_split();
  Progress progress();

 private:
  void update();
  void tell();
  void print();

  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  std::string path_;
  Progress progress_;
  Census census_;
  TimeSplit seconds_;
  std::int64_t done_before_ = 0;
  bool planned_ = false, terminal_;
  Clock::time_point begin_, printed_, written_;
};

}  // namespace rankfall
