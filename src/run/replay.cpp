#include "run/replay.hpp"

#include <fmt/core.h>

#include "backend/cpu_backend.hpp"
#include "rankfall/error.hpp"
#include "rankfall/cell_results.hpp"
#include "run/landscapes.hpp"
#include "run/provenance.hpp"
#include "run/result_directory.hpp"
#include "run/work_units.hpp"
#include "store/fields.hpp"
#include "store/results_file.hpp"
#include "store/unit_file.hpp"

namespace rankfall {

namespace {

// The stored unit with the replica, if it was finished and is whole.
std::optional<ReplicaResults> stored_unit(const StoredRun& run, std::int64_t cell, std::int64_t replica) {
  const Cell& owner = run.experiment.cells[static_cast<std::size_t>(cell)];
  for (const WorkUnit& unit : cell_units(run.experiment, owner, run.experiment.most_replicas())) {
    if (replica < unit.first || replica >= unit.first + unit.count) continue;
    std::string reason;
    return read_unit(run.directory.units(), run.experiment.digest, unit, reason);
  }
  return std::nullopt;
}

// Replica `at` of a block as a block of its own, counted from 0, without what depends on which probes are kept: trajectory
// and plateaus.
ReplicaResults single(const ReplicaResults& block, std::int64_t at) {
  ReplicaResults one;
  one.count = 1;
  shape_of(one) = shape_of(block);
  visit_replica_fields(
      [&](const Field& field, const auto& all, auto& own) {
        const std::int64_t width = entries_per_row(block, field.per);
        own.assign(all.begin() + at * width, all.begin() + (at + 1) * width);
      },
      block, one);
  for (RankEvent event : block.events)
    if (event.replica == block.first + at) {
      event.replica = 0;
      one.events.push_back(event);
    }
  return one;
}

}  // namespace

std::string replay(const ReplayOptions& options) {
  StoredRun run{{options.directory}, with_landscapes(load_run_experiment({options.directory})), {}, {}, {}, 0, false};
  Experiment& experiment = run.experiment;
  if (options.cell < 0 || options.cell >= static_cast<std::int64_t>(experiment.cells.size()))
    throw ConfigError({"--replica", fmt::format("there is no cell {}", options.cell),
                       fmt::format("the experiment has cells 0 to {}", experiment.cells.size() - 1),
                       "`rankfall plan DIR/experiment.toml` lists them"});
  if (options.replica < 0 || options.replica >= experiment.most_replicas())
    throw ConfigError({"--replica", fmt::format("there is no replica {}", options.replica),
                       fmt::format("each cell has replicas 0 to {}{}", experiment.most_replicas() - 1, experiment.estimate.adaptive || experiment.estimate.search ? " at most" : ""), "choose one of them"});
  const Cell cell = experiment.cells[static_cast<std::size_t>(options.cell)];
  const std::int64_t every = options.every > 0 ? options.every : cell.probe.every;

  ReplicaResults traced;
  const WorkUnit unit{cell.index, options.replica, 1};
  make_cpu_backend(1)->train(experiment, {&unit, 1},
                             {.deliver = [&](ReplicaResults&& results) { traced = std::move(results); }, .trace_every = every});
  const auto stored = stored_unit(run, options.cell, options.replica);
  std::string verdict = "the run has not finished this replica: nothing to compare with";
  if (stored) {
    const bool equal = results_checksum({single(*stored, options.replica - stored->first)}) ==
                       results_checksum({single(traced, 0)});
    verdict = equal ? "ends as in the run, bit for bit" : "DIFFERS from the run: the binary or the data have changed";
  }
  // The trace is a run of one cell and one replica.
  experiment.axes.clear();
  experiment.cells = {cell};
  experiment.cells.front().index = 0;
  experiment.cells.front().position.clear();
  experiment.replicas = 1;
  traced.cell = 0;
  traced.first = 0;
  for (RankEvent& event : traced.events) event.replica = 0;
  for (Plateau& plateau : traced.plateaus) plateau.replica = 0;
  Provenance provenance = build_provenance();
  provenance.backend = "cpu";
  provenance.command = fmt::format("replay of cell {} replica {}", options.cell, options.replica);
  provenance.checksum = results_checksum({traced});
  const std::size_t points = traced.trajectory_step.size();
  write_results(options.out, experiment, {traced}, provenance);
  return fmt::format("cell {}{} replica {}: {} points in {}; {}", options.cell,
                     cell.label.empty() ? "" : " (" + cell.label + ")", options.replica, points, options.out, verdict);
}

}  // namespace rankfall
