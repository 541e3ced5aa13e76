#include "run/plan_work.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <map>
#include <tuple>

#include "backend/lane_group.hpp"
#include "backend/stopwatch.hpp"

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

// Of greedy low-rank learning in the place of a phase, or of the path that the phase is compared with: as of a flow without an
// end, for as many steps as it may take.
Cost cost_of_greedy(const Experiment& experiment, const Cell& cell, int phase) {
  Cell pilot = cell;
  PhaseSpec& spec = pilot.phases[static_cast<std::size_t>(phase)];
  if (!spec.greedy()) {
    PhaseSpec path = *cell.greedy_path;
    path.target = spec.target;
    path.observed = spec.observed;
    path.loss = spec.loss;
    spec = path;
  }
  spec.time = 1e100;
  return cost_of_flow<double>(experiment, pilot, phase);
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

// Lanes that so many replicas take part of: a register is as busy with one as with all.
double lanes_of(double replicas) {
  constexpr double lanes = LaneGroup<double>::lanes;
  return std::ceil(replicas / lanes) * lanes;
}

// Adds one phase of one cell after another; kinds of phases that were measured are not measured again.
class Predictor {
 public:
  explicit Predictor(const Experiment& experiment) : experiment_(experiment) {}

  // `replicas`: that are trained.
  void add(const Cell& cell, int phase, double replicas) {
    const PhaseSpec& spec = cell.phases[static_cast<std::size_t>(phase)];
    if (spec.is_empty()) return;
    if (spec.greedy() || (cell.greedy_path && spec.flows())) add_greedy(cell, phase);
    if (spec.greedy()) return;
    if (spec.flows() && work.unmeasured.empty()) add_flow(cell, phase, replicas);
    else add_steps(cell, phase, replicas);
  }

  Work work;

 private:
  static constexpr double enough = 2.0;  // seconds of pilots

  // Problems, each with its path.
  void add_greedy(const Cell& cell, int phase) {
    const PhaseSpec& spec = cell.phases[static_cast<std::size_t>(phase)];
    const double problems = cell.problem.instances == Instances::shared ? 1.0 : static_cast<double>(experiment_.replicas);
    if (spec.greedy()) work.steps += problems * static_cast<double>(spec.steps);
    if (!work.unmeasured.empty()) return;
    const Stopwatch watch(piloted_);
    if (piloted_ < enough) greedy_ = cost_of_greedy(experiment_, cell, phase);
    work.greedy_seconds += lanes_of(problems) * greedy_.steps * greedy_.seconds_per_step;
  }
  void add_flow(const Cell& cell, int phase, double replicas) {
    const Stopwatch watch(piloted_);
    if (piloted_ < enough) flow_ = flow_cost(experiment_, cell, phase);
    work.steps += replicas * flow_.steps;
    work.seconds += lanes_of(replicas) * flow_.steps * flow_.seconds_per_step;
  }
  void add_steps(const Cell& cell, int phase, double replicas) {
    const PhaseSpec& spec = cell.phases[static_cast<std::size_t>(phase)];
    const double steps = static_cast<double>(spec.steps) * replicas;
    work.steps += steps;
    if (!work.unmeasured.empty()) return;
    const Kind kind{cell.model.widths, static_cast<int>(spec.optimizer), spec.batch_size, static_cast<int>(spec.sampling),
                    measurements(cell, spec), cell.problem.instances};
    auto found = measured_.find(kind);
    if (found == measured_.end()) found = measured_.emplace(kind, step_seconds(experiment_, cell, phase)).first;
    work.seconds += steps * found->second;
  }

  // Widths, optimizer, batch size, sampling, measurements, instances.
  using Kind = std::tuple<std::vector<int>, int, int, int, std::int64_t, Instances>;
  const Experiment& experiment_;
  std::map<Kind, double> measured_;
  Cost flow_, greedy_;     // of the latest pilots
  double piloted_ = 0.0;  // seconds
};

}  // namespace

Work predict(const Experiment& experiment, const Capacity& capacity) {
  Predictor predictor(experiment);
  for (const Cell& cell : experiment.cells) {
    std::string& unmeasured = predictor.work.unmeasured;
    if (unmeasured.empty()) unmeasured = too_large_to_try(experiment, cell, capacity);
    // What is bound to be the same for all replicas is trained once.
    bool alike = cell.initialization.same_for_all() && cell.problem.instances == Instances::shared;
    for (std::size_t p = 0; p < cell.phases.size(); ++p) {
      alike = alike && (cell.phases[p].greedy() || !cell.phases[p].draws());
      predictor.add(cell, static_cast<int>(p), static_cast<double>(alike ? 1 : experiment.replicas));
    }
  }
  return predictor.work;
}

}  // namespace rankfall
