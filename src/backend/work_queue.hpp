#pragma once
// Work handed out in order to threads, and the results they hand back.
#include <atomic>
#include <exception>
#include <mutex>
#include <span>

#include "rankfall/backend.hpp"

namespace rankfall {

// Keeps the first failure and ends the others between items.
template <class Item>
class WorkQueue {
 public:
  WorkQueue(std::span<const Item> items, const Supervision& supervision) : items_(items), supervision_(supervision) {}

  const Supervision& supervision() const { return supervision_; }

  const Item* take() {
    if (failed_ || supervision_.stop.stop_requested()) return nullptr;
    const std::size_t next = next_.fetch_add(1);
    return next < items_.size() ? &items_[next] : nullptr;
  }
  void deliver(ReplicaResults&& results) {
    const std::lock_guard lock(mutex_);
    if (failed_) return;
    try {
      supervision_.deliver(std::move(results));
    } catch (...) {  // kept before the lock is given up: another thread waits for it with results of its own
      keep(std::current_exception());
    }
  }
  void fail(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    keep(std::move(failure));
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void keep(std::exception_ptr failure) {
    if (!failure_) failure_ = std::move(failure);
    failed_ = true;
  }

  std::span<const Item> items_;
  const Supervision& supervision_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> failed_{false};
  std::mutex mutex_;
  std::exception_ptr failure_;
};

}  // namespace rankfall
