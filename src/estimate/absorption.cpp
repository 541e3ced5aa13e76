#include "estimate/absorption.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "estimate/intervals.hpp"
#include "estimate/report_text.hpp"
#include "estimate/text_table.hpp"
#include "estimate/waiting.hpp"

namespace rankfall {
namespace {

std::optional<double> largest_of(const std::vector<double>& values) {
  std::optional<double> largest;
  for (const double value : values)
    if (!std::isnan(value) && (!largest || value > *largest)) largest = value;
  return largest;
}

AbsorbingEstimate estimate_set(const ReplicaResults& results, std::size_t r, const EstimateSpec& spec) {
  const auto width = static_cast<std::size_t>(results.singular_value_count);
  AbsorbingEstimate set;
  std::int64_t exits = 0;
  double exposure = 0.0;
  for (std::size_t i = r; i < results.absorbing_entries.size(); i += width) {
    set.replicas += results.absorbing_entries[i] > 0 ? 1 : 0;
    set.inside += results.absorbing_entries[i] > results.absorbing_exits[i] ? 1 : 0;
    set.entries += results.absorbing_entries[i];
    exits += results.absorbing_exits[i];
    exposure += static_cast<double>(results.absorbing_steps[i]);
  }
  set.exits = poisson_rate(exits, exposure, spec.confidence);
  return set;
}

bool monitors(const Cell& cell) { return cell.probe.monitor.has_value(); }

// The most sets of any cell that has some.
int sets_of(const Experiment& experiment) {
  int most = 0;
  for (const Cell& cell : experiment.cells)
    if (monitors(cell)) most = std::max(most, cell.model.singular_values());
  return most;
}

std::vector<std::string> set_row(const std::string& cell, std::size_t r, const AbsorbingEstimate& set, const EstimateSpec& spec) {
  const Rate& exits = set.exits;
  const bool seen = exits.events > 0, watched = exits.exposure > 0.0;
  return {cell,
          fmt::format("B_{}", r),
          fmt::format("{}", set.replicas),
          fmt::format("{}", set.inside),
          fmt::format("{} of {:.4g}", exits.events, exits.exposure),
          !watched ? "-" : seen ? fmt::format("{:.3g}", exits.value()) : fmt::format("< {:.2g}", bound_of_exits(exits, spec)),
          seen && watched ? fmt::format("[{:.3g}, {:.3g}]", exits.interval.low, exits.interval.high) : "-"};
}

}  // namespace

std::optional<MonitorEstimate> estimate_monitor(const Cell& cell, const EstimateSpec& spec, const ReplicaResults& results) {
  if (!monitors(cell)) return std::nullopt;
  MonitorEstimate estimate;
  for (std::size_t r = 0; r < static_cast<std::size_t>(results.singular_value_count); ++r)
    estimate.sets.push_back(estimate_set(results, r, spec));
  std::int64_t equal = 0, known = 0;
  for (std::size_t i = 0; i < results.layer_rank.size(); ++i) {
    if (results.layer_rank[i] < 0) continue;
    ++known;
    equal += results.layer_rank[i] == results.numerical_rank[i] ? 1 : 0;
  }
  estimate.layers_agree = proportion(equal, known, spec);
  estimate.residual = largest_of(results.residual_maximum);
  estimate.imbalance = largest_of(results.imbalance_maximum);
  estimate.factor_norm = largest_of(results.factor_norm_maximum);
  return estimate;
}

// A two-sided interval at 2 c - 1 has 1 - c beyond its upper end.
double bound_of_exits(const Rate& exits, const EstimateSpec& spec) {
  return poisson_rate(exits.events, exits.exposure, std::max(2.0 * spec.confidence - 1.0, 1e-9)).interval.high;
}

std::vector<std::string> monitor_columns(const Experiment& experiment) {
  std::vector<std::string> names;
  const int sets = sets_of(experiment);
  if (sets == 0) return names;
  for (int r = 0; r < sets; ++r)
    for (const char* part : {"replicas", "inside", "entries", "exits", "steps", "exit_rate", "exit_rate_low", "exit_rate_high",
                             "exit_rate_bound"})
      names.push_back(fmt::format("absorbing_{}_{}", r, part));
  for (const char* part : {"", "_low", "_high", "_events", "_trials"}) names.push_back(fmt::format("p_layers_agree{}", part));
  names.insert(names.end(), {"largest_residual", "largest_imbalance", "largest_factor_norm"});
  return names;
}

std::vector<std::optional<double>> monitor_fields(const Experiment& experiment, const CellEstimate& estimate) {
  std::vector<std::optional<double>> fields(monitor_columns(experiment).size());
  if (fields.empty() || !estimate.monitor) return fields;
  const MonitorEstimate& monitor = *estimate.monitor;
  std::size_t at = 0;
  for (const AbsorbingEstimate& set : monitor.sets) {
    for (const std::int64_t count : {set.replicas, set.inside, set.entries, set.exits.events})
      fields[at++] = static_cast<double>(count);
    fields[at++] = set.exits.exposure;
    if (set.exits.exposure > 0.0) {
      fields[at] = set.exits.value();
      fields[at + 1] = set.exits.interval.low;
      fields[at + 2] = set.exits.interval.high;
      fields[at + 3] = bound_of_exits(set.exits, experiment.estimate);
    }
    at += 4;
  }
  at = fields.size() - 8;
  const Proportion& agree = monitor.layers_agree;
  if (agree.trials > 0) {
    fields[at] = agree.value();
    fields[at + 1] = agree.interval.low;
    fields[at + 2] = agree.interval.high;
  }
  fields[at + 3] = static_cast<double>(agree.events);
  fields[at + 4] = static_cast<double>(agree.trials);
  fields[at + 5] = monitor.residual;
  fields[at + 6] = monitor.imbalance;
  fields[at + 7] = monitor.factor_norm;
  return fields;
}

std::string absorption_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  if (sets_of(experiment) == 0) return "";
  std::vector<TextColumn> columns{{"cell", Alignment::left}, {"set", Alignment::left}};
  for (const char* title : {"came in", "inside at the end", "exits of replica-steps", "exits per step", "interval"})
    columns.push_back({title});
  std::vector<std::vector<std::string>> rows;
  constexpr std::size_t shown = 24;
  std::size_t listed = 0;
  for (const CellEstimate& estimate : estimates) {
    if (!estimate.monitor) continue;
    const std::string& label = experiment.cells[static_cast<std::size_t>(estimate.cell)].label;
    for (std::size_t r = 0; r < estimate.monitor->sets.size(); ++r) {
      const AbsorbingEstimate& set = estimate.monitor->sets[r];
      if (set.replicas > 0 && ++listed <= shown) rows.push_back(set_row(label.empty() ? "all" : label, r, set, experiment.estimate));
    }
  }
  if (rows.empty()) return "\nAbsorbing sets: no probe of the last phase found a replica in any B_r.\n";
  return fmt::format("\nAbsorbing sets B_r in the last phase. Exits: a probe outside after one inside, of the replica-steps between such "
                     "probes;\n'<': one-sided {} upper bound of none (3.0 over the steps at 95 %).\n",
                     percent_text(experiment.estimate.confidence)) +
         text_table(columns, rows) + rest_in_csv(listed - rows.size(), "set");
}

}  // namespace rankfall
