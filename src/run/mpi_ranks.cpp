// Ranks joined by MPI. Only main threads call it, so any implementation will do, and nothing here depends on one-sided
// progress: the first rank answers requests while another of its threads trains.
#include <mpi.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <exception>
#include <mutex>
#include <thread>

#include "run/ranks.hpp"

namespace rankfall {

namespace {

constexpr int tag_ask = 1, tag_part = 2;

bool started_by_mpi() {
  for (const char* variable : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "PMI_RANK", "PMIX_RANK"})
    if (std::getenv(variable) != nullptr) return true;
  return false;
}

// Parts [begin, end) of a list.
struct Part {
  std::int64_t begin = 0, end = 0;
  bool empty() const { return begin == end; }
};

// Hands out parts: a share of what is left for everybody, down to the grain, so that all end at about the same time.
class Parts {
 public:
  Parts(std::int64_t count, std::int64_t grain, int ranks) : count_(count), grain_(std::max<std::int64_t>(1, grain)), ranks_(ranks) {}
  Part take() {
    const std::lock_guard lock(mutex_);
    const std::int64_t size = std::min(std::max(grain_, (count_ - next_) / (2 * ranks_)), count_ - next_);
    next_ += size;
    return {next_ - size, next_};
  }
  void end() {
    const std::lock_guard lock(mutex_);
    next_ = count_;
  }

 private:
  std::mutex mutex_;
  std::int64_t count_, grain_, next_ = 0;
  int ranks_;
};

struct Request {
  WorkDone done;
  double leaves = 0.0;  // 1: wants no more
};
static_assert(sizeof(Request) == 4 * sizeof(double));

// Answers one request, if there is one. True if its sender has left.
bool answer(Parts& parts, const std::function<void(const WorkDone&)>& tell) {
  int waiting = 0;
  MPI_Status status;
  MPI_Iprobe(MPI_ANY_SOURCE, tag_ask, MPI_COMM_WORLD, &waiting, &status);
  if (!waiting) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return false;
  }
  Request request;
  MPI_Recv(&request, 4, MPI_DOUBLE, status.MPI_SOURCE, tag_ask, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  tell(request.done);
  const Part part = request.leaves != 0.0 ? Part{} : parts.take();
  MPI_Send(&part, 2, MPI_INT64_T, status.MPI_SOURCE, tag_part, MPI_COMM_WORLD);
  return part.empty();
}

using Train = std::function<WorkDone(std::span<const WorkUnit>)>;

std::span<const WorkUnit> of(const Part& part, std::span<const WorkUnit> units) {
  return units.subspan(static_cast<std::size_t>(part.begin), static_cast<std::size_t>(part.end - part.begin));
}

void lead(std::span<const WorkUnit> units, std::int64_t grain, int ranks, const std::stop_token& stop, const Train& train,
          const std::function<void(const WorkDone&)>& tell) {
  Parts parts(static_cast<std::int64_t>(units.size()), grain, ranks);
  std::exception_ptr failure;
  std::atomic<bool> over{false};
  std::jthread own([&] {
    try {
      for (Part part = parts.take(); !part.empty() && !stop.stop_requested(); part = parts.take()) train(of(part, units));
    } catch (...) {
      failure = std::current_exception();
      parts.end();
    }
    over = true;
  });
  int others = ranks - 1;
  while (others > 0 || !over) {
    if (stop.stop_requested()) parts.end();
    if (others > 0) others -= answer(parts, tell) ? 1 : 0;
    else std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  own.join();
  if (failure) std::rethrow_exception(failure);
}

void follow(std::span<const WorkUnit> units, const std::stop_token& stop, const Train& train) {
  Request request;
  for (;;) {
    request.leaves = stop.stop_requested() ? 1.0 : 0.0;
    MPI_Send(&request, 4, MPI_DOUBLE, 0, tag_ask, MPI_COMM_WORLD);
    Part part;
    MPI_Recv(&part, 2, MPI_INT64_T, 0, tag_part, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (part.empty()) return;
    request.done = train(of(part, units));
  }
}

}  // namespace

Ranks::Ranks(const Shard& shard) {
  if (!shard.is_whole() || !started_by_mpi()) return;
  int level = 0;
  MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &level);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
  MPI_Comm_size(MPI_COMM_WORLD, &size_);
  joined_ = true;
}

// A rank that fails does not wait for the others in MPI_Finalize; the launcher ends them.
Ranks::~Ranks() {
  if (joined_ && std::uncaught_exceptions() == 0) MPI_Finalize();
}

int Ranks::local_rank() const {
  if (size_ == 1) return 0;
  MPI_Comm here;
  int rank = 0;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &here);
  MPI_Comm_rank(here, &rank);
  MPI_Comm_free(&here);
  return rank;
}

std::vector<WorkUnit> Ranks::spread(std::vector<WorkUnit> units) const {
  if (size_ == 1) return units;
  auto count = static_cast<std::int64_t>(units.size());
  MPI_Bcast(&count, 1, MPI_INT64_T, 0, MPI_COMM_WORLD);
  std::vector<std::int64_t> numbers;
  for (const WorkUnit& unit : units) numbers.insert(numbers.end(), {unit.cell, unit.first, unit.count});
  numbers.resize(3 * static_cast<std::size_t>(count));
  constexpr std::size_t block = 1 << 20;  // MPI counts with int
  for (std::size_t at = 0; at < numbers.size(); at += block)
    MPI_Bcast(numbers.data() + at, static_cast<int>(std::min(block, numbers.size() - at)), MPI_INT64_T, 0, MPI_COMM_WORLD);
  units.clear();
  for (std::size_t k = 0; k < numbers.size(); k += 3)
    units.push_back({static_cast<int>(numbers[k]), numbers[k + 1], numbers[k + 2]});
  return units;
}

void Ranks::share(std::span<const WorkUnit> units, std::int64_t grain, const std::stop_token& stop, const Train& train,
                  const std::function<void(const WorkDone&)>& tell) const {
  if (size_ == 1) {
    if (!stop.stop_requested()) train(units);
  } else if (is_first()) {
    lead(units, grain, size_, stop, train, tell);
  } else {
    follow(units, stop, train);
  }
}

}  // namespace rankfall
