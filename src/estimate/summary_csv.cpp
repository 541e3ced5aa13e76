#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "estimate/cold_start.hpp"
#include "estimate/absorption.hpp"
#include "estimate/coupling.hpp"
#include "estimate/edge_table.hpp"
#include "estimate/greedy.hpp"
#include "estimate/intervals.hpp"
#include "estimate/jump_report.hpp"
#include "estimate/plateaus.hpp"
#include "estimate/report.hpp"
#include "estimate/report_text.hpp"

namespace rankfall {
namespace {

using Fields = std::vector<std::string>;

// Shortest decimal that reads back as the same double.
std::string field(double value) { return fmt::format("{}", value); }
std::string field(std::int64_t value) { return fmt::format("{}", value); }
std::string field(const std::optional<double>& value) { return value ? field(*value) : ""; }

void add_proportion_names(Fields& names, const std::string& name) {
  for (const char* suffix : {"", "_low", "_high", "_events", "_trials"}) names.push_back(name + suffix);
}

void add_proportion(Fields& fields, const Proportion& share) {
  const bool known = share.trials > 0;
  fields.push_back(known ? field(share.value()) : "");
  fields.push_back(known ? field(share.interval.low) : "");
  fields.push_back(known ? field(share.interval.high) : "");
  fields.push_back(field(share.events));
  fields.push_back(field(share.trials));
}

int highest_rank(const std::vector<CellEstimate>& estimates) {
  int highest = 0;
  for (const CellEstimate& estimate : estimates) {
    if (!estimate.final_rank.empty()) highest = std::max(highest, estimate.final_rank.rbegin()->first);
  }
  return highest;
}

void add_comparison(Fields& fields, const std::optional<NuclearComparison>& comparison) {
  fields.push_back(comparison ? field(comparison->minimum) : "");
  fields.push_back(comparison ? field(comparison->relative_gap) : "");
  for (const std::size_t quartile : {1, 0, 2})
    fields.push_back(comparison && comparison->ratio ? field((*comparison->ratio)[quartile]) : "");
  fields.push_back(comparison ? field(comparison->unobserved_error) : "");
}

void add_local_cost(Fields& fields, const std::optional<NuclearComparison>& comparison) {
  const bool known = comparison && comparison->local_cost;
  fields.push_back(known ? field(*comparison->local_cost) : "");
  fields.push_back(known ? field(std::int64_t{comparison->cost_starts}) : "");
  fields.push_back(known ? field(std::int64_t{comparison->cost_reached}) : "");
  for (const std::size_t quartile : {1, 0, 2})
    fields.push_back(known && comparison->cost_ratio ? field((*comparison->cost_ratio)[quartile]) : "");
}

// Those that any cell is an instance of, in the order in which they are met.
std::vector<std::string> laws_of(const std::vector<CellEstimate>& estimates) {
  std::vector<std::string> names;
  for (const CellEstimate& estimate : estimates)
    for (const LawComparison& law : estimate.laws)
      if (std::find(names.begin(), names.end(), law.law) == names.end()) names.push_back(law.law);
  return names;
}

void add_laws(Fields& fields, const CellEstimate& estimate, const std::vector<std::string>& laws) {
  for (const std::string& name : laws) {
    const auto found = std::find_if(estimate.laws.begin(), estimate.laws.end(), [&](const auto& law) { return law.law == name; });
    const bool known = found != estimate.laws.end();
    fields.push_back(known ? field(found->predicted) : "");
    fields.push_back(known ? field(found->measured) : "");
    fields.push_back(known ? field(found->difference) : "");
    fields.push_back(known ? field(found->largest_difference) : "");
    fields.push_back(field(known ? found->replicas : std::int64_t{0}));
  }
}

// Whole numbers and 0 or 1 where replicas share a mask, else means.
void add_graph(Fields& fields, const std::optional<PhaseGraph>& graph) {
  for (const auto number : {&PhaseGraph::components, &PhaseGraph::components_with_isolated, &PhaseGraph::connected,
                            &PhaseGraph::complete_bipartite})
    fields.push_back(graph ? field((*graph).*number) : "");
}

// What the columns depend on beside the experiment.
struct Columns {
  bool graphs = false, edges = false;
  int ranks = 0, plateau_ranks = -1;  // the highest
  std::vector<std::string> laws;
  std::optional<JumpColumns> jumps;  // where the question is
};

void add_plateau_names(Fields& names, int highest) {
  names.push_back("plateaus_per_replica");
  for (int rank = 0; rank <= highest; ++rank) {
    add_proportion_names(names, fmt::format("p_plateau_rank_{}", rank));
    for (std::string& name : duration_columns(rank)) names.push_back(std::move(name));
  }
}

void add_plateaus(Fields& fields, const CellEstimate& estimate, int highest, const EstimateSpec& spec) {
  const auto seen = static_cast<double>(estimate.plateaus_seen);
  fields.push_back(estimate.replicas > 0 ? field(seen / static_cast<double>(estimate.replicas)) : "");
  for (int rank = 0; rank <= highest; ++rank) {
    add_proportion(fields, share_at_rest(estimate, rank, spec));
    for (const auto& value : duration_fields(estimate, rank)) fields.push_back(field(value));
  }
}

Fields header(const Experiment& experiment, const Columns& columns) {
  Fields names = swept_names(experiment);
  names.insert(names.end(), {"cell", "n", "n_diverged"});
  add_proportion_names(names, "p_converged");
  for (int rank = 0; rank <= columns.ranks; ++rank) add_proportion_names(names, fmt::format("p_rank_{}", rank));
  for (const char* name : {"p_jump", "p_jump_up", "p_diverged"}) add_proportion_names(names, name);
  names.insert(names.end(), {"first_passage_median", "first_passage_median_low", "first_passage_median_high",
                             "first_passage_censored", "median_loss", "median_unobserved_error",
                             "median_effective_rank", "mean_tries"});
  if (has_flow(experiment)) {
    add_proportion_names(names, "p_blow_up");
    add_proportion_names(names, "p_stalled");
    names.push_back("median_time");
  }
  if (has_memory(experiment)) {
    add_proportion_names(names, "p_objective_rise");
    names.push_back("median_objective_rise");
  }
  if (columns.jumps)
    for (std::string& name : columns.jumps->names()) names.push_back(std::move(name));
  if (columns.edges)
    for (std::string& name : edge_columns()) names.push_back(std::move(name));
  for (const std::string& law : columns.laws)
    for (const char* part : {"predicted", "measured", "difference", "largest_difference", "replicas"}) names.push_back(fmt::format("law_{}_{}", law, part));
  if (has_greedy(experiment))
    for (std::string& name : greedy_columns()) names.push_back(std::move(name));
  if (has_plateaus(experiment)) add_plateau_names(names, columns.plateau_ranks);
  if (has_coupling(experiment)) {
    add_proportion_names(names, "p_coupled");
    names.push_back("median_coupling_index");
  }
  for (std::string& name : monitor_columns(experiment)) names.push_back(std::move(name));
  if (has_pairs(experiment))
    for (std::string& name : paired_columns(columns.ranks)) names.push_back(std::move(name));
  if (experiment.estimate.search) {
    names.push_back("search_rounds");
    add_proportion_names(names, "search");
    add_proportion_names(names, "confirmed");
  }
  if (columns.graphs)
    names.insert(names.end(), {"graph_components", "graph_components_with_isolated", "graph_connected", "graph_complete_bipartite"});
  if (experiment.estimate.nuclear_norm)
    names.insert(names.end(), {"nuclear_norm_minimum", "nuclear_norm_gap", "nuclear_norm_ratio_median",
                               "nuclear_norm_ratio_quartile_1", "nuclear_norm_ratio_quartile_3",
                               "nuclear_norm_unobserved_error"});
  if (experiment.estimate.representation_cost_starts > 0)
    names.insert(names.end(), {"local_cost", "local_cost_starts", "local_cost_reached", "local_cost_ratio_median",
                               "local_cost_ratio_quartile_1", "local_cost_ratio_quartile_3"});
  return names;
}

// A rank that no replica of this cell has counts as zero events, with their upper bound.
Proportion share_of_rank(const CellEstimate& estimate, int rank, const EstimateSpec& spec) {
  const auto found = estimate.final_rank.find(rank);
  return found != estimate.final_rank.end() ? found->second
                                            : proportion(0, estimate.replicas - estimate.diverged.events, spec);
}

Fields cell_fields(const Experiment& experiment, const CellEstimate& estimate, const Columns& columns) {
  Fields fields;
  for (const auto& value : swept_values(experiment, experiment.cells.at(estimate.cell))) fields.push_back(csv_field(value));
  fields.push_back(field(std::int64_t{estimate.cell}));
  fields.push_back(field(estimate.replicas));
  fields.push_back(field(estimate.diverged.events));
  add_proportion(fields, estimate.converged);
  for (int rank = 0; rank <= columns.ranks; ++rank) {
    add_proportion(fields, share_of_rank(estimate, rank, experiment.estimate));
  }
  for (const Proportion& share : {estimate.jump, estimate.jump_up, estimate.diverged}) add_proportion(fields, share);
  const SurvivalCurve& curve = estimate.first_passage;
  for (const auto& time : {curve.median, curve.median_low, curve.median_high}) fields.push_back(field(time));
  fields.push_back(field(curve.censored));
  for (const Observable observable : {Observable::loss, Observable::unobserved_error, Observable::effective_rank}) {
    fields.push_back(field(estimate.median[static_cast<std::size_t>(observable)]));
  }
  const auto tries = static_cast<double>(estimate.mean_tries_numerator);
  fields.push_back(estimate.replicas > 0 ? field(tries / static_cast<double>(estimate.replicas)) : "");
  if (has_flow(experiment)) {
    add_proportion(fields, estimate.blow_up);
    add_proportion(fields, estimate.stalled);
    fields.push_back(field(estimate.median_time));
  }
  if (has_memory(experiment)) {
    add_proportion(fields, estimate.objective_rise);
    fields.push_back(field(estimate.median_objective_rise));
  }
  if (columns.jumps)
    for (const auto& value : columns.jumps->fields(estimate, experiment.estimate)) fields.push_back(field(value));
  if (columns.edges)
    for (const auto& value : edge_fields(estimate)) fields.push_back(field(value));
  add_laws(fields, estimate, columns.laws);
  if (has_greedy(experiment))
    for (const auto& value : greedy_fields(estimate)) fields.push_back(field(value));
  if (has_plateaus(experiment)) add_plateaus(fields, estimate, columns.plateau_ranks, experiment.estimate);
  if (has_coupling(experiment)) {
    add_proportion(fields, estimate.coupled);
    fields.push_back(field(estimate.median_coupling_index));
  }
  for (const auto& value : monitor_fields(experiment, estimate)) fields.push_back(field(value));
  if (has_pairs(experiment))
    for (const auto& value : paired_fields(experiment.estimate, estimate, columns.ranks)) fields.push_back(field(value));
  if (experiment.estimate.search) {
    const SearchEstimate search = estimate.search.value_or(SearchEstimate{});
    fields.push_back(field(std::int64_t{search.rounds}));
    add_proportion(fields, search.selection);
    add_proportion(fields, search.confirmed.value_or(Proportion{}));
  }
  if (columns.graphs) add_graph(fields, estimate.graph);
  if (experiment.estimate.nuclear_norm) add_comparison(fields, estimate.nuclear);
  if (experiment.estimate.representation_cost_starts > 0) add_local_cost(fields, estimate.nuclear);
  return fields;
}

}  // namespace

std::string summary_csv(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  const auto has_graph = [](const CellEstimate& estimate) { return estimate.graph.has_value(); };
  Columns columns{std::any_of(estimates.begin(), estimates.end(), has_graph), has_landscapes(estimates), highest_rank(estimates),
                  highest_plateau_rank(estimates), laws_of(estimates), {}};
  if (question_of(experiment) == Question::jumps) columns.jumps = jump_columns(estimates);
  std::string text = csv_line(header(experiment, columns));
  for (const CellEstimate& estimate : estimates) text += csv_line(cell_fields(experiment, estimate, columns));
  return text;
}

}  // namespace rankfall
