#pragma once
// Greedy paths that several cells or units ask for, each found once.
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "backend/greedy_path.hpp"

namespace rankfall {

// What a path is has no part in where it is kept: one that was dropped is found again, with the same bits.
class GreedyLibrary {
 public:
  using Shared = std::shared_ptr<const GreedyPath>;

  // The paths of the problems in their order, those of this call that nobody has or is finding side by side in lanes.
  // Nothing if goes_on() said no meanwhile. May be called by several threads.
  std::optional<std::vector<Shared>> paths(const Factorization& model, const PhaseSpec& phase,
                                           std::span<const GreedyProblem> problems, GreedyRecord record,
                                           const std::function<bool()>& goes_on);

 private:
  struct Order {
    std::string key;
    std::promise<Shared> promise;
    bool kept = false;
  };
  void find(const Factorization& model, const PhaseSpec& phase, std::span<const GreedyProblem> problems,
            GreedyRecord record, const std::function<bool()>& goes_on, std::vector<Order>& orders);
  void store(Order& order, GreedyPath&& path);
  void drop(std::vector<Order>& orders);

  std::mutex mutex_;
  std::map<std::string, std::shared_future<Shared>> known_;
  std::deque<std::pair<std::string, std::size_t>> age_;  // of what is kept, and its bytes
  std::size_t bytes_ = 0;
};

}  // namespace rankfall
