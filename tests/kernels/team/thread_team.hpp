#pragma once
// A team of host threads with a real barrier: the model of the Team concept in which ThreadSanitizer finds a missing
// sync() without a GPU.
#include <barrier>
#include <thread>
#include <vector>

#include "kernels/team.hpp"

namespace rankfall {

class ThreadTeam {
 public:
  ThreadTeam(int rank, int size, std::barrier<>& barrier) : rank_(rank), size_(size), barrier_(&barrier) {}
  int rank() const { return rank_; }
  int size() const { return size_; }
  void sync() const {
    if (barrier_ != nullptr) barrier_->arrive_and_wait();
  }
  static ThreadTeam alone() { return {}; }  // a team of one, in the calling thread

 private:
  ThreadTeam() = default;
  int rank_ = 0, size_ = 1;
  std::barrier<>* barrier_ = nullptr;
};
static_assert(kernels::Team<ThreadTeam> && kernels::Team<kernels::SerialTeam>);

// Calls work(member) on `size` threads and returns when all are done.
template <class Work>
void run_team(int size, Work&& work) {
  std::barrier<> barrier(size);
  std::vector<std::jthread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&work, &barrier, rank, size] { work(ThreadTeam(rank, size, barrier)); });
}

}  // namespace rankfall
