// The launches of launch.hpp as loops over blocks and their threads.
#include <cstring>
#include <vector>

#include "kernels/placement.hpp"
#include "tests/emulation/host_device.hpp"
#include "tests/kernels/team/thread_team.hpp"

namespace rankfall::kernels {

namespace {

using emulation::HostDevice;
using emulation::Members;

struct HostBlock {
  int index_, count_, thread_, threads_;
  int index() const { return index_; }
  int count() const { return count_; }
  int thread() const { return thread_; }
  int threads() const { return threads_; }
};

// As many 8-byte numbers as `bytes` need, all NaN: shared memory comes as the block before has left it.
std::vector<double> shared_memory(std::size_t bytes) {
  std::vector<double> memory(bytes / 8 + 1);
  std::memset(memory.data(), 0xFF, memory.size() * 8);
  return memory;
}

void count_advance(Placement placement) {
  ++HostDevice::instance().launches;
  ++HostDevice::instance().advances[static_cast<int>(placement)];
}

template <class Work>
void run_members(int size, Work&& work) {
  if (HostDevice::instance().members == Members::all) run_team(size, work);
  else work(ThreadTeam::alone());  // not a SerialTeam, of which a compiler would make every loop once more
}

template <class Optimizer, class Real, int D>
Status by_threads(const AdvanceJob<Real>& job, int pitch, const LaunchShape& shape, void*, Queue) {
  count_advance(Placement::thread);
  const int threads = shape.teams_per_block * warp_size;
  for (int b = 0; b < shape.blocks; ++b) {
    std::vector<double> shared = shared_memory(shape.shared_bytes);
    for (int t = 0; t < threads; ++t)
      advance_by_threads<Optimizer>(HostBlock{b, shape.blocks, t, threads}, make_pitch<D>(pitch), job,
                                    reinterpret_cast<Real*>(shared.data()));
  }
  return {};
}

template <class Optimizer, class Real, int D>
Status by_teams(const AdvanceJob<Real>& job, int pitch, const LaunchShape& shape, void*, Queue) {
  count_advance(Placement::team);
  const auto p = make_pitch<D>(pitch);
  const std::size_t bytes = team_bytes<Real>(on_chip_numbers<Optimizer>(job.shape.factors, p.value()));
  for (int b = 0; b < shape.blocks; ++b) {
    std::vector<double> shared = shared_memory(shape.shared_bytes);
    for (int team = 0; team < shape.teams_per_block; ++team) {
      auto* memory = reinterpret_cast<unsigned char*>(shared.data()) + static_cast<std::size_t>(team) * bytes;
      auto* decayed = reinterpret_cast<double*>(memory + bytes) - 2;
      run_members(shape.team, [&](const auto& members) {
        advance_by_teams<Optimizer>(HostBlock{b, shape.blocks, 0, shape.team}, members, team, shape.teams_per_block, p,
                                    job, reinterpret_cast<Real*>(memory), decayed);
      });
    }
  }
  return {};
}

template <class Optimizer, class Real, int D>
Status in_memory(const AdvanceJob<Real>& job, int pitch, const LaunchShape& shape, void* scratch, Queue) {
  count_advance(Placement::memory);
  const auto p = make_pitch<D>(pitch);
  const int numbers = on_chip_numbers<Optimizer>(job.shape.factors, p.value());
  for (int b = 0; b < shape.blocks; ++b) {
    double decayed[2];
    run_members(shape.team, [&](const auto& members) {
      advance_by_teams<Optimizer>(HostBlock{b, shape.blocks, 0, shape.team}, members, 0, 1, p, job,
                                  static_cast<Real*>(scratch) + static_cast<std::size_t>(b) * numbers, decayed);
    });
  }
  return {};
}

template <class Optimizer, int L, class Real, int D>
void in_registers_of_depth(const AdvanceJob<Real>& job, const LaunchShape& shape) {
  const int threads = shape.teams_per_block * warp_size;
  for (int b = 0; b < shape.blocks; ++b) {
    std::vector<double> shared = shared_memory(shape.shared_bytes);
    for (int t = 0; t < threads; ++t)
      advance_in_registers<Optimizer, L>(HostBlock{b, shape.blocks, t, threads}, Pitch<D>{}, job,
                                         reinterpret_cast<Real*>(shared.data()));
  }
}

template <class Optimizer, class Real, int D>
Status in_registers(const AdvanceJob<Real>& job, int, const LaunchShape& shape, void*, Queue) {
  count_advance(Placement::registers);
  const int depth = job.shape.factors;
  if constexpr (fits_registers<Optimizer, Real, D, 2>())
    if (depth == 2) in_registers_of_depth<Optimizer, 2, Real, D>(job, shape);
  if constexpr (fits_registers<Optimizer, Real, D, 3>())
    if (depth == 3) in_registers_of_depth<Optimizer, 3, Real, D>(job, shape);
  if constexpr (fits_registers<Optimizer, Real, D, 4>())
    if (depth == 4) in_registers_of_depth<Optimizer, 4, Real, D>(job, shape);
  return {};
}

template <class Loss, class Real, int D>
Status observe_threads(const ObserveJob<Real>& job, const LaunchShape& shape, void* scratch, Queue) {
  ++HostDevice::instance().launches;
  const int threads = shape.teams_per_block * warp_size;
  const bool shared = shape.placement == Placement::thread;
  for (int b = 0; b < shape.blocks; ++b) {
    std::vector<double> memory = shared_memory(shape.shared_bytes);
    for (int t = 0; t < threads; ++t)
      observe_by_threads<Loss>(HostBlock{b, shape.blocks, t, threads}, Pitch<D>{}, job,
                         shared ? memory.data() : static_cast<double*>(scratch), shared);
  }
  return {};
}

// As kernels/advance_instance.cu.in has them.
template <class Real, int D>
AdvanceLaunchers<Real> launchers_of() {
  constexpr bool thread = D > 0 && D <= 12, team = D == 0 || D >= 8, memory = D == 0;
  const auto all = [](auto optimizer, typename AdvanceLaunchers<Real>::Launch (&out)[placements]) {
    using Optimizer = decltype(optimizer);
    if constexpr (thread) out[0] = by_threads<Optimizer, Real, D>;
    if constexpr (team) out[1] = by_teams<Optimizer, Real, D>;
    if constexpr (memory) out[2] = in_memory<Optimizer, Real, D>;
    if constexpr (register_depths<Optimizer, Real, D>() != 0) out[3] = in_registers<Optimizer, Real, D>;
  };
  AdvanceLaunchers<Real> made{D, {}, {}, {}, {}, {}, {}, register_depths<GradientDescent, Real, D>(),
                              register_depths<SingleEntrySgd, Real, D>(), nullptr, {}, {}, {}, nullptr};
  if constexpr (D > 0 && D <= largest_by_thread) {
    made.observe = observe_threads<EntryLoss, Real, D>;
    made.observe_measured = observe_threads<MeasuredLoss, Real, D>;
  }
  all(GradientDescent{}, made.gradient_descent);
  all(SingleEntrySgd{}, made.single_entry_sgd);
  all(BatchSgd{}, made.batch_sgd);
  all(SmallBatchSgd{}, made.small_batch_sgd);
  all(MemoryDescent{}, made.memory_descent);
  all(SensingDescent{}, made.sensing_descent);
  all(SensingSgd{}, made.sensing_sgd);
  if constexpr (std::is_same_v<Real, double>) all(GradientFlow{}, made.gradient_flow);
  if constexpr (std::is_same_v<Real, double>) all(SensingFlow{}, made.sensing_flow);
  return made;
}

template <class Real>
AdvanceTable<Real> table() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // instrumented, each takes half a minute to compile
  static const AdvanceLaunchers<Real> all[] = {launchers_of<Real, 8>(), launchers_of<Real, 0>()};
#else
  static const AdvanceLaunchers<Real> all[] = {launchers_of<Real, 4>(), launchers_of<Real, 8>(), launchers_of<Real, 16>(),
                                               launchers_of<Real, 0>()};
#endif
  return {all, static_cast<int>(sizeof all / sizeof all[0])};
}

template <class Loss, class Real>
Status observe_blocks(const ObserveJob<Real>& job, const LaunchShape& shape, void* scratch) {
  ++HostDevice::instance().launches;
  for (int b = 0; b < shape.blocks; ++b)
    run_members(shape.team, [&](const auto& members) {
      observe_by_blocks<Loss>(HostBlock{b, shape.blocks, 0, shape.team}, members, job, static_cast<double*>(scratch));
    });
  return {};
}

template <class Job>
Status each(const Job& job, int count) {
  ++HostDevice::instance().launches;
  for (int k = 0; k < count; ++k) job(k);
  return {};
}

}  // namespace

