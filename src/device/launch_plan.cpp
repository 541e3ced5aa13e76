#include "device/launch_plan.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "rankfall/error.hpp"

namespace rankfall {

namespace {

using kernels::LaunchShape;
using kernels::Placement;

constexpr int warp = 32;
constexpr std::size_t reserved_per_block = 1024;  // of shared memory, by the system
constexpr int block_threads[] = {64, 128, 256};

template <class Real>
kernels::AdvanceTable<Real> table() {
  if constexpr (std::is_same_v<Real, float>) return kernels::float_launchers();
  else return kernels::double_launchers();
}

int numbers_on_chip(Loop loop, int factors, int pitch) {
  switch (loop) {
    case Loop::gradient_descent: return kernels::on_chip_numbers<kernels::GradientDescent>(factors, pitch);
    case Loop::single_entry_sgd: return kernels::on_chip_numbers<kernels::SingleEntrySgd>(factors, pitch);
    case Loop::batch_sgd: return kernels::on_chip_numbers<kernels::BatchSgd>(factors, pitch);
    case Loop::small_batch_sgd: return kernels::on_chip_numbers<kernels::SmallBatchSgd>(factors, pitch);
    case Loop::memory_descent: return kernels::on_chip_numbers<kernels::MemoryDescent>(factors, pitch);
    case Loop::gradient_flow: return kernels::on_chip_numbers<kernels::GradientFlow>(factors, pitch);
    case Loop::sensing_descent: return kernels::on_chip_numbers<kernels::SensingDescent>(factors, pitch);
    case Loop::sensing_sgd: return kernels::on_chip_numbers<kernels::SensingSgd>(factors, pitch);
    case Loop::sensing_flow: return kernels::on_chip_numbers<kernels::SensingFlow>(factors, pitch);
  }
  return 0;
}

// Pieces of work that a step offers to a team at once: tiles of a product, blocks of a vector.
int parallelism(Loop loop, int bucket, int padded) {
  if (loop == Loop::single_entry_sgd || loop == Loop::small_batch_sgd) return (padded + 7) / 8;
  const int rows = kernels::team_tile_rows(bucket), columns = kernels::team_tile_columns(bucket);
  return ((padded + rows - 1) / rows) * ((padded + columns - 1) / columns);
}

bool has_a_thread_each(Placement placement) {
  return placement == Placement::thread || placement == Placement::registers;
}

int blocks_per_multiprocessor(const kernels::DeviceLimits& limits, Placement placement, std::size_t shared_bytes,
                              int threads) {
  constexpr int most_blocks = 32, registers = 65536;
  const int registers_per_thread = placement == Placement::registers ? 240 : 128;
  int blocks = std::min(most_blocks, limits.threads_per_multiprocessor / threads);
  blocks = std::min(blocks, registers / (registers_per_thread * threads));
  if (shared_bytes > 0)
    blocks = std::min(blocks, static_cast<int>(limits.shared_per_multiprocessor / (shared_bytes + reserved_per_block)));
  return blocks;
}

// Of a multiply-add, by where its operands come from: shared memory, device memory, registers.
constexpr double relative_cost[] = {1.0, 1.0, 8.0, 0.4};

struct Candidate {
  LaunchShape shape{};
  int resident = 0;     // per multiprocessor
  double cost = 0.0;    // relative, per replica and step
};

// `bytes` on chip per replica, `threads` threads on it, `teams` replicas (thread: warps) per block.
Candidate candidate(const kernels::DeviceLimits& limits, Placement placement, std::size_t bytes, int threads, int teams,
                    Loop loop, int bucket, int padded) {
  Candidate made;
  const int replicas_per_block = has_a_thread_each(placement) ? teams * warp : teams;
  const int block = has_a_thread_each(placement) ? teams * warp : teams * threads;
  made.shape = {placement, threads, teams, 0, placement == Placement::memory ? 0 : bytes * replicas_per_block};
  if (made.shape.shared_bytes > limits.shared_per_block) return made;
  const int blocks = blocks_per_multiprocessor(limits, placement, made.shape.shared_bytes, block);
  made.shape.blocks = blocks * limits.multiprocessors;
  made.resident = blocks * replicas_per_block;
  if (made.resident == 0) return made;
  const double d = padded, work = loop == Loop::single_entry_sgd || loop == Loop::small_batch_sgd ? d * d : d * d * d;
  const int pieces = parallelism(loop, bucket, padded), rounds = (pieces + threads - 1) / threads;
  const double useful = static_cast<double>(pieces) / (rounds * threads);
  const double warps = made.resident * threads / static_cast<double>(warp);
  made.cost = work / (useful * std::min(1.0, warps / 8.0)) * relative_cost[static_cast<int>(placement)];
  return made;
}

template <class Real>
typename kernels::AdvanceLaunchers<Real>::Launch launcher(const kernels::AdvanceLaunchers<Real>& from, Loop loop,
                                                          Placement placement) {
  const int p = static_cast<int>(placement);
  switch (loop) {
    case Loop::gradient_descent: return from.gradient_descent[p];
    case Loop::single_entry_sgd: return from.single_entry_sgd[p];
    case Loop::batch_sgd: return from.batch_sgd[p];
    case Loop::small_batch_sgd: return from.small_batch_sgd[p];
    case Loop::memory_descent: return from.memory_descent[p];
    case Loop::gradient_flow: return from.gradient_flow[p];
    case Loop::sensing_descent: return from.sensing_descent[p];
    case Loop::sensing_sgd: return from.sensing_sgd[p];
    case Loop::sensing_flow: return from.sensing_flow[p];
  }
  return nullptr;
}

template <class Real>
bool in_registers(const kernels::AdvanceLaunchers<Real>& from, Loop loop, const Factorization& model) {
  const unsigned depths = loop == Loop::single_entry_sgd ? from.single_entry_depths : from.descent_depths;
  return model.symmetry == Symmetry::general && model.factors() < 32 && (depths >> model.factors() & 1u) != 0;
}

// The best launch of one compiled loop.
template <class Real>
Candidate best_shape(const kernels::DeviceLimits& limits, Placement placement, int factors, int pitch, int bucket,
                     int padded, Loop loop) {
  const int numbers = placement == Placement::registers ? (loop == Loop::single_entry_sgd ? 2 : 1) * pitch * pitch
                                                        : numbers_on_chip(loop, factors, pitch);
  Candidate best;
  const auto consider = [&](const Candidate& other) {
    if (other.resident > 0 && (best.resident == 0 || other.cost < best.cost)) best = other;
  };
  switch (placement) {
    case Placement::registers:
    case Placement::thread:
      for (int warps = 1; warps <= 4; ++warps)
        consider(candidate(limits, placement, numbers * sizeof(Real), 1, warps, loop, bucket, padded));
      break;
    case Placement::team:
      for (int team = 4; team <= warp; team *= 2)
        for (int teams = warp / team; teams * team <= 256; teams *= 2)
          consider(candidate(limits, placement, kernels::team_bytes<Real>(numbers), team, teams, loop, bucket, padded));
      for (int team : block_threads)
        consider(candidate(limits, placement, kernels::team_bytes<Real>(numbers), team, 1, loop, bucket, padded));
      break;
    case Placement::memory:
      for (int team : block_threads) consider(candidate(limits, placement, 0, team, 1, loop, bucket, padded));
      break;
  }
  return best;
}

constexpr const char* placement_names[] = {"thread per replica", "team per replica", "block per replica in device memory",
                                           "thread per replica in registers"};

}  // namespace

template <class Real>
std::string AdvancePlan<Real>::description() const {
  const std::string size = bucket > 0 ? fmt::format("d <= {}", bucket) : "any d";
  const std::string who = has_a_thread_each(shape.placement) ? "" : fmt::format(", {} threads", shape.team);
  return fmt::format("{} ({}{}), {} replicas at once", placement_names[static_cast<int>(shape.placement)], size, who,
                     resident);
}

template <class Real>
AdvancePlan<Real> plan_advance(const kernels::DeviceLimits& limits, const Factorization& model, Loop loop,
                               std::optional<Placement> forced) {
  const int dimension = model.largest_dimension(), factors = model.factors();
  AdvancePlan<Real> plan;
  double cost = 0.0;
  const auto all = table<Real>();
  for (int t = 0; t < all.count; ++t) {
    const kernels::AdvanceLaunchers<Real>& loops = all.begin[t];
    if (loops.bucket != 0 && loops.bucket < dimension) continue;
    const int padded = loops.bucket > 0 ? loops.bucket : (dimension + 7) / 8 * 8;
    const int pitch = kernels::row_pitch(padded);
    for (Placement placement : {Placement::thread, Placement::team, Placement::memory, Placement::registers}) {
      const auto launch = launcher(loops, loop, placement);
      if (!launch || (forced && *forced != placement)) continue;
      if (placement == Placement::registers && !in_registers(loops, loop, model)) continue;
      const Candidate best = best_shape<Real>(limits, placement, factors, pitch, loops.bucket, padded, loop);
      if (best.resident == 0 || (plan.launch && best.cost >= cost)) continue;
      cost = best.cost;
      const std::size_t scratch =
          placement == Placement::memory
              ? static_cast<std::size_t>(best.shape.blocks) * numbers_on_chip(loop, factors, pitch) * sizeof(Real)
              : 0;
      plan = {launch, loops.bucket, pitch, best.shape, scratch, best.resident * limits.multiprocessors};
    }
  }
  if (!plan.launch)
    throw DeviceError({limits.name, fmt::format("matrices of dimension {} and depth {} do not fit", dimension, model.depth),
                       forced ? "the placement asked for has no kernel that holds them" : "no compiled kernel holds them",
                       forced ? "use --placement auto" : "use --backend cpu"});
  return plan;
}

template <class Real>
ProbePlan<Real> plan_probe(const kernels::DeviceLimits& limits, const Factorization& model, kernels::Detail detail, Seen seen) {
  const int dimension = model.largest_dimension();
  ProbePlan<Real> plan;
  const auto all = table<Real>();
  for (int t = 0; t < all.count && !plan.launch; ++t)
    if (all.begin[t].observe && all.begin[t].bucket >= dimension) {
      plan.launch = seen == Seen::entries ? all.begin[t].observe : all.begin[t].observe_measured;
      plan.pitch = kernels::row_pitch(all.begin[t].bucket);
    }
  if (!plan.launch) {
    if (seen == Seen::entries) plan.launch = kernels::observe_by_blocks;
    else plan.launch = kernels::observe_measured_by_blocks;
    plan.pitch = (dimension + 7) / 8 * 8;
    plan.shape = {Placement::memory, dimension <= 48 ? 64 : 128, 1, 4 * limits.multiprocessors, 0};
  } else {
    const std::size_t bytes =
        static_cast<std::size_t>(kernels::probe_layout(model.factors(), plan.pitch, detail).numbers) * sizeof(double) * warp;
    const int blocks = blocks_per_multiprocessor(limits, Placement::thread, bytes, warp);
    if (bytes <= limits.shared_per_block && blocks >= 2)
      plan.shape = {Placement::thread, 1, 1, blocks * limits.multiprocessors, bytes};
    else
      plan.shape = {Placement::memory, 1, 4, 4 * limits.multiprocessors, 0};
  }
  if (plan.shape.placement == Placement::memory) {
    const std::size_t replicas = static_cast<std::size_t>(plan.shape.blocks) *
                                 (plan.shape.team == 1 ? plan.shape.teams_per_block * warp : 1);
    plan.scratch_bytes = replicas * static_cast<std::size_t>(
                                        kernels::probe_layout(model.factors(), plan.pitch, detail).numbers) * sizeof(double);
  }
  return plan;
}

template ProbePlan<float> plan_probe(const kernels::DeviceLimits&, const Factorization&, kernels::Detail, Seen);
template ProbePlan<double> plan_probe(const kernels::DeviceLimits&, const Factorization&, kernels::Detail, Seen);
template struct AdvancePlan<float>;
template struct AdvancePlan<double>;
template AdvancePlan<float> plan_advance(const kernels::DeviceLimits&, const Factorization&, Loop,
                                         std::optional<Placement>);
template AdvancePlan<double> plan_advance(const kernels::DeviceLimits&, const Factorization&, Loop,
                                          std::optional<Placement>);

}  // namespace rankfall
