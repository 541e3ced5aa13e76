#include "backend/cpu_backend.hpp"

#include <fmt/core.h>
#include <sched.h>

#include <algorithm>
#include <thread>

#include "backend/unit_trainer.hpp"
#include "backend/work_queue.hpp"
#include "rankfall/error.hpp"

namespace rankfall {

namespace {

// Successive units are mostly of one cell; its trainer, with what it has settled already, is kept for the next.
template <class Real>
void work(const Experiment& experiment, const std::shared_ptr<GreedyLibrary>& library, WorkQueue<WorkUnit>& queue) {
  try {
    std::unique_ptr<UnitTrainer<Real>> trainer;
    int cell = -1;
    while (const WorkUnit* unit = queue.take()) {
      if (unit->cell != cell) {
        cell = unit->cell;
        trainer = std::make_unique<UnitTrainer<Real>>(experiment, experiment.cells[static_cast<std::size_t>(cell)],
                                                      queue.supervision(), library);
      }
      if (auto results = trainer->train(*unit)) queue.deliver(std::move(*results));
    }
  } catch (...) {
    queue.fail(std::current_exception());
  }
}

class CpuBackend : public Backend {
 public:
  explicit CpuBackend(int threads) : threads_(threads) {}

  std::string name() const override { return "cpu"; }
  std::string description() const override {
    return fmt::format("cpu: {} thread{}, {} float32 or {} float64 or double-double lanes each ({})", threads_, threads_ == 1 ? "" : "s",
                       Lanes<float>::count, Lanes<double>::count, instruction_set);
  }
  void train(const Experiment& experiment, std::span<const WorkUnit> units,
             const Supervision& supervision) override {
    WorkQueue<WorkUnit> queue(units, supervision);
    const auto library = std::make_shared<GreedyLibrary>();
    {
      std::vector<std::jthread> pool;
      const int useful = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(threads_), units.size()));
      for (int t = 0; t < useful; ++t)
        pool.emplace_back([&] {
          switch (experiment.precision) {
            case Precision::float32: work<float>(experiment, library, queue); break;
            case Precision::float64: work<double>(experiment, library, queue); break;
            case Precision::double_double: work<Extended>(experiment, library, queue); break;
          }
        });
    }
    queue.rethrow();
  }

 private:
  int threads_;
};

}  // namespace

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) return std::max(1, CPU_COUNT(&set));
  return std::max(1u, std::thread::hardware_concurrency());
}

std::string missing_instructions() {
#if defined(__x86_64__)
  __builtin_cpu_init();
#if defined(__AVX512F__)
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512dq")) return "AVX-512";
#endif
#if defined(__AVX2__)
  if (!__builtin_cpu_supports("avx2")) return "AVX2";
#endif
#if defined(__FMA__)
  if (!__builtin_cpu_supports("fma")) return "FMA";
#endif
#endif
  return "";
}

int thread_count(int asked) {
  constexpr int most = 4096;
  if (asked < 0)
    throw ConfigError({"--threads", fmt::format("{} threads asked for", asked), "a count cannot be negative",
                       "give a positive number, or 0 for one per core"});
  if (asked > most)
    throw ConfigError({"--threads", fmt::format("{} threads asked for", asked),
                       fmt::format("more than {} are of no use on any machine", most), "give 0 for one per core"});
  return asked == 0 ? usable_cores() : asked;
}

std::unique_ptr<Backend> make_cpu_backend(int threads) { return std::make_unique<CpuBackend>(thread_count(threads)); }

}  // namespace rankfall
