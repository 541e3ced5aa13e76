#include "backend/checkpoint.hpp"

#include "store/archive.hpp"
#include "store/fields.hpp"

namespace rankfall {

template <> inline constexpr bool is_plain<Extended> = true;  // two words

namespace {

template <class Archive, class Progress>
void describe_progress(Archive& archive, Progress& progress) {
  archive.value(progress.steps);
  archive.value(progress.phase_steps);
  archive.value(progress.objective);
  archive.value(progress.frobenius_squared);
  archive.value(progress.rank);
  archive.value(progress.ending);
  archive.value(progress.in_phase);
  archive.value(progress.probed_steps);
  archive.value(progress.entry_error);
  for (auto* number : {&progress.probed_time, &progress.time, &progress.flow.time, &progress.flow.rest,
                       &progress.flow.step, &progress.flow.history, &progress.flow.most_growth})
    archive.value(*number);
}

template <class Archive, class Layers>
void describe_layers(Archive& archive, Layers& layers) {
  auto values = static_cast<std::int64_t>(layers.largest.size());
  archive.value(values);
  archive.array(layers.largest, values);
  archive.array(layers.smallest, values);
  for (auto* number : {&layers.residual, &layers.factor_norm, &layers.imbalance}) archive.value(*number);
  archive.value(layers.layer_rank);
}

template <class Archive, class Notes>
void describe_monitor(Archive& archive, Notes& notes) {
  auto sets = static_cast<std::int64_t>(notes.entries.size());
  archive.value(sets);
  for (auto* counts : {&notes.entries, &notes.exits, &notes.steps}) archive.array(*counts, sets);
  for (auto* number : {&notes.residual, &notes.imbalance, &notes.factor_norm}) archive.value(*number);
}

template <class Archive, class Point>
void describe_point(Archive& archive, Point& point, std::int64_t singular_values) {
  archive.value(point.step);
  archive.value(point.time);
  archive.value(point.phase);
  archive.value(point.rank);
  auto& reading = point.reading;
  for (auto* number : {&reading.loss, &reading.objective, &reading.unobserved_error, &reading.representation_cost,
                       &reading.balancedness, &reading.gradient_norm, &reading.frobenius_squared})
    archive.value(*number);
  archive.array(reading.singular_values, singular_values);
  const auto modes = [&](auto& numbers) {
    auto count = static_cast<std::int64_t>(numbers.size());
    archive.value(count);
    archive.array(numbers, count);
  };
  modes(reading.modes.left);
  modes(reading.modes.right);
  modes(reading.modes.velocity);
  modes(reading.modes.balanced);
  modes(reading.modes.coupling_index);
  modes(reading.modes.coupling_blocks);
  describe_layers(archive, reading.layers);
  archive.value(point.greedy_distance);
  archive.value(point.greedy_solution_distance);
}

template <class Archive, class Notes>
void describe_greedy(Archive& archive, Notes& notes) {
  auto stages = static_cast<std::int64_t>(notes.stages.size()), approach = static_cast<std::int64_t>(notes.approach.size());
  archive.value(stages);
  archive.value(approach);
  archive.value(notes.distance_maximum);
  archive.value(notes.end_distance);
  archive.value(notes.ending);
  archive.array(notes.approach, approach);
  archive.records(notes.stages, stages, [&](auto& stage) {
    archive.value(stage.rank);
    for (auto* number : {&stage.loss, &stage.unobserved_error, &stage.nuclear_norm, &stage.escape_rate, &stage.gap,
                         &stage.time})
      archive.value(*number);
  });
}

template <class Archive, class Run>
void describe_run(Archive& archive, Run& run, std::int64_t factor_entries, std::int64_t singular_values) {
  archive.array(run.state.factors, factor_entries);
  archive.value(run.state.scale);
  auto remembered = static_cast<std::int64_t>(run.state.memory.size());
  archive.value(remembered);
  archive.array(run.state.memory, remembered);
  archive.value(run.objective_rise);
  archive.value(run.index);
  describe_progress(archive, run.progress);
  archive.value(run.start_step);
  archive.value(run.attempt);
  archive.value(run.tries);
  archive.value(run.start_rank);
  archive.value(run.phase);
  describe_greedy(archive, run.greedy);
  describe_monitor(archive, run.monitor);
  auto events = static_cast<std::int64_t>(run.events.size()), points = static_cast<std::int64_t>(run.trajectory.size());
  archive.value(events);
  archive.value(points);
  archive.records(run.events, events, [&](auto& event) {
    visit_event_fields([&](const Field&, auto number) { archive.value(event.*number); });
  });
  archive.records(run.trajectory, points, [&](auto& point) { describe_point(archive, point, singular_values); });
}

// Whether `run` can be what a unit of the cell holds as its replica number `index`.
template <class Real>
bool is_sound(const ReplicaRun<Real>& run, const Cell& cell, int phase, std::int64_t index) {
  const kernels::Progress& progress = run.progress;
  const auto remembered = run.state.memory.size();
  return run.index == index && (remembered == 0 || remembered == run.state.factors.size() + kernels::descent_memory_numbers) &&
         progress.ending >= kernels::Ending::converged && progress.ending <= kernels::Ending::stalled &&
         progress.steps >= 0 && progress.phase_steps >= 0 &&
         progress.phase_steps <= cell.phases[static_cast<std::size_t>(phase)].steps &&
         (run.phase == phase || run.diverged()) && static_cast<int>(run.greedy.stages.size()) <= cell.greedy_solutions() &&
         run.greedy.ending >= kernels::Ending::converged && run.greedy.ending <= kernels::Ending::stalled &&
         static_cast<int>(run.greedy.approach.size()) <= cell.greedy_solutions() &&
         (run.monitor.entries.empty() || (cell.probe.monitor && static_cast<int>(run.monitor.entries.size()) == cell.model.singular_values()));
}

}  // namespace

template <class Real>
std::string checkpoint_bytes(const UnitUnderWay<Real>& unit) {
  ArchiveWriter writer;
  writer.value(unit.phase);
  const auto count = static_cast<std::int64_t>(unit.runs.size());
  writer.value(count);
  for (const ReplicaRun<Real>& run : unit.runs) {
    const auto entries = static_cast<std::int64_t>(run.state.factors.size());
    const auto values = run.trajectory.empty()
                            ? std::int64_t{0}
                            : static_cast<std::int64_t>(run.trajectory.front().reading.singular_values.size());
    writer.value(entries);
    writer.value(values);
    describe_run(writer, run, entries, values);
  }
  return std::move(writer.bytes());
}

template <class Real>
std::optional<UnitUnderWay<Real>> read_checkpoint_bytes(const std::string& bytes, const Cell& cell, const WorkUnit& unit) {
  ArchiveReader reader(bytes);
  UnitUnderWay<Real> found;
  std::int64_t count = 0, expected = 0;
  for (int l = 0; l < cell.model.factors(); ++l)
    expected += static_cast<std::int64_t>(cell.model.factor_rows(l)) * cell.model.factor_columns(l);
  reader.value(found.phase);
  reader.value(count);
  if (count != unit.count || found.phase < 0 || found.phase >= static_cast<int>(cell.phases.size())) return {};
  for (std::int64_t r = 0; r < count; ++r) {
    std::int64_t entries = 0, values = 0;
    reader.value(entries);
    reader.value(values);
    if (entries != expected) return {};
    describe_run(reader, found.runs.emplace_back(), entries, values);
    if (!is_sound(found.runs.back(), cell, found.phase, unit.first + r)) return {};
  }
  if (!reader.finished()) return {};
  return found;
}

template std::string checkpoint_bytes(const UnitUnderWay<float>&);
template std::string checkpoint_bytes(const UnitUnderWay<double>&);
template std::string checkpoint_bytes(const UnitUnderWay<Extended>&);
template std::optional<UnitUnderWay<float>> read_checkpoint_bytes(const std::string&, const Cell&, const WorkUnit&);
template std::optional<UnitUnderWay<double>> read_checkpoint_bytes(const std::string&, const Cell&, const WorkUnit&);
template std::optional<UnitUnderWay<Extended>> read_checkpoint_bytes(const std::string&, const Cell&, const WorkUnit&);

}  // namespace rankfall
