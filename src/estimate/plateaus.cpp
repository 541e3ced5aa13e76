#include "estimate/plateaus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "estimate/intervals.hpp"
#include "estimate/methods_parts.hpp"
#include "estimate/quantile.hpp"
#include "estimate/text_table.hpp"

namespace rankfall {
namespace {

constexpr std::size_t most_cells_listed = 12;

// Of the plateaus of one rank, in the order of the replicas.
struct Seen {
  std::set<std::int64_t> replicas;
  std::vector<double> steps, time;
};

std::optional<Durations> durations(const std::vector<double>& lengths) {
  if (lengths.empty()) return std::nullopt;
  Durations found{static_cast<std::int64_t>(lengths.size()), 0.0, {}};
  for (const double length : lengths) found.mean += length / static_cast<double>(lengths.size());
  for (std::size_t k = 0; k < 3; ++k) found.quartile[k] = quantile(lengths, 0.25 * static_cast<double>(k + 1));
  return found;
}

std::string duration_text(const std::optional<Durations>& found) {
  if (!found) return "-";
  return fmt::format("{:.5g} [{:.5g}, {:.5g}]", found->mean, found->quartile[0], found->quartile[2]);
}

std::string definition(const PlateauRule& rule) {
  if (!rule.relative) return fmt::format("the gradient norm is at most {} and later larger", rule.level);
  return fmt::format("the gradient norm is at most {} of its peaks before and behind", rule.level);
}

}  // namespace

void estimate_plateaus(const Cell& cell, const EstimateSpec& spec, const ReplicaResults& results, CellEstimate& estimate) {
  if (!cell.probe.plateau) return;
  std::map<int, Seen> seen;
  for (const Plateau& plateau : results.plateaus) {
    Seen& own = seen[plateau.rank];
    own.replicas.insert(plateau.replica);
    if (cell.phases[static_cast<std::size_t>(plateau.phase)].flows()) own.time.push_back(plateau.time_end - plateau.time_begin);
    else own.steps.push_back(static_cast<double>(plateau.step_end - plateau.step_begin));
  }
  for (const auto& [rank, own] : seen)
    estimate.plateaus[rank] = {proportion(static_cast<std::int64_t>(own.replicas.size()), results.count, spec),
                               durations(own.steps), durations(own.time)};
  estimate.plateaus_seen = static_cast<std::int64_t>(results.plateaus.size());
}

bool has_plateaus(const Experiment& experiment) {
  return std::any_of(experiment.cells.begin(), experiment.cells.end(),
                     [](const Cell& cell) { return cell.probe.plateau.has_value(); });
}

std::string plateau_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  if (!has_plateaus(experiment)) return "";
  std::vector<TextColumn> columns{{"cell", Alignment::left}};
  for (const char* title : {"plateaus per replica", "rank", "P(plateau)", "interval", "steps", "time"}) columns.push_back({title});
  std::vector<std::vector<std::string>> rows;
  std::size_t listed = 0;
  for (const CellEstimate& estimate : estimates) {
    const Cell& cell = experiment.cells[static_cast<std::size_t>(estimate.cell)];
    if (!cell.probe.plateau || estimate.replicas == 0 || ++listed > most_cells_listed) continue;
    const int decimals = probability_decimals(estimate.replicas);
    std::string label = cell.label.empty() ? "all" : cell.label;
    std::string each = fmt::format("{:.3g}", static_cast<double>(estimate.plateaus_seen) / static_cast<double>(estimate.replicas));
    if (estimate.plateaus.empty()) rows.push_back({label, each, "-", "-", "-", "-", "-"});
    for (const auto& [rank, own] : estimate.plateaus)
      rows.push_back({std::exchange(label, ""), std::exchange(each, ""), fmt::format("{}", rank),
                      probability_text(own.replicas, decimals), interval_text(own.replicas, decimals),
                      duration_text(own.steps), duration_text(own.time)});
  }
  std::vector<std::string> rules;
  for (const Cell& cell : experiment.cells)
    if (cell.probe.plateau) rules.push_back(definition(*cell.probe.plateau));
  std::sort(rules.begin(), rules.end());
  rules.erase(std::unique(rules.begin(), rules.end()), rules.end());
  return "\nPlateaus: " + joined_by_or(rules) + "; P(plateau): replicas with one of that rank. Durations: mean [quartiles].\n" +
         text_table(columns, rows) + rest_in_csv(listed - std::min(listed, most_cells_listed), "cell");
}

int highest_plateau_rank(const std::vector<CellEstimate>& estimates) {
  int highest = -1;
  for (const CellEstimate& estimate : estimates)
    if (!estimate.plateaus.empty()) highest = std::max(highest, estimate.plateaus.rbegin()->first);
  return highest;
}

std::vector<std::string> duration_columns(int rank) {
  std::vector<std::string> names;
  for (const char* unit : {"steps", "time"})
    for (const char* part : {"mean", "median", "quartile_1", "quartile_3"})
      names.push_back(fmt::format("plateau_{}_rank_{}_{}", unit, rank, part));
  return names;
}

std::vector<std::optional<double>> duration_fields(const CellEstimate& estimate, int rank) {
  std::vector<std::optional<double>> fields;
  const auto found = estimate.plateaus.find(rank);
  const auto add = [&](const std::optional<Durations>& own) {
    if (!own) fields.resize(fields.size() + 4);
    else fields.insert(fields.end(), {own->mean, own->quartile[1], own->quartile[0], own->quartile[2]});
  };
  const PlateauEstimate none;
  const PlateauEstimate& own = found == estimate.plateaus.end() ? none : found->second;
  add(own.steps);
  add(own.time);
  return fields;
}

Proportion share_at_rest(const CellEstimate& estimate, int rank, const EstimateSpec& spec) {
  const auto found = estimate.plateaus.find(rank);
  return found != estimate.plateaus.end() ? found->second.replicas : proportion(0, estimate.replicas, spec);
}

}  // namespace rankfall
