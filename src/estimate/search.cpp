#include "estimate/search.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>

#include "estimate/intervals.hpp"
#include "estimate/text_table.hpp"

namespace rankfall {
namespace {

// The `count` cells with the most events; of equals the earlier.
std::vector<int> best_of(const SearchStage& stage, std::size_t count) {
  std::vector<std::size_t> places(stage.cells.size());
  for (std::size_t k = 0; k < places.size(); ++k) places[k] = k;
  std::stable_sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) { return stage.events[a] > stage.events[b]; });
  std::vector<int> cells;
  for (std::size_t k = 0; k < count; ++k) cells.push_back(stage.cells[places[k]]);
  std::sort(cells.begin(), cells.end());
  return cells;
}

bool is_confirmation(const SearchStage& stage) { return stage.first > 0; }

// Intervals of all finalists together hold with the asked confidence (Bonferroni).
EstimateSpec for_finalists(const EstimateSpec& spec) {
  EstimateSpec joint = spec;
  joint.confidence = 1.0 - (1.0 - spec.confidence) / spec.search->finalists;
  return joint;
}

}  // namespace

std::vector<SearchStage> search_stages(const Experiment& experiment, const SearchEvents& events) {
  const SearchRule& rule = *experiment.estimate.search;
  std::vector<SearchStage> stages;
  std::vector<int> cells(experiment.cells.size());
  for (std::size_t c = 0; c < cells.size(); ++c) cells[c] = static_cast<int>(c);
  for (std::size_t round = 0; round <= rule.rounds.size(); ++round) {
    const bool confirms = round == rule.rounds.size();
    const std::int64_t trained = confirms ? rule.rounds.back() : 0;
    SearchStage& stage = stages.emplace_back(SearchStage{trained, confirms ? trained + rule.confirm : rule.rounds[round], cells, {}});
    std::vector<std::int64_t> counts;
    for (const int cell : stage.cells) {
      const auto count = events(experiment.cells[static_cast<std::size_t>(cell)], stage.first, stage.end);
      if (!count) return stages;
      counts.push_back(*count);
    }
    stage.events = std::move(counts);
    if (confirms) break;
    const std::int64_t next = round + 1 < rule.cells.size() ? rule.cells[round + 1] : rule.finalists;
    cells = best_of(stage, static_cast<std::size_t>(next));
  }
  return stages;
}

std::optional<std::int64_t> ended_with(const ReplicaResults& results, int rank, std::int64_t first, std::int64_t end) {
  if (results.first != 0 || results.left_out > 0 || results.count < end) return {};
  return std::count(results.rank.begin() + first, results.rank.begin() + end, rank);
}

void add_search(const Experiment& experiment, const RunResults& results, std::vector<CellEstimate>& estimates) {
  if (!experiment.estimate.search) return;
  const EstimateSpec joint = for_finalists(experiment.estimate);
  const auto stages = search_stages(experiment, [&](const Cell& cell, std::int64_t first, std::int64_t end) {
    return ended_with(results[static_cast<std::size_t>(cell.index)], experiment.estimate.search->rank, first, end);
  });
  for (const SearchStage& stage : stages)
    for (std::size_t k = 0; k < stage.events.size(); ++k) {
      auto& search = estimates[static_cast<std::size_t>(stage.cells[k])].search;
      if (!search) search.emplace();
      if (is_confirmation(stage)) {
        search->confirmed = proportion(stage.events[k], stage.end - stage.first, joint);
        continue;
      }
      ++search->rounds;
      search->selection = proportion(stage.events[k], stage.end, experiment.estimate);
    }
}

namespace {

// Those that went furthest first, then by what is known best of them.
std::vector<const CellEstimate*> in_order(const std::vector<CellEstimate>& estimates) {
  std::vector<const CellEstimate*> order;
  for (const CellEstimate& estimate : estimates)
    if (estimate.search) order.push_back(&estimate);
  const auto fresh = [](const CellEstimate* e) { return e->search->confirmed ? e->search->confirmed->value() : -1.0; };
  std::stable_sort(order.begin(), order.end(), [&](const CellEstimate* a, const CellEstimate* b) {
    if (a->search->rounds != b->search->rounds) return a->search->rounds > b->search->rounds;
    if (fresh(a) != fresh(b)) return fresh(a) > fresh(b);
    return a->search->selection.value() > b->search->selection.value();
  });
  return order;
}

std::vector<std::string> search_row(const Experiment& experiment, const CellEstimate& estimate) {
  const SearchEstimate& search = *estimate.search;
  std::vector<std::string> row;
  for (const SweepValue& value : swept_values(experiment, experiment.cells[static_cast<std::size_t>(estimate.cell)]))
    row.push_back(swept_text(value));
  row.push_back(fmt::format("{} of {}", search.rounds, experiment.estimate.search->rounds.size()));
  row.push_back(probability_text(search.selection, probability_decimals(search.selection.trials)));
  const int decimals = search.confirmed ? probability_decimals(search.confirmed->trials) : 3;
  row.push_back(search.confirmed ? probability_text(*search.confirmed, decimals) : "-");
  row.push_back(search.confirmed ? interval_text(*search.confirmed, decimals) : "-");
  return row;
}

}  // namespace

std::string search_table(const Experiment& experiment, const std::vector<CellEstimate>& estimates) {
  if (!experiment.estimate.search) return "";
  const SearchRule& rule = *experiment.estimate.search;
  constexpr std::size_t most = 20;
  const std::vector<const CellEstimate*> order = in_order(estimates);
  std::vector<TextColumn> columns;
  for (const std::string& name : swept_names(experiment)) columns.push_back({name});
  for (const char* title : {"rounds", "in selection", "fresh replicas", "interval"}) columns.push_back({title});
  std::vector<std::vector<std::string>> rows;
  for (std::size_t k = 0; k < std::min(most, order.size()); ++k) rows.push_back(search_row(experiment, *order[k]));
  if (rows.empty()) return "";
  const std::string percent = percent_text(experiment.estimate.confidence);
  return fmt::format(
             "\nSuccessive halving for P(final rank = {}), diverged replicas among the others. What a cell has in selection is what\n"
             "it was chosen for, so the best of it is too good; {} fresh replicas of each finalist were not looked at before\n({}).\n",
             rule.rank, rule.confirm,
             rule.finalists == 1 ? percent + " interval"
                                 : fmt::format("{} that the intervals of all {} finalists hold", percent, rule.finalists)) +
         text_table(columns, rows) + rest_in_csv(order.size() - rows.size(), "cell");
}

}  // namespace rankfall
