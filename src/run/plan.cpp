#include "run/plan.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <tuple>

#include "backend/cpu_backend.hpp"
#include "backend/lane_group.hpp"
#include "backend/stopwatch.hpp"
#include "config/wording.hpp"
#include "device/device_backend.hpp"
#include "estimate/report_text.hpp"
#include "run/plan_observations.hpp"
#include "run/work_units.hpp"

namespace rankfall {

namespace {

// What a phase costs a replica.
struct Cost {
  double steps = 0.0, seconds_per_step = 0.0;
};

// Of a gradient flow: its first replicas are followed, from where the first phase begins, as far as a few thousand steps
// lead; those that come to the end of the phase tell how many it takes.
template <class Real>
Cost cost_of_flow(const Experiment& experiment, const Cell& cell, int phase) {
  using Clock = std::chrono::steady_clock;
  using Group = LaneGroup<Real>;
  const double operations = 36.0 * Group::lanes * cell.model.factors() *
                            std::pow(static_cast<double>(cell.model.largest_dimension()), 3.0);
  constexpr double work = std::is_same_v<Real, double> ? 1.0 : 25.0;  // of an operation
  const auto pilot_steps = static_cast<std::int64_t>(std::clamp(2e9 / work / operations, 20.0, 4000.0));
  const PhaseSpec& spec = cell.phases[static_cast<std::size_t>(phase)];
  Group group(cell.model);
  const auto index = static_cast<std::size_t>(phase);
  const bool shared = cell.problem.instances == Instances::shared;
  const ObservedData first = draw_problem(experiment, cell, 0).phase[index];
  if (shared) group.open_phase(spec, first);
  else group.open_phase_per_lane(spec, first);
  std::array<LaneLeg, Group::lanes> legs;
  for (int lane = 0; lane < Group::lanes; ++lane) {
    ReplicaState<Real> state;
    for (const auto& factor : draw_factors<Real>(experiment, cell, lane, 0).factor)
      state.factors.insert(state.factors.end(), factor.begin(), factor.end());
    if (!shared) group.set_data(lane, draw_problem(experiment, cell, lane).phase[index]);
    group.load(lane, state, {draw_source(experiment, cell, lane, kernels::Stream::sampling, phase, 0), 0, 1.0, 0.0});
    legs[static_cast<std::size_t>(lane)] = {{}, spec.time, std::min(spec.steps, pilot_steps), 0};
  }
  const auto begin = Clock::now();
  group.follow(legs);
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  Cost cost;
  for (const LaneLeg& leg : legs) {
    cost.seconds_per_step += seconds / static_cast<double>(std::max<std::int64_t>(1, leg.taken)) / Group::lanes / Group::lanes;
    const bool arrived = leg.position.time >= spec.time;
    cost.steps += static_cast<double>(arrived ? leg.taken : spec.steps) / Group::lanes;
  }
  return cost;
}

// Seconds per replica and step of a phase, measured on one register of replicas.
template <class Real>
double seconds_per_step(const Experiment& experiment, const Cell& cell, int phase) {
  using Clock = std::chrono::steady_clock;
  const PhaseSpec& spec = cell.phases[static_cast<std::size_t>(phase)];
  const ProblemInstance instance = draw_problem(experiment, cell, 0);
  const auto drawn = draw_factors<kernels::WideOf<Real>>(experiment, cell, 0, 0);
  ReplicaState<Real> state;
  for (const auto& factor : drawn.factor) state.factors.insert(state.factors.end(), factor.begin(), factor.end());
  LaneGroup<Real> group(cell.model);
  const ObservedData& data = instance.phase[static_cast<std::size_t>(phase)];
  const bool shared = cell.problem.instances == Instances::shared;
  if (shared) group.open_phase(spec, data);
  else group.open_phase_per_lane(spec, data);
  for (int lane = 0; lane < LaneGroup<Real>::lanes; ++lane) {
    if (!shared) group.set_data(lane, data);
    group.load(lane, state, {draw_source(experiment, cell, lane, kernels::Stream::sampling, phase, 0), 0, 0.0, 0.0});
  }
  std::int64_t steps = 1;
  for (;; steps *= 2) {
    const auto begin = Clock::now();
    group.advance(steps);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    if (seconds > 5e-3) return seconds / static_cast<double>(steps) / LaneGroup<Real>::lanes;
  }
}

Cost flow_cost(const Experiment& experiment, const Cell& cell, int phase) {
  return experiment.precision == Precision::double_double ? cost_of_flow<Extended>(experiment, cell, phase)
                                                          : cost_of_flow<double>(experiment, cell, phase);
}
double step_seconds(const Experiment& experiment, const Cell& cell, int phase) {
  if (experiment.precision == Precision::double_double) return seconds_per_step<Extended>(experiment, cell, phase);
  return experiment.precision == Precision::float32 ? seconds_per_step<float>(experiment, cell, phase)
                                                    : seconds_per_step<double>(experiment, cell, phase);
}

std::int64_t measurements(const Cell& cell, const PhaseSpec& phase) {
  const ObservationSpec& spec = phase.observes(cell.problem.observed);
  return spec.measures() ? spec.count : 0;
}

struct Work {
  double steps = 0.0, seconds = 0.0;
  std::string unmeasured;  // why there is no time to tell; empty if there is
};

// Why not even one step is tried here; empty if it is.
std::string too_large_to_try(const Experiment& experiment, const Cell& cell, const Capacity& capacity) {
  const Factorization& model = cell.model;
  constexpr double replicas = 16.0, most_operations = 2e11;
  if (lane_group_bytes(experiment, cell) > capacity.memory) return "one thread's replicas do not fit in memory";
  double sensing = 0.0;  // numbers of the measurement matrices
  for (const PhaseSpec& phase : cell.phases) sensing = std::max(sensing, static_cast<double>(measurements(cell, phase)));
  sensing *= static_cast<double>(cell.problem.rows) * cell.problem.columns;
  const double operations =
      replicas * (6.0 * model.factors() * std::pow(static_cast<double>(model.largest_dimension()), 3.0) + 4.0 * sensing);
  return operations > most_operations
             ? fmt::format("one step of {} replicas takes about {:.0e} operations", replicas, operations)
             : "";
}

Work predict(const Experiment& experiment, const Capacity& capacity) {
  // Widths, optimizer, batch size, sampling, measurements, instances.
  using Kind = std::tuple<std::vector<int>, int, int, int, std::int64_t, Instances>;
  std::map<Kind, double> measured;
  Cost flow;             // of the latest pilot
  double piloted = 0.0;  // seconds
  Work work;
  for (const Cell& cell : experiment.cells) {
    if (work.unmeasured.empty()) work.unmeasured = too_large_to_try(experiment, cell, capacity);
    if (cell.greedy_solutions() > 0) work.unmeasured = "greedy low-rank learning ends when it ends";
    // What is bound to be the same for all replicas is trained once.
    bool alike = cell.initialization.same_for_all() && cell.problem.instances == Instances::shared;
    for (std::size_t p = 0; p < cell.phases.size(); ++p) {
      const PhaseSpec& phase = cell.phases[p];
      if (phase.greedy()) continue;
      alike = alike && !phase.draws();
      const Kind kind{cell.model.widths, static_cast<int>(phase.optimizer), phase.batch_size,
                      static_cast<int>(phase.sampling), measurements(cell, phase), cell.problem.instances};
      const double replicas = static_cast<double>(alike ? 1 : experiment.replicas);
      if (phase.flows() && work.unmeasured.empty()) {
        constexpr double enough = 2.0;
        const Stopwatch watch(piloted);
        if (piloted < enough) flow = flow_cost(experiment, cell, static_cast<int>(p));
        work.steps += replicas * flow.steps;
        work.seconds += replicas * flow.steps * flow.seconds_per_step;
        continue;
      }
      const double steps = static_cast<double>(phase.steps) * replicas;
      work.steps += steps;
      if (!work.unmeasured.empty()) continue;
      auto found = measured.find(kind);
      if (found == measured.end()) {
        const int index = static_cast<int>(p);
        found = measured.emplace(kind, step_seconds(experiment, cell, index)).first;
      }
      work.seconds += steps * found->second;
    }
  }
  return work;
}

std::string time_text(double seconds) {
  if (seconds < 120) return fmt::format("{:.1f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

// Further lines of a text under its first.
std::string indented(const std::string& text) {
  std::string out;
  for (char c : text) out += c == '\n' ? std::string("\n               ") : std::string(1, c);
  return out;
}

std::string cell_lines(const Experiment& experiment) {
  constexpr std::size_t shown = 40;
  std::string text;
  for (std::size_t c = 0; c < std::min(shown, experiment.cells.size()); ++c)
    text +=
        fmt::format("  {:4}  {}\n", c, experiment.cells[c].label.empty() ? "(no sweep)" : experiment.cells[c].label);
  if (experiment.cells.size() > shown) text += fmt::format("  ... and {} more\n", experiment.cells.size() - shown);
  return text;
}

std::string need_lines(const Need& need, int threads, const Capacity& capacity) {
  std::string text =
      fmt::format("memory:  {} for the results while they are merged, {} of replicas per thread in training\n",
                  range_text(need.merging, need.merging_most), config::size_text(need.training / threads));
  text += fmt::format("disk:    {} of units and as much for results.nc\n",
                      range_text(need.disk / 2.0, need.disk_most / 2.0));
  for (const std::string& line : shortages(need, capacity)) text += fmt::format("WARNING: {}\n", line);
  return text;
}

std::int64_t unit_count(const Experiment& experiment) {
  std::int64_t units = 0;
  for (const Cell& cell : experiment.cells) {
    const std::int64_t size = unit_size(experiment, cell);
    units += (experiment.replicas + size - 1) / size;
  }
  return units;
}

}  // namespace

std::string plan(const Experiment& experiment, int threads, const Capacity& capacity) {
  const int used = thread_count(threads);
  const Work work = predict(experiment, capacity);
  const double replicas = static_cast<double>(experiment.cells.size()) * static_cast<double>(experiment.replicas);
  std::string text = fmt::format("{}: {} cells x {} replicas = {:.0f} replicas in {} work units\n", experiment.name,
                                 experiment.cells.size(), experiment.replicas, replicas, unit_count(experiment));
  text += cell_lines(experiment);
  text += observation_lines(experiment);
  if (experiment.estimate.adaptive)
    text += fmt::format("added:   whole units where intervals are wide, up to {} replicas per cell; what follows is for the first {}\n",
                        experiment.most_replicas(), experiment.replicas);
  text += fmt::format("steps:   {} {:.3g} replica-steps, if no replica stops early\n",
                      has_flow(experiment) ? "about" : "at most", work.steps);
  text += need_lines(need_of(experiment, used), used, capacity);
  text += work.unmeasured.empty()
              ? fmt::format("time:    cpu, {} thread{}: at most about {} (measured now on one core)\n", used,
                            used == 1 ? "" : "s", time_text(work.seconds / used))
              : fmt::format("time:    cpu: not measured, {}\n", work.unmeasured);
  text += fmt::format("         cuda: {}\n", indented(device_plan(experiment)));
  return text;
}

std::string plan(const Experiment& experiment, int threads) {
  return plan(experiment, threads, capacity_of_machine("."));
}

}  // namespace rankfall
