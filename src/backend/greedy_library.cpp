#include "backend/greedy_library.hpp"

#include <cstring>

namespace rankfall {

namespace {

constexpr std::size_t most_bytes = std::size_t{1} << 30;  // kept; the oldest go first

class Key {
 public:
  template <class Number>
  Key& add(Number number) {
    bytes_.append(reinterpret_cast<const char*>(&number), sizeof number);
    return *this;
  }
  Key& add(const std::vector<double>& numbers) {
    bytes_.append(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(double));
    return *this;
  }
  std::string bytes_;
};

// All that decides a path.
std::string key_of(const Factorization& model, const PhaseSpec& phase, const GreedyProblem& problem,
                   GreedyRecord record) {
  Key key;
  key.add(model.symmetry).add(model.widths.size());
  for (const int width : model.widths) key.add(width);
  const GreedySpec& spec = phase.greedy_spec;
  key.add(phase.loss).add(phase.steps).add(phase.relative_tolerance).add(phase.absolute_tolerance);
  key.add(spec.pair)
      .add(spec.escape)
      .add(spec.gradient_norm)
      .add(spec.end)
      .add(spec.maximum_rank)
      .add(spec.path_tolerance);
  key.add(record).add(problem.rank_tolerance);
  return key.add(problem.data->weight).add(problem.data->target).add(*problem.target).bytes_;
}

std::size_t bytes_of(const GreedyPath& path) {
  return sizeof path + path.polyline.bytes() + path.factors.size() * sizeof(double);
}

}  // namespace

std::optional<std::vector<GreedyLibrary::Shared>> GreedyLibrary::paths(const Factorization& model,
                                                                       const PhaseSpec& phase,
                                                                       std::span<const GreedyProblem> problems,
                                                                       GreedyRecord record,
                                                                       const std::function<bool()>& goes_on) {
  std::vector<std::shared_future<Shared>> futures;
  std::vector<GreedyProblem> missing;
  std::vector<Order> orders;
  {
    const std::lock_guard lock(mutex_);
    for (const GreedyProblem& problem : problems) {
      std::string key = key_of(model, phase, problem, record);
      auto found = known_.find(key);
      if (found == known_.end()) {
        Order& order = orders.emplace_back();
        order.key = key;
        found = known_.emplace(std::move(key), order.promise.get_future().share()).first;
        missing.push_back(problem);
      }
      futures.push_back(found->second);
    }
  }
  find(model, phase, missing, record, goes_on, orders);  // one's own before others' are waited for
  std::vector<Shared> found;
  for (const auto& future : futures) found.push_back(future.get());
  for (const Shared& path : found)
    if (!path) return std::nullopt;
  return found;
}

// Fulfils the orders. What is not found - stopped, or failed - is forgotten; who waits for it gets nothing, or the
// failure.
void GreedyLibrary::find(const Factorization& model, const PhaseSpec& phase, std::span<const GreedyProblem> problems,
                         GreedyRecord record, const std::function<bool()>& goes_on, std::vector<Order>& orders) {
  if (problems.empty()) return;
  try {
    GreedyLearner learner(model, phase, *problems.front().data, record);
    const bool whole = learner.learn(
        problems, [&](std::size_t k, GreedyPath&& path) { store(orders[k], std::move(path)); }, goes_on);
    if (whole) return;
    drop(orders);
    for (Order& order : orders)
      if (!order.kept) order.promise.set_value(nullptr);
  } catch (...) {
    drop(orders);
    for (Order& order : orders)
      if (!order.kept) order.promise.set_exception(std::current_exception());
  }
}

void GreedyLibrary::store(Order& order, GreedyPath&& path) {
  const std::size_t bytes = bytes_of(path) + order.key.size();
  order.promise.set_value(std::make_shared<const GreedyPath>(std::move(path)));
  order.kept = true;
  const std::lock_guard lock(mutex_);
  age_.emplace_back(order.key, bytes);
  bytes_ += bytes;
  while (bytes_ > most_bytes && age_.size() > 1) {
    known_.erase(age_.front().first);
    bytes_ -= age_.front().second;
    age_.pop_front();
  }
}

void GreedyLibrary::drop(std::vector<Order>& orders) {
  const std::lock_guard lock(mutex_);
  for (const Order& order : orders)
    if (!order.kept) known_.erase(order.key);
}

}  // namespace rankfall