AdvanceTable<float> float_launchers() { return table<float>(); }
AdvanceTable<double> double_launchers() { return table<double>(); }

Status launch_peak(float*, int, std::int64_t, int, double& multiply_adds, Queue) {
  multiply_adds = 1.0;
  return {};
}
Status launch_peak(double*, int, std::int64_t, int, double& multiply_adds, Queue) {
  multiply_adds = 1.0;
  return {};
}

Status observe_by_blocks(const ObserveJob<float>& job, const LaunchShape& shape, void* scratch, Queue) {
  return observe_blocks<EntryLoss>(job, shape, scratch);
}
Status observe_by_blocks(const ObserveJob<double>& job, const LaunchShape& shape, void* scratch, Queue) {
  return observe_blocks<EntryLoss>(job, shape, scratch);
}
Status observe_measured_by_blocks(const ObserveJob<float>& job, const LaunchShape& shape, void* scratch, Queue) {
  return observe_blocks<MeasuredLoss>(job, shape, scratch);
}
Status observe_measured_by_blocks(const ObserveJob<double>& job, const LaunchShape& shape, void* scratch, Queue) {
  return observe_blocks<MeasuredLoss>(job, shape, scratch);
}
Status launch(const OpenPhaseJob<float>& job, int count, Queue) { return each(job, count); }
Status launch(const OpenPhaseJob<double>& job, int count, Queue) { return each(job, count); }
Status launch(const JoinPhaseJob<float>& job, int count, Queue) { return each(job, count); }
Status launch(const JoinPhaseJob<double>& job, int count, Queue) { return each(job, count); }
Status launch(const LegJob<float>& job, int count, Queue) { return each(job, count); }
Status launch(const LegJob<double>& job, int count, Queue) { return each(job, count); }
Status launch(const DecideJob& job, int count, Queue) { return each(job, count); }
Status launch(const BeginQuenchJob<float>& job, int count, Queue) { return each(job, count); }
Status launch(const BeginQuenchJob<double>& job, int count, Queue) { return each(job, count); }
Status launch(const JudgeQuenchJob<float>& job, int count, Queue) { return each(job, count); }
Status launch(const JudgeQuenchJob<double>& job, int count, Queue) { return each(job, count); }
Status launch(const GatherChangesJob& job, int count, Queue) { return each(job, count); }
Status launch(const QuenchedRankJob& job, int count, Queue) { return each(job, count); }

}  // namespace rankfall::kernels
